use super::*;

#[tokio::test]
async fn safe_calls_heal() {
    let faults = [
        Reply::Close,
        Reply::Cut(200, "[".to_owned()),
        Reply::json(200, HTML),
        Reply::json(200, "[{\"_id\":"),
        Reply::json(200, r#"[{"_id":"1","name":"a","disabled":false}]"#),
        Reply::json(200, "{}"),
        Reply::empty(408),
        Reply::empty(429).with("retry-after: 0"),
        Reply::empty(500),
        Reply::Answer(
            502,
            "content-type: text/html\r\n".to_owned(),
            HTML.to_owned(),
        ),
        Reply::empty(503).with("retry-after: Tue, 12 Mar 2024 20:54:23 GMT"),
        Reply::empty(504),
    ];
    for fault in faults {
        for line in [LOCATION, LOGIN, LIST] {
            let server = faulty(line, vec![fault.clone()]).await;
            assert!(client(&server).user_api_keys().await.is_ok());
            assert_eq!(server.count(line), 2);
        }
    }
}

#[tokio::test]
async fn idempotent_writes_heal() {
    for fault in [
        Reply::Close,
        Reply::Cut(200, String::new()),
        Reply::json(200, HTML),
        Reply::empty(503),
    ] {
        for line in [ENABLE, DISABLE, DELETE] {
            let server = faulty(line, vec![fault.clone()]).await;
            let (client, id) = (client(&server), id());
            match line {
                ENABLE => client.enable_user_api_key(&id).await.unwrap(),
                DISABLE => client.disable_user_api_key(&id).await.unwrap(),
                _ => client.delete_user_api_key(&id).await.unwrap(),
            }
            assert_eq!(server.count(line), 2);
        }
    }
}

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
            Some("502 Bad Gateway"),
        ),
        (
            refusal(500, "InternalServerError", "internal"),
            3,
            Some("internal"),
        ),
        (Reply::empty(501), 1, None),
        (Reply::json(403, "{}"), 1, None),
        (
            Reply::json(200, r#"{"error":"no luck","error_code":"Other"}"#),
            1,
            Some("no luck"),
        ),
        (Reply::Cut(404, "{".to_owned()), 1, None),
        (Reply::Close, 3, None),
        (Reply::json(200, HTML), 3, None),
        (Reply::json(200, KEY.replace('d', "e")), 3, None),
    ] {
        let server = stubborn(GET, reply).await;
        let error = client(&server).user_api_key(&id()).await.unwrap_err();
        assert_eq!(
            (error.attempts(), error.server_message()),
            (attempts, message),
            "{error:?}"
        );
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
        let error = client(&server)
            .create_user_api_key("deploy-bot")
            .await
            .unwrap_err();
        assert!(error.may_have_been_handled(), "{error:?}");
        assert_eq!((error.attempts(), server.count(CREATE)), (1, 1));
        assert_silent(&told(&error));
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
        let error = client(&server)
            .create_user_api_key("deploy-bot")
            .await
            .unwrap_err();
        assert!(!error.may_have_been_handled(), "{error:?}");
        assert_eq!(error.is_already_exists(), status == 409);
        assert_eq!(error.is_invalid_name(), status == 400);
        assert_eq!(server.count(CREATE), 1);
    }
}

#[tokio::test]
async fn a_create_turned_away_is_repeated() {
    let busy = Reply::json(429, r#"{"message":"Too many requests"}"#);
    let server = faulty(CREATE, vec![busy.clone(), busy.with("retry-after: 0")]).await;
    assert!(
        client(&server)
            .create_user_api_key("deploy-bot")
            .await
            .is_ok()
    );
    assert_eq!(server.count(CREATE), 3);
}

/// An address where nothing listens.
async fn nowhere() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test]
async fn a_create_that_reached_nobody_is_repeated_and_told_as_such() {
    let home = Server::start(|request, n| healthy(request, n).with("connection: close")).await;
    let location = format!(r#"{{"hostname":"{}"}}"#, home.url);
    let front = stubborn(LOCATION, Reply::json(200, location)).await;
    let client = client(&front);
    client.user_id().await.unwrap();
    drop(home);
    let error = client.create_user_api_key("deploy-bot").await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unreachable { .. }),
        "{error:?}"
    );
    assert_eq!((error.phase(), error.attempts()), (Phase::Call, 3));
    assert!(!error.may_have_been_handled());
    assert!(
        told(&error).contains("Connection refused"),
        "{}",
        told(&error)
    );
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

#[tokio::test]
async fn an_answer_that_never_comes_is_ambiguous_for_a_create_only() {
    let timeout = Duration::from_millis(200);
    let server = server(|line, _| matches!(line, CREATE | LIST).then_some(Reply::Hang)).await;
    let client = hasty(&server, timeout);
    client.user_id().await.unwrap();
    let error = client.create_user_api_key("deploy-bot").await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::TimedOut { limit, .. } if *limit == timeout),
        "{error:?}"
    );
    assert!(error.may_have_been_handled());
    let error = client.user_api_keys().await.unwrap_err();
    assert!(!error.may_have_been_handled());
    assert_eq!(
        (server.count(CREATE), server.count(LIST), error.attempts()),
        (1, 3, 3)
    );
}
