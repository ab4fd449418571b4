//! Every request there is against every fault there is: how often it is sent, what comes of it, and
//! what is known about a write.

mod exchange;

use self::exchange::Exchange::{self, Create, Get, List, Location, Login, Profile, Refresh};
use self::exchange::{ALL, AS_USER, OVER};
use super::*;

/// Whether the request that follows a fault is sent at all.
#[derive(Clone, Copy, PartialEq)]
enum Repeated {
    /// The server certainly did nothing.
    Always,
    /// It may have done something, so a create is not repeated.
    IfSafe,
}

use Repeated::{Always, IfSafe};

fn is_refused(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused { .. })
}

fn is_disconnected(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Disconnected { .. })
}

fn is_decode(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Decode { .. })
}

fn is_timed_out(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut { .. })
}

/// A fault once heals, unless it leaves a create ambiguous; a fault that stays ends after the
/// retries. `may_have_been_handled` is true for writes after which the server may have acted.
async fn check(request: Exchange, fault: Reply, repeated: Repeated, kind: fn(&Error) -> bool) {
    let is_repeated = repeated == Always || request != Create;
    let handled = repeated == IfSafe && request.is_write();
    for (times, heals) in [(1, is_repeated), (usize::MAX, false)] {
        let server = request.server(fault.clone(), times).await;
        let sent = match (is_repeated, times) {
            (false, _) => 1,
            (true, 1) => 2,
            (true, _) => 3,
        };
        // Only answers that never come take time; the client does not wait for the others.
        let client = match fault {
            Reply::Hang => {
                let mut settings = settings(&server.url);
                settings.request_timeout = Duration::from_secs(1);
                settings.credentials = request
                    .client(&server.url)
                    .shared
                    .sessions
                    .credentials
                    .clone();
                client_of(settings)
            }
            _ => request.client(&server.url),
        };
        match request.make(&client).await {
            Ok(()) => assert!(heals, "{request:?}"),
            Err(error) => {
                assert!(!heals && kind(&error), "{request:?} {error:?}");
                assert_eq!(error.phase(), request.phase(), "{request:?}");
                assert_eq!(error.may_have_been_handled(), handled, "{request:?}");
                assert_eq!(error.attempts() as usize, sent, "{request:?}");
                assert_silent(&message(&error));
            }
        }
        assert_eq!(server.count(request.line()), sent, "{request:?}");
    }
}

type Fault = (Reply, Repeated, fn(&Error) -> bool);

async fn check_all(faults: Vec<Fault>) {
    let checks = faults.into_iter().flat_map(|(fault, repeated, kind)| {
        ALL.map(|request| check(request, fault.clone(), repeated, kind))
    });
    join_all(checks).await;
}

#[tokio::test]
async fn connections_that_break_and_answers_that_are_cut() {
    check_all(vec![
        (Reply::Close, IfSafe, is_disconnected),
        (Reply::Reset, IfSafe, is_disconnected),
        (Reply::Cut(200, String::new()), IfSafe, is_disconnected),
        (
            Reply::Cut(201, CREATED[..40].to_owned()),
            IfSafe,
            is_disconnected,
        ),
        (Reply::Cut(503, "{".to_owned()), IfSafe, is_refused),
    ])
    .await;
}

#[tokio::test]
async fn undecodable_answers() {
    check_all(vec![
        (Reply::json(200, HTML), IfSafe, is_decode),
        (Reply::json(200, "{\"hostname\":"), IfSafe, is_decode),
    ])
    .await;
    // What a switch or a delete answers does not matter, as long as it is JSON.
    for shape in [
        "17",
        "[17]",
        "{}",
        r#"{"_id":17,"hostname":17,"user_id":17}"#,
        "null",
        "",
    ] {
        for request in [Location, Login, Refresh, List, Get, Create] {
            check(request, Reply::json(200, shape), IfSafe, is_decode).await;
        }
    }
}

#[tokio::test]
async fn servers_that_cannot() {
    let date = "retry-after: Tue, 12 Mar 2024 20:54:23 GMT";
    let mut faults: Vec<Fault> = vec![
        (Reply::empty(503).with("retry-after: 0"), IfSafe, is_refused),
        (Reply::empty(503).with(date), IfSafe, is_refused),
        (Reply::empty(429), Always, is_refused),
        (Reply::empty(429).with("retry-after: 0"), Always, is_refused),
        (Reply::empty(429).with(date), Always, is_refused),
        (
            Reply::empty(429).with("retry-after: soon"),
            Always,
            is_refused,
        ),
    ];
    for status in [408, 500, 502, 503, 504] {
        let html = Reply::Answer(
            status,
            "content-type: text/html\r\n".to_owned(),
            HTML.to_owned(),
        );
        faults.push((html, IfSafe, is_refused));
        // A proxy that timed out on a server that did as it was told.
        faults.push((Reply::json(status, CREATED), IfSafe, is_refused));
    }
    check_all(faults).await;
}

