//! The session of a refresh token: opened by another program, and only used here.

use super::*;

const USER: &str = "65f0c0ffee0000000000a001";

/// `{"sub":"65f0c0ffee0000000000a001","exp":4102444800}`
const WITH_SUB: &str =
    "e30.eyJzdWIiOiI2NWYwYzBmZmVlMDAwMDAwMDAwMGEwMDEiLCJleHAiOjQxMDI0NDQ4MDB9.canary-access";

fn taking_up(server: &Server) -> Client {
    let token = credentials(&[("refresh_token", "canary-refresh")]);
    client_of(settings_with(&server.url, token))
}

#[tokio::test]
async fn it_is_used_without_a_login_and_left_alive() {
    let server = server(|_, _| None).await;
    let client = taking_up(&server);
    let users = join_all((0..20).map(|_| client.user_id())).await;
    assert!(users.into_iter().all(|user| user.unwrap() == USER));
    client.list_since(Instant::now()).await.unwrap();
    let token = client.access_token().await.unwrap();
    assert_eq!(token.value.expose_secret(), "canary-access-2");
    client.log_out(Duration::from_secs(10)).await;

    let seen = server.seen();
    let sent: Vec<_> = seen
        .iter()
        .map(|request| (request.line.as_str(), request.token.as_deref()))
        .collect();
    assert_eq!(
        sent,
        [
            (LOCATION, None),
            (REFRESH, Some("canary-refresh")),
            (PROFILE, Some("canary-access-2")),
            (LIST, Some("canary-refresh")),
        ]
    );
}

#[tokio::test]
async fn a_profile_without_an_id_leaves_it_to_the_token() {
    for (profile, token, named) in [
        ("{}", WITH_SUB, true),
        (r#"{"user_id":null}"#, WITH_SUB, true),
        (r#"{"user_id":""}"#, WITH_SUB, true),
        ("{}", "opaque", false),
        (HTML, WITH_SUB, false),
    ] {
        let server = server(move |line, _| match line {
            REFRESH => Some(Reply::json(200, format!(r#"{{"access_token":"{token}"}}"#))),
            PROFILE => Some(Reply::json(203, profile)),
            _ => None,
        })
        .await;
        match taking_up(&server).user_id().await {
            Ok(user) => assert!(named && user == USER, "{profile}"),
            Err(error) => {
                assert!(!named && error.phase() == Phase::Login, "{error:?}");
                assert!(matches!(error.kind(), ErrorKind::Decode { .. }));
                assert_eq!(server.count(PROFILE), 3);
            }
        }
    }
}

#[tokio::test]
async fn what_passes_is_repeated() {
    for line in [REFRESH, PROFILE] {
        for fault in [Reply::Close, Reply::empty(503), Reply::json(200, HTML)] {
            let server =
                server(move |asked, n| (asked == line && n < 3).then(|| fault.clone())).await;
            assert_eq!(taking_up(&server).user_id().await.unwrap(), USER);
            assert_eq!(server.count(line), 3);
        }
    }
}

#[tokio::test]
async fn a_token_that_fits_no_header_is_not_sent() {
    let server = server(|line, _| {
        (line == REFRESH).then(|| Reply::json(200, r#"{"access_token":"canary-access\n"}"#))
    })
    .await;
    let error = taking_up(&server).user_id().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Decode { .. }));
    assert_eq!(server.count(PROFILE), 0);
    assert_silent(&message(&error));
}

#[tokio::test]
async fn a_dead_one_is_told_once_for_all_who_wait_and_never_replaced() {
    for line in [REFRESH, PROFILE] {
        for reply in [
            refusal(401, "InvalidSession", "failed to find canary-refresh"),
            refusal(403, "InvalidSession", "no"),
            Reply::json(401, r#"{"error":"incorrect token type"}"#),
        ] {
            let server = server(move |asked, _| (asked == line).then(|| reply.clone())).await;
            let client = taking_up(&server);
            let errors = join_all((0..20).map(|_| client.list_for_read())).await;
            assert_eq!(server.count(line), 1);
            for error in errors {
                let error = error.unwrap_err();
                assert!(error.is_session_ended() && !error.is_login_refused());
                assert!(
                    error
                        .status()
                        .is_some_and(|status| status.is_client_error())
                );
                assert!(message(&error).contains("answered 40"));
                assert_silent(&message(&error));
            }
            let error = make(&client, "deploy-bot").await.unwrap_err();
            assert!(error.is_session_ended() && !error.may_have_been_handled());
            let error = client.access_token().await.unwrap_err();
            assert!(error.is_session_ended());
            // Each looked again, since the refusal may have been a stray answer.
            assert_eq!((server.count(line), server.count(CREATE)), (3, 0));
            client.log_out(Duration::from_secs(10)).await;
            assert_eq!(server.count(LOGOUT), 0);
        }
    }
}

/// A refusal that a proxy on the way made up is met once; the session lives on.
#[tokio::test]
async fn a_stray_refusal_costs_one_look_and_is_not_remembered() {
    for (line, request) in [(LIST, false), (REFRESH, true), (PROFILE, true)] {
        let server = faulty(line, vec![Reply::json(401, "{}")]).await;
        let client = taking_up(&server);
        assert_eq!(client.list_for_read().await.is_err(), request, "{line}");
        client.list_for_read().await.unwrap();
    }
}

#[tokio::test]
async fn the_end_in_the_middle_of_a_write_keeps_what_the_write_may_have_done() {
    let server = server(|line, n| match (line, n) {
        (DISABLE, 1) => Some(Reply::Close),
        (DISABLE, _) => Some(refusal(401, "InvalidSession", "invalid session")),
        _ => None,
    })
    .await;
    let client = taking_up(&server);
    let error = client.disable_user_api_key(&id()).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    assert!(error.may_have_been_handled());
    let error = client.disable_user_api_key(&id()).await.unwrap_err();
    assert!(!error.may_have_been_handled());
    // The retries are for all reasons together: three attempts, then one and one after looking.
    assert_eq!(server.count(DISABLE), 3 + 2);
}
