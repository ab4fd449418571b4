use super::*;

#[tokio::test]
async fn the_server_s_clock_is_read_from_its_answers() {
    let server = stubborn(
        LOCATION,
        Reply::json(200, r#"{"hostname":""}"#).with("date: Tue, 12 Mar 2024 20:54:23 GMT"),
    )
    .await;
    let client = client(&server);
    assert_eq!(client.server_time(), None);
    client.user_id().await.unwrap();
    assert!(client.server_time().unwrap() >= id().created_at());
}

#[tokio::test]
async fn the_clocks_of_proxies_and_caches_do_not_count() {
    let date = "date: Tue, 12 Mar 2024 20:54:23 GMT";
    let server = server(move |line, n| match (line, n) {
        (LOCATION, 1) => Some(Reply::empty(503).with(date)),
        (LOCATION, _) => Some(
            Reply::json(200, r#"{"hostname":""}"#)
                .with(date)
                .with("age: 7200"),
        ),
        _ => None,
    })
    .await;
    let client = client(&server);
    client.user_id().await.unwrap();
    assert_eq!(client.server_time(), None);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    type Change = fn(&mut Settings);
    let changes: [Change; 3] = [
        |settings| settings.app_id = " ".to_owned(),
        |settings| settings.app_id = "..".to_owned(),
        |settings| settings.user_agent = "a\nb".to_owned(),
    ];
    for change in changes {
        let mut settings = settings("https://example.com");
        change(&mut settings);
        let error = Client::new(settings).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::InvalidSettings(_)),
            "{error:?}"
        );
        assert_silent(&message(&error));
    }
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    // Servers that echo what they were sent, in every form that is quoted.
    let echo = |form: fn(&str) -> Reply| {
        Server::start(move |request, n| match request.line.as_str() {
            LOGIN if n == 2 => form(&request.body),
            LIST => form(request.token.as_deref().unwrap_or_default()),
            _ => healthy(request, n),
        })
    };
    let forms: [fn(&str) -> Reply; 4] = [
        |text| Reply::Answer(400, String::new(), format!("bad request: {text}")),
        |text| Reply::Answer(400, String::new(), format!("<title>{text}</title>")),
        |text| {
            Reply::json(
                401,
                format!(
                    r#"{{"error":{0:?},"error_code":{0:?},"link":"https://a/{1}"}}"#,
                    text,
                    text.replace('"', "")
                ),
            )
        },
        |text| Reply::json(200, format!("{text:?}")),
    ];
    for form in forms {
        let server = echo(form).await;
        let client = client(&server);
        let error = client.list_since(Instant::now()).await.unwrap_err();
        assert_silent(&message(&error));
        assert_silent(&format!("{client:?} {:?}", client.access_token().await));
        assert_silent(&format!("{:?}", make(&client, "deploy-bot").await));
    }
    assert_silent(&format!("{:?}", settings("https://example.com")));
    assert_silent(&format!("{:?}", credentials(&[("api_key", "canary-key")])));
}

/// All that is logged while this runs, by any crate and at every level.
fn logged(run: impl Future<Output = ()>) -> Vec<String> {
    let (log, lines) = recording();
    let log = tracing::Dispatch::new(log);
    // While there is but one, tracing asks the thread that meets an event first whether a subscriber
    // wants it, and that may be the thread of another test.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    tracing::dispatcher::with_default(&log, || runtime.block_on(run));
    lines.lock().unwrap().clone()
}

#[test]
fn whatever_a_server_sends_errors_and_log_lines_stay_short() {
    let long = "x".repeat(200_000);
    let answers = [
        (LOGIN, Reply::json(401, format!(r#"{{"error":"{long}"}}"#))),
        (
            LOGIN,
            Reply::json(400, format!(r#"{{"error_code":"{long}"}}"#)),
        ),
        (
            LOGIN,
            Reply::json(400, format!(r#"{{"link":"https://example.com/{long}"}}"#)),
        ),
        (LOGIN, Reply::Answer(502, String::new(), long.clone())),
        (
            LOGIN,
            Reply::Answer(502, String::new(), format!("<title>{long}</title>")),
        ),
        (
            LOGIN,
            Reply::json(
                200,
                format!(r#"{{"access_token":"a","refresh_token":"r","user_id":"{long}"}}"#),
            ),
        ),
        (
            LOGIN,
            Reply::empty(307).with(&format!(
                "location: https://{}.example.com/",
                &long[..50_000]
            )),
        ),
        (
            LOCATION,
            Reply::json(200, format!(r#"{{"hostname":"https://{long}"}}"#)),
        ),
        (
            LOCATION,
            Reply::json(200, format!(r#"{{"hostname":"{long}://a"}}"#)),
        ),
    ];
    for (line, answer) in answers {
        let lines = logged(async {
            let server = stubborn(line, answer).await;
            let error = client(&server).user_id().await.unwrap_err();
            assert!(
                message(&error).len() < 8192,
                "{} bytes",
                message(&error).len()
            );
            assert!(error.server_log().is_none());
        });
        assert!(lines.iter().all(|line| line.len() < 8192));
        assert!(lines.iter().any(|line| line.contains("message=request ")));
    }
}

#[test]
fn each_attempt_is_one_line_without_secrets() {
    let lines = logged(async {
        let server = faulty(GET, vec![Reply::empty(503)]).await;
        let client = client(&server);
        make(&client, "deploy-bot").await.unwrap();
        client.user_api_key(&id()).await.unwrap();
        client.log_out(Duration::from_secs(1)).await;
    });
    assert_silent(&lines.join("\n"));
    let attempts: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("message=request "))
        .collect();
    let paths = [
        ("GET", "/app/{app_id}/location", "200", "1"),
        (
            "POST",
            "/app/{app_id}/auth/providers/{provider}/login",
            "200",
            "1",
        ),
        ("POST", "/auth/api_keys", "201", "1"),
        ("GET", "/auth/api_keys/{id}", "503", "1"),
        ("GET", "/auth/api_keys/{id}", "200", "2"),
        ("DELETE", "/auth/session", "204", "1"),
    ];
    assert_eq!(attempts.len(), paths.len(), "{lines:?}");
    for (line, (method, path, status, attempt)) in attempts.iter().zip(paths) {
        for field in [
            format!("method={method} "),
            format!("path=\"{path}\" "),
            format!("status={status} "),
            format!("attempt={attempt} "),
            "elapsed_ms=".to_owned(),
        ] {
            assert!(line.contains(&field), "{field} in {line}");
        }
    }
}

/// A subscriber that writes all events of all crates down, at every level.
fn recording() -> (
    impl tracing::Subscriber + Send + Sync,
    Arc<Mutex<Vec<String>>>,
) {
    use std::fmt::Write;
    use tracing::field::{Field, Visit};
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

    struct Recorder(Arc<Mutex<Vec<String>>>);
    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            write!(self.0, "{}={value:?} ", field.name()).unwrap();
        }
    }

    impl<S: tracing::Subscriber> Layer<S> for Recorder {
        fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
            let mut line = Line(String::new());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
    }

    let lines = Arc::<Mutex<Vec<String>>>::default();
    (
        tracing_subscriber::registry().with(Recorder(lines.clone())),
        lines,
    )
}
