use super::*;

#[tokio::test]
async fn a_hundred_callers_share_one_login() {
    let server = server(|_, _| None).await;
    let client = client(&server);
    let users = join_all((0..100).map(|_| client.user_id())).await;
    assert!(users.iter().all(Result::is_ok));
    assert_eq!(
        (
            server.count(LOCATION),
            server.count(LOGIN),
            server.seen().len()
        ),
        (1, 1, 2)
    );
}

#[tokio::test]
async fn one_wrong_password_makes_one_login_request() {
    let server = stubborn(LOGIN, refusal(401, "InvalidPassword", "unauthorized")).await;
    let client = client(&server);
    let id = id();
    let mut errors = join_all((0..100).map(|_| client.user_api_key(&id))).await;
    errors.push(client.user_api_key(&id).await);
    for error in errors {
        let error = error.unwrap_err();
        assert!(error.is_login_refused() && !error.may_have_been_handled());
        assert!(message(&error).contains(": unauthorized"));
        assert_eq!(error.server_log(), Some("https://example.com/logs?co_id=1"));
        assert_eq!(error.attempts(), 1);
    }
    assert_eq!(server.count(LOGIN), 1);
}

#[tokio::test]
async fn a_login_refused_as_if_a_session_were_dead_is_a_refused_login() {
    let secret = "canary-password";
    for (value, provider) in [
        (("api_key", secret), "api-key"),
        (("custom_jwt", secret), "custom-token"),
        (
            ("custom_function_payload", r#"{"pin":"canary-password"}"#),
            "custom-function",
        ),
        (("google_id_token", secret), "oauth2-google"),
        (("apple_id_token", secret), "oauth2-apple"),
        (("facebook_access_token", secret), "oauth2-facebook"),
    ] {
        let line = format!("POST /app/myapp-abcde/auth/providers/{provider}/login");
        let server = Server::start(move |request, n| {
            if request.line == line {
                assert!(request.body.contains(secret) && n == 1);
                return refusal(401, "InvalidSession", "bad canary-password");
            }
            healthy(request, n)
        })
        .await;
        let client = client_of(settings_with(&server.url, credentials(&[value])));
        let errors = join_all((0..20).map(|_| client.list_since(Instant::now()))).await;
        for error in errors {
            let error = error.unwrap_err();
            assert!(error.is_login_refused() && !error.is_session_ended());
            assert!(message(&error).contains(": bad [redacted]"));
            assert_eq!(error.provider(), Some(provider));
            assert_silent(&message(&error));
        }
        assert_eq!(server.seen().len(), 2);
    }
}

#[tokio::test]
async fn a_login_that_fails_for_now_is_shared_but_not_remembered() {
    let server = faulty(
        LOGIN,
        vec![Reply::empty(503), Reply::empty(503), Reply::Close],
    )
    .await;
    let client = client(&server);
    let errors = join_all((0..100).map(|_| client.user_id())).await;
    assert!(
        errors
            .into_iter()
            .all(|error| error.unwrap_err().phase() == Phase::Login)
    );
    assert_eq!(server.count(LOGIN), 3);
    assert!(client.user_id().await.is_ok());
}

#[tokio::test]
async fn a_refusal_of_a_login_without_a_code_may_be_a_stray_one_and_is_not_remembered() {
    let stray = vec![
        Reply::empty(403),
        Reply::json(401, "<html>Blocked</html>"),
        Reply::json(400, r#"{"error":"bad"}"#),
    ];
    let server = faulty(LOGIN, stray).await;
    let client = client(&server);
    for _ in 0..3 {
        assert!(client.user_id().await.unwrap_err().is_login_refused());
    }
    assert!(client.user_id().await.is_ok());
}

#[tokio::test]
async fn an_unknown_app_is_told_in_the_server_s_words() {
    let text = r#"{"error":"cannot find app using Client App ID 'myapp-abcde'"}"#;
    for line in [LOCATION, LOGIN] {
        let server = stubborn(line, Reply::json(404, text)).await;
        let client = client(&server);
        let error = client.user_id().await.unwrap_err();
        assert!(error.is_app_not_found() && !error.is_login_refused());
        assert!(message(&error).contains(": cannot find app using Client App ID 'myapp-abcde'"));
        // It may have been a stray answer, so the next operation asks again.
        assert!(client.user_id().await.unwrap_err().is_app_not_found());
        assert_eq!(server.count(line), 2);
    }
}

#[tokio::test]
async fn a_dead_session_is_replaced_once_for_all() {
    let server =
        Server::start(
            |request, n| match (request.line.as_str(), request.token.as_deref()) {
                (LIST | CREATE, Some("canary-refresh-1")) => {
                    refusal(401, "InvalidSession", "invalid session")
                }
                _ => healthy(request, n),
            },
        )
        .await;
    let client = client(&server);
    let lists = join_all((0..30).map(|_| client.list_since(Instant::now()))).await;
    assert!(lists.iter().all(Result::is_ok));
    assert!(make(&client, "deploy-bot").await.is_ok());
    assert_eq!(
        (
            server.count(LOCATION),
            server.count(LOGIN),
            server.count(CREATE)
        ),
        (1, 2, 1)
    );
}

#[tokio::test]
async fn a_second_401_is_final() {
    let server = stubborn(CREATE, Reply::json(401, r#"{"error":"unauthorized"}"#)).await;
    let error = make(&client(&server), "deploy-bot").await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!((error.phase(), error.attempts()), (Phase::Call, 2));
    assert!(!error.may_have_been_handled());
    assert_eq!((server.count(LOGIN), server.count(CREATE)), (2, 2));
}

#[tokio::test]
async fn when_logging_in_again_fails_that_is_what_is_told() {
    let server = server(|line, n| match (line, n) {
        (LOGIN, 2..) => Some(refusal(401, "AuthError", "unauthorized")),
        // The first answer is lost, so the key may be disabled by now.
        (DISABLE, 1) => Some(Reply::Close),
        (DISABLE | LIST, _) => Some(refusal(401, "InvalidSession", "invalid session")),
        _ => None,
    })
    .await;
    let client = client(&server);
    let error = client.disable_user_api_key(&id()).await.unwrap_err();
    assert!(error.is_login_refused() && error.may_have_been_handled());
    assert!(
        client
            .list_since(Instant::now())
            .await
            .unwrap_err()
            .is_login_refused()
    );
    assert_eq!((server.count(LOGIN), server.count(LIST)), (2, 0));
}

/// The server may still know it: what refused the list and the login may have been something on the way.
#[tokio::test]
async fn clean_up_goes_on_in_the_last_session_when_logging_in_again_is_refused() {
    for status in [401, 403] {
        let server = server(move |line, n| match (line, n) {
            (LIST, _) => Some(Reply::empty(401)),
            (LOGIN, 2..) => Some(Reply::empty(status)),
            _ => None,
        })
        .await;
        let client = client(&server);
        assert!(client.list_for_read().await.unwrap_err().is_login_refused());
        let error = client.delete_user_api_key(&id()).await.unwrap_err();
        assert!(error.is_login_refused() && server.count(DELETE) == 0);
        let cleanup = client.for_cleanup(Duration::from_secs(10));
        cleanup.delete_user_api_key(&id()).await.unwrap();
        assert_eq!(server.count(DELETE), 1);
    }
}

#[tokio::test]
async fn access_tokens_are_refreshed_when_they_are_about_to_end() {
    // {"exp":0}, then {"exp":4102444800}
    let (old, new) = ("e30.eyJleHAiOjB9.c2ln", "e30.eyJleHAiOjQxMDI0NDQ4MDB9.c2ln");
    let server = server(move |line, n| match line {
        LOGIN => Some(login(n, old)),
        REFRESH => Some(Reply::json(200, format!(r#"{{"access_token":"{new}"}}"#))),
        _ => None,
    })
    .await;
    let client = client(&server);
    for token in join_all((0..20).map(|_| client.access_token())).await {
        let token = token.unwrap();
        assert_eq!(token.value.expose_secret(), new);
        assert_eq!(token.expires_at.to_string(), "2100-01-01T00:00:00Z");
        assert_eq!(token.user_id, "65f0c0ffee0000000000a001");
    }
    assert_eq!((server.count(LOGIN), server.count(REFRESH)), (1, 1));
    assert_eq!(
        server.seen().last().unwrap().token.as_deref(),
        Some("canary-refresh-1")
    );
}

#[tokio::test]
async fn a_refresh_on_a_dead_session_logs_in_again() {
    let server = server(|line, n| match line {
        LOGIN => Some(login(
            n,
            if n == 1 {
                "e30.eyJleHAiOjB9.c2ln"
            } else {
                "canary-access"
            },
        )),
        REFRESH => Some(refusal(
            401,
            "InvalidSession",
            "failed to find refresh token",
        )),
        _ => None,
    })
    .await;
    let token = client(&server).access_token().await.unwrap();
    assert_eq!(token.value.expose_secret(), "canary-access");
    assert_eq!((server.count(LOGIN), server.count(REFRESH)), (2, 1));
}

#[tokio::test]
async fn logging_out_ends_what_was_opened_and_never_logs_in() {
    let server = faulty(LIST, vec![Reply::empty(401)]).await;
    let client = client(&server);
    let limit = Duration::from_secs(10);
    client.log_out(limit).await;
    assert!(server.seen().is_empty());

    client.list_since(Instant::now()).await.unwrap();
    let stopped = CancellationToken::new();
    stopped.cancel();
    client.within(stopped, None).log_out(limit).await;
    client.log_out(limit).await;
    let mut ended: Vec<_> = server
        .seen()
        .into_iter()
        .filter(|request| request.line == LOGOUT)
        .collect();
    ended.sort_by(|one, other| one.token.cmp(&other.token));
    let tokens: Vec<_> = ended
        .iter()
        .map(|request| request.token.as_deref().unwrap())
        .collect();
    assert_eq!(tokens, ["canary-refresh-1", "canary-refresh-2"]);
}

#[tokio::test]
async fn logging_out_waits_for_a_login_on_its_way_and_is_bounded() {
    let go = CancellationToken::new();
    let slow = Reply::Until(go.clone(), Box::new(login(1, "canary-access")));
    let server = stubborn(LOGIN, slow).await;
    let client = client(&server);
    let (user, (), ()) = tokio::join!(
        client.user_id(),
        async {
            server.sees(LOGIN).await;
            client.log_out(Duration::from_secs(10)).await;
        },
        async {
            server.sees(LOGIN).await;
            go.cancel();
        }
    );
    assert!(user.is_ok());
    assert_eq!(server.count(LOGOUT), 1);

    let deaf = stubborn(LOGOUT, Reply::Hang).await;
    let client = client_of(settings(&deaf.url));
    client.user_id().await.unwrap();
    let bounded = client.log_out(Duration::from_millis(10));
    assert!(
        tokio::time::timeout(Duration::from_secs(20), bounded)
            .await
            .is_ok()
    );
}