#[tokio::test]
async fn servers_that_never_answer() {
    check_all(vec![(Reply::Hang, IfSafe, is_timed_out)]).await;
}

#[tokio::test]
async fn a_closed_port() {
    for request in ALL {
        let home = Server::start(|request, n| {
            match request.line.as_str() {
                LOGIN => login(n, OVER),
                _ => healthy(request, n),
            }
            .with("connection: close")
        })
        .await;
        let location = Reply::json(200, format!(r#"{{"hostname":"{}"}}"#, home.url));
        let front = stubborn(LOCATION, location).await;
        let client = request.client(&front.url);
        let mut closed = Vec::new();
        match request {
            Location => closed.push(front.close().await),
            Login | Profile => {}
            _ => drop(client.user_id().await.unwrap()),
        }
        closed.push(home.close().await);
        let error = request.make(&client).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Unreachable { .. }),
            "{error:?}"
        );
        assert!(message(&error).contains("Connection refused"), "{error:?}");
        assert_eq!(error.attempts(), 3, "{request:?}");
        assert!(!error.may_have_been_handled());
        // A profile comes after a refresh, which fails first.
        assert_eq!(error.phase(), request.phase(), "{request:?}");
    }
}

#[tokio::test]
async fn a_long_retry_after_is_cut_and_the_caller_s_bounds_hold() {
    for header in [
        "retry-after: 86400",
        "retry-after: Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        for request in ALL {
            let server = request
                .server(Reply::empty(429).with(header), usize::MAX)
                .await;
            let client = request.client(&server.url);
            let within = |seconds| Some(Instant::now() + Duration::from_secs(seconds));

            let hasty = client.within(CancellationToken::new(), within(29));
            let error = request.make(&hasty).await.unwrap_err();
            assert!(
                error.is_deadline_exceeded() && error.attempts() == 1,
                "{error:?}"
            );
            assert_eq!(error.status().unwrap(), 429);

            // The wait begins, so it is shorter than what is left of the time. It is a wait of the whole
            // client; another one knows nothing of it.
            let client = request.client(&server.url);
            let stop = CancellationToken::new();
            let patient = client.within(stop.clone(), within(40));
            let seen = server.count(request.line());
            let (made, ()) = tokio::join!(request.make(&patient), async {
                while server.count(request.line()) == seen {
                    tokio::task::yield_now().await;
                }
                stop.cancel();
            });
            let error = made.unwrap_err();
            assert!(
                error.is_interrupted() && !error.may_have_been_handled(),
                "{error:?}"
            );
            assert_eq!(server.count(request.line()), seen + 1);
        }
    }
}

#[tokio::test]
async fn a_session_that_ends_in_the_middle_is_replaced_once() {
    for request in AS_USER.into_iter().chain([Refresh]) {
        for fault in [
            refusal(401, "InvalidSession", "invalid session"),
            Reply::empty(401),
            Reply::Cut(401, "{".to_owned()),
        ] {
            let server = request.server(fault.clone(), 1).await;
            let client = request.client(&server.url);
            // A refresh for the second session is not needed: its token is fresh.
            request.make(&client).await.unwrap();
            assert_eq!((server.count(LOGIN), server.count(request.line())), (2, 2));

            let server = request.server(fault, usize::MAX).await;
            let error = request
                .make(&request.client(&server.url))
                .await
                .unwrap_err();
            assert_eq!(error.status().unwrap(), 401);
            assert!(!error.may_have_been_handled() && error.phase() == Phase::Call);
            assert_eq!((server.count(LOGIN), server.count(request.line())), (2, 2));
        }
    }
}

#[tokio::test]
async fn a_redirect_is_followed_within_the_origin_only() {
    for request in ALL {
        for status in [307, 308] {
            let to = |url: &str| {
                let path = request.line().split_once(' ').unwrap().1;
                Reply::empty(status).with(&format!("location: {url}/api/client/v2.0{path}"))
            };
            let server = request.server(to(""), 1).await;
            request.make(&request.client(&server.url)).await.unwrap();
            let sent = server.seen();
            let sent: Vec<_> = sent
                .iter()
                .filter(|sent| sent.line == request.line())
                .collect();
            assert_eq!(sent.len(), 2);
            assert_eq!(
                (&sent[0].token, &sent[0].body),
                (&sent[1].token, &sent[1].body)
            );

            let other = self::server(|_, _| None).await;
            let server = request.server(to(&other.url), usize::MAX).await;
            let error = request
                .make(&request.client(&server.url))
                .await
                .unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Redirected { .. }),
                "{error:?}"
            );
            assert_eq!((server.count(request.line()), error.attempts()), (1, 1));
            assert!(other.seen().is_empty() && !error.may_have_been_handled());
        }
    }
}
