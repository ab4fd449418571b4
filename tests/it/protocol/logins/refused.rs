//! Logins and sessions that the server refuses.

use super::*;

#[tokio::test]
async fn a_refused_login_says_which_method_and_is_tried_once() {
    let server = welcoming().await;
    for method in methods(&server).await {
        let method = method.as_object().expect("an object");
        let (attribute, _) = method
            .iter()
            .rfind(|(name, _)| *name != "email")
            .expect("a secret");
        let wrong = if attribute == "custom_function_payload" {
            r#"{"badge":"wrong"}"#
        } else {
            "wrong-canary"
        };
        let mut config = with(place(&server), &Value::Object(method.clone()));
        config[attribute] = wrong.into();
        let host = Host::start().await;
        host.configure(config).await.fine();
        let before = server.requests().len();
        let change = Change::create(json!({ "name": "ci" }));
        let planned = host.plan(change.clone()).await;
        let made = host.apply(&change, &planned).await;
        let error = made.findings.one_error(&[attribute]);
        assert!(!error.to_string().contains("wrong-canary"), "{error}");
        assert_eq!(server.requests().len() - before, 2, "{attribute}");
        host.shut_down().await;
    }
}

#[tokio::test]
async fn users_that_may_own_no_keys_are_told_so() {
    let server = Server::with(Options {
        server_keys: vec![ServerKey {
            name: "backend".to_owned(),
            value: Some("canary-server-key".into()),
        }],
        ..Default::default()
    })
    .await;
    let host = Host::start().await;
    let config = with(place(&server), &json!({ "api_key": "canary-server-key" }));
    host.configure(config).await.fine();
    let change = Change::create(json!({ "name": "ci" }));
    let planned = host.plan(change.clone()).await;
    let made = host.apply(&change, &planned).await;
    made.findings.one_error(&[OWNS_NO_KEYS]);
    host.shut_down().await;

    let token = server.session_by("anon-user", json!({})).await;
    let host = Host::start().await;
    let config = with(place(&server), &json!({ "refresh_token": token }));
    host.configure(config).await.fine();
    let planned = host.plan(change.clone()).await;
    let made = host.apply(&change, &planned).await;
    let error = made.findings.one_error(&[OWNS_NO_KEYS]).to_string();
    assert!(!error.contains("`api_key`"), "{error}");
    host.shut_down().await;
}

#[tokio::test]
async fn a_session_of_an_api_key_that_may_not_manage_keys_is_told_which_logins_may() {
    let others = [
        "may not allow such a session to manage keys",
        "`email` and `password` (APPSERVICES_EMAIL and APPSERVICES_PASSWORD)",
        "`custom_jwt`",
    ];
    for (status, own) in [
        (401, "refuses the session"),
        (403, "does not allow the request"),
    ] {
        let server = Server::start().await;
        let key = server.create("terraform").await;
        let fault = Fault::before("POST", "/auth/api_keys", Answer::new(status)).always();
        server.emulator.inject(fault).expect("a fault");
        for (login, is_api_key) in [
            (json!({ "api_key": key["key"] }), true),
            (json!({ "email": EMAIL, "password": PASSWORD }), false),
        ] {
            let host = Host::start().await;
            host.configure(with(place(&server), &login)).await.fine();
            let change = Change::create(json!({ "name": "ci" }));
            let planned = host.plan(change.clone()).await;
            let made = host.apply(&change, &planned).await;
            let error = made.findings.one_error(&[own]).to_string();
            for phrase in others {
                assert_eq!(error.contains(phrase), is_api_key, "{error}");
            }
            host.shut_down().await;
        }
    }
}

#[tokio::test]
async fn one_cause_is_told_once_though_the_server_words_it_anew_for_each_request() {
    for status in [403, 413] {
        let server = Server::start().await;
        let host = Host::start().await;
        let config = with(
            place(&server),
            &json!({ "email": EMAIL, "password": PASSWORD, "max_retries": 0 }),
        );
        host.configure(config).await.fine();
        for (place, name) in ["one", "two", "three"].into_iter().enumerate() {
            let words = format!("request {name} failed");
            let body = json!({ "error": words, "error_code": "AuthError" });
            let answer = Answer::new(status).body("application/json", body.to_string());
            let fault = Fault::before("POST", "/auth/api_keys", answer);
            server.emulator.inject(fault).expect("a fault");
            let change = Change::create(json!({ "name": name }));
            let planned = host.plan(change.clone()).await;
            let made = host.apply(&change, &planned).await;
            let error = made.findings.one_error(&[&words]).to_string();
            assert_eq!(error.contains("Another error"), place != 0, "{error}");
        }
        host.shut_down().await;
    }
}

#[tokio::test]
async fn a_borrowed_session_that_ends_is_told_and_not_opened_again() {
    let server = Server::start().await;
    let host = Host::start().await;
    let token = json!({ "refresh_token": server.session().await });
    host.configure(with(place(&server), &token)).await.fine();
    let mut key = Instance::create(&host, json!({ "name": "ci" })).await;
    assert!(server.emulator.revoke_sessions() > 0);
    let disabled = json!({ "name": "ci", "enabled": false });
    let findings = key.apply(&host, &disabled).await;
    findings.one_error(&["refresh_token", "session"]);
    assert!(key.state["key"].is_string());
    assert_eq!(server.count("POST", "/login"), 1, "only that of the test");
    host.shut_down().await;
}
