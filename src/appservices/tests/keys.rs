use super::*;
use crate::appservices::UserApiKeyList;

#[tokio::test]
async fn a_key_is_made_read_switched_and_deleted() {
    let server = server(|_, _| None).await;
    let client = client(&server);
    assert!(server.seen().is_empty());

    let created = make(&client, "deploy-bot").await.unwrap();
    assert_eq!(created.value.expose_secret(), "canary-key");
    assert_eq!(
        (created.api_key.name.as_str(), created.api_key.disabled),
        ("deploy-bot", false)
    );
    let id = created.api_key.id;
    assert!(client.user_api_key(&id).await.unwrap().disabled);
    assert_eq!(client.list_since(Instant::now()).await.unwrap().len(), 1);
    client.enable_user_api_key(&id).await.unwrap();
    client.disable_user_api_key(&id).await.unwrap();
    client.delete_user_api_key(&id).await.unwrap();
    assert_eq!(client.user_id().await.unwrap(), "65f0c0ffee0000000000a001");

    let seen = server.seen();
    let lines: Vec<_> = seen.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(
        lines,
        [LOCATION, LOGIN, CREATE, GET, LIST, ENABLE, DISABLE, DELETE]
    );
    let tokens = seen.iter().map(|request| request.token.as_deref());
    let refresh = Some("canary-refresh-1");
    assert_eq!(
        tokens.collect::<Vec<_>>(),
        [
            None, None, refresh, refresh, refresh, refresh, refresh, refresh
        ]
    );
    assert_eq!(
        seen[1].body,
        r#"{"username":"ci@example.com","password":"canary-password"}"#
    );
    assert_eq!(seen[2].body, r#"{"name":"deploy-bot"}"#);
    // Some servers turn away a PUT or POST that does not say how long it is.
    assert!(
        seen[5].head.contains("content-length: 0"),
        "{}",
        seen[5].head
    );
}

#[tokio::test]
async fn the_location_s_host_gets_everything_else() {
    let home = server(|_, _| None).await;
    let location = format!(r#"{{"hostname":"{}"}}"#, home.url);
    let front = stubborn(LOCATION, Reply::json(203, location)).await;
    let client = client(&front);
    client.list_since(Instant::now()).await.unwrap();
    assert_eq!(
        (front.seen().len(), home.count(LOGIN), home.count(LIST)),
        (1, 1, 1)
    );
    assert_eq!(
        client.access_token().await.unwrap().base_url.to_string(),
        home.url
    );
}

#[tokio::test]
async fn a_location_in_the_clear_gets_no_password() {
    let location = r#"{"hostname":"http://services.example.com"}"#;
    let server = stubborn(LOCATION, Reply::json(200, location)).await;
    let client = client(&server);
    for _ in 0..2 {
        let error = client.user_id().await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::UnusableLocation { .. }),
            "{error:?}"
        );
        assert_eq!(error.phase(), Phase::Location);
        assert!(message(&error).contains("services.example.com"));
    }
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn an_answer_to_a_create_need_not_repeat_what_is_known() {
    let body = r#"{"_id":"65F0C0FFEE0000000000D001","key":"v","extra":[1]}"#;
    let server = stubborn(CREATE, Reply::Answer(200, String::new(), body.to_owned())).await;
    let created = make(&client(&server), "deploy-bot").await.unwrap();
    assert_eq!(created.api_key.id, id());
    assert_eq!(
        (created.api_key.name.as_str(), created.api_key.disabled),
        ("deploy-bot", false)
    );
}

#[tokio::test]
async fn calls_can_run_as_tasks_of_their_own() {
    let server = server(|_, _| None).await;
    let (client, mut tasks) = (client(&server), tokio::task::JoinSet::new());
    for _ in 0..10 {
        let client = client.clone();
        tasks.spawn(async move {
            client.list_for_read().await.unwrap();
            make(&client, "deploy-bot").await.unwrap();
            let listed = |keys: &UserApiKeyList| keys.get(&id()).is_some();
            client.until_listed(Instant::now(), listed).await.unwrap();
            client.delete_user_api_key(&id()).await.unwrap();
            client.access_token().await.unwrap();
        });
    }
    tasks.join_all().await;
    assert_eq!((server.count(LOGIN), server.count(CREATE)), (1, 10));
}
