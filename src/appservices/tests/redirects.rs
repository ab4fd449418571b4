use super::*;

#[tokio::test]
async fn a_redirect_within_the_origin_keeps_method_and_token() {
    let server = Server::start(|request, n| match request.line.as_str() {
        CREATE => Reply::empty(307).with("location: /elsewhere"),
        "POST /elsewhere" if request.body == r#"{"name":"deploy-bot"}"# => {
            Reply::json(200, CREATED)
        }
        _ => healthy(request, n),
    })
    .await;
    make(&client(&server), "deploy-bot").await.unwrap();
    assert_eq!(
        server.seen().last().unwrap().token.as_deref(),
        Some("canary-refresh-1")
    );
}

#[tokio::test]
async fn no_other_host_is_sent_anything() {
    for status in [301, 302, 303, 307, 308] {
        for line in [LOCATION, LOGIN, LIST, CREATE] {
            let other = server(|_, _| None).await;
            let to = format!("location: {}/?secret=canary-key", other.url);
            let server = stubborn(line, Reply::empty(status).with(&to)).await;
            let client = client(&server);
            let error = match line {
                CREATE => make(&client, "deploy-bot").await.unwrap_err(),
                _ => client.list_since(Instant::now()).await.unwrap_err(),
            };
            let target = Some(other.url.clone());
            assert!(
                matches!(error.kind(), ErrorKind::Redirected { target: to, .. } if *to == target),
                "{error:?}"
            );
            assert_eq!((error.attempts(), other.seen().len()), (1, 0));
            assert!(!error.may_have_been_handled());
            assert_silent(&message(&error));
        }
    }
}

#[tokio::test]
async fn a_redirect_in_circles_ends() {
    let server = stubborn(
        LIST,
        Reply::empty(308).with("location: /api/client/v2.0/auth/api_keys"),
    )
    .await;
    let error = client(&server)
        .list_since(Instant::now())
        .await
        .unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Redirected { .. }),
        "{error:?}"
    );
    assert!(server.count(LIST) < 10);
}
