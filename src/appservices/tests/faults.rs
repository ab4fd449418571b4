use super::*;

#[tokio::test]
async fn what_an_earlier_attempt_may_have_done_is_not_forgotten() {
    let server = faulty(DELETE, vec![Reply::Close, Reply::json(404, GONE)]).await;
    let error = client(&server)
        .delete_user_api_key(&id())
        .await
        .unwrap_err();
    assert!(error.is_not_found() && error.may_have_been_handled());
    assert_eq!(error.attempts(), 2);
}

#[tokio::test]
async fn a_read_gives_up_with_the_last_answer() {
    for (reply, attempts, message) in [
        (
            Reply::Answer(502, String::new(), HTML.to_owned()),
            3,
            "502 Bad Gateway",
        ),
        (
            refusal(500, "InternalServerError", "internal"),
            3,
            "internal",
        ),
        (Reply::empty(501), 3, ""),
        (Reply::json(403, "{}"), 1, ""),
        (
            Reply::json(200, r#"{"error":"no luck","error_code":"Other"}"#),
            3,
            "no luck",
        ),
        (Reply::Cut(404, "{".to_owned()), 1, ""),
        (Reply::Close, 3, ""),
        (Reply::json(200, HTML), 3, ""),
        (Reply::json(200, KEY.replace('d', "e")), 3, ""),
    ] {
        let server = stubborn(GET, reply).await;
        let error = client(&server).user_api_key(&id()).await.unwrap_err();
        assert_eq!(error.attempts(), attempts, "{error:?}");
        assert!(error.to_string().contains(message), "{error:?}");
        assert!(!error.is_not_found() && !error.may_have_been_handled());
    }
}

#[tokio::test]
async fn a_create_is_not_repeated_once_it_may_have_been_handled() {
    for reply in [
        Reply::Close,
        Reply::Cut(201, CREATED[..30].to_owned()),
        Reply::json(201, HTML),
        Reply::json(201, &CREATED[..CREATED.len() - 1]),
        Reply::json(201, "{}"),
        Reply::empty(201),
        Reply::json(200, r#"{"error":"internal"}"#),
        Reply::empty(408),
        Reply::json(500, CREATED),
        Reply::json(502, &CREATED[..88]),
        Reply::empty(503).with("retry-after: 0"),
        Reply::empty(504),
    ] {
        let server = stubborn(CREATE, reply).await;
        let error = make(&client(&server), "deploy-bot").await.unwrap_err();
        assert!(error.may_have_been_handled(), "{error:?}");
        assert_eq!((error.attempts(), server.count(CREATE)), (1, 1));
        assert_silent(&message(&error));
    }
}

/// The client keeps connections, and the HTTP library below it repeats what it could not put on one
/// that turns out to be closed. It must not do so once a byte of a create is out.
#[tokio::test]
async fn a_create_on_a_connection_that_the_server_has_forgotten_is_not_sent_twice() {
    let server = server(|line, n| {
        (line == LOGIN).then(|| Reply::Forgets(Box::new(login(n, "canary-access"))))
    })
    .await;
    let error = make(&client(&server), "deploy-bot").await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Disconnected { .. }),
        "{error:?}"
    );
    assert!(error.may_have_been_handled());
    assert_eq!((error.attempts(), server.count(CREATE)), (1, 0));

    // A read takes the next connection.
    assert!(client(&server).list_since(Instant::now()).await.is_ok());
    assert_eq!(server.count(LIST), 1);
}

#[tokio::test]
async fn a_connection_closed_unannounced_costs_a_create_nothing_or_leaves_it_ambiguous() {
    for _ in 0..20 {
        let server = server(|line, n| {
            (line == LOGIN).then(|| Reply::Last(Box::new(login(n, "canary-access"))))
        })
        .await;
        // It depends on who is quicker: the news that the connection is closed, or the request.
        match make(&client(&server), "deploy-bot").await {
            Ok(_) => assert_eq!(server.count(CREATE), 1),
            Err(error) => {
                assert!(error.may_have_been_handled(), "{error:?}");
                assert_eq!((error.attempts(), server.count(CREATE)), (1, 0));
            }
        }
    }
}

#[tokio::test]
async fn a_refused_create_was_not_handled() {
    for (status, code) in [
        (400, "InvalidParameter"),
        (403, ""),
        (409, "APIKeyAlreadyExists"),
        (307, ""),
    ] {
        let server = stubborn(CREATE, refusal(status, code, "no")).await;
        let error = make(&client(&server), "deploy-bot").await.unwrap_err();
        assert!(!error.may_have_been_handled(), "{error:?}");
        assert_eq!(error.is_already_exists(), status == 409);
        assert_eq!(error.is_invalid_name(), status == 400);
        assert_eq!(server.count(CREATE), 1);
    }
}

/// An address where nothing listens.
async fn nowhere() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_server_that_is_down_fails_the_location() {
    let error = client_of(settings(&nowhere().await))
        .user_id()
        .await
        .unwrap_err();
    assert_eq!((error.phase(), error.attempts()), (Phase::Location, 3));
    assert_eq!(
        error.to_string(),
        "could not find out where the app is served"
    );
}

/// What an earlier one may have done has been told by then.
#[tokio::test]
async fn each_create_tells_what_it_may_have_done_itself() {
    let replies = vec![
        Reply::empty(503),
        Reply::empty(429),
        refusal(400, "InvalidParameter", "no"),
    ];
    let server = faulty(CREATE, replies).await;
    let client = client(&server);
    let mut attempts = client.attempts();
    for (handled, sent) in [(true, 1), (false, 3)] {
        let made = client.create_user_api_key("ci", &mut attempts).await;
        assert_eq!(made.unwrap_err().may_have_been_handled(), handled);
        assert_eq!(server.count(CREATE), sent);
    }
}
