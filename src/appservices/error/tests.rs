use super::*;

fn refused(phase: Phase, status: u16, code: &str) -> Error {
    let kind = ErrorKind::Refused {
        origin: "https://example.com".to_owned(),
        status: StatusCode::from_u16(status).unwrap(),
        code: (!code.is_empty()).then(|| ErrorCode::from(code)),
        message: Some("unauthorized".to_owned()),
        log: None,
        retry_after: None,
    };
    Error::after(kind, phase, AttemptStats::default())
}

/// The predicates that hold, in one word each.
fn answers(error: &Error) -> Vec<&'static str> {
    [
        (error.is_not_found(), "gone"),
        (error.is_bare_not_found(), "bare"),
        (error.is_already_exists(), "exists"),
        (error.is_invalid_name(), "name"),
        (error.is_login_refused(), "login"),
        (error.is_app_not_found(), "app"),
        (error.is_session_dead(), "session"),
        (error.is_session_ended(), "ended"),
        (error.is_interrupted(), "stop"),
        (error.is_deadline_exceeded(), "deadline"),
    ]
    .iter()
    .filter_map(|(holds, word)| holds.then_some(*word))
    .collect()
}

#[test]
fn predicates_decide_on_phase_status_and_code() {
    use Phase::{Call, Location, Login};
    for (phase, status, code, expected) in [
        (Call, 404, "APIKeyNotFound", &["gone"][..]),
        (Call, 404, "", &["bare"]),
        (Call, 404, "UserNotFound", &[]),
        (Call, 403, "APIKeyNotFound", &[]),
        (Call, 409, "", &["exists"]),
        (Call, 400, "APIKeyAlreadyExists", &["exists"]),
        (Call, 400, "InvalidParameter", &["name"]),
        (Call, 400, "", &[]),
        (Call, 401, "", &["session"]),
        (Call, 403, "InvalidSession", &["session"]),
        (Call, 200, "InvalidSession", &[]),
        (Call, 429, "", &[]),
        (Call, 500, "", &[]),
        (Login, 401, "InvalidPassword", &["login"]),
        (Login, 401, "", &["login"]),
        (Login, 404, "", &["app"]),
        (Login, 404, "AuthProviderNotFound", &["login"]),
        (Login, 429, "", &[]),
        (Login, 503, "", &[]),
        (Location, 404, "", &["app"]),
        (Location, 403, "", &[]),
    ] {
        assert_eq!(
            answers(&refused(phase, status, code)),
            expected,
            "{phase:?} {status} {code}"
        );
    }
}

#[test]
fn an_interruption_keeps_what_the_server_said_last() {
    let last = refused(Phase::Call, 401, "APIKeyNotFound");
    for (reached, word) in [
        (LimitReached::Stopped, "stop"),
        (LimitReached::DeadlinePassed, "deadline"),
    ] {
        let error = Error::new(ErrorKind::limit(reached, Some(last.clone())));
        assert_eq!(answers(&error), [word]);
        assert_eq!(error.status(), Some(StatusCode::UNAUTHORIZED));
        assert_eq!(error.server_message(), Some("unauthorized"));
    }
}

#[test]
fn the_end_of_a_session_keeps_what_the_server_said() {
    for phase in [Phase::Call, Phase::Login] {
        let error = refused(phase, 401, "InvalidSession").ends_the_session();
        assert_eq!(answers(&error), ["ended"]);
        assert_eq!(error.status(), Some(StatusCode::UNAUTHORIZED));
        assert_eq!(
            error.to_string(),
            "the session of the refresh token has ended"
        );
    }
}

#[test]
fn each_level_says_its_own_part() {
    let chain = |error: &Error| {
        let mut texts = vec![error.to_string()];
        let mut next = std::error::Error::source(error);
        while let Some(error) = next {
            texts.push(error.to_string());
            next = error.source();
        }
        texts
    };
    assert_eq!(
        chain(&refused(Phase::Login, 401, "InvalidPassword")),
        [
            "could not log in",
            "https://example.com answered 401 Unauthorized InvalidPassword: unauthorized"
        ],
    );
    let last = refused(Phase::Call, 503, "");
    let late = Error::new(ErrorKind::limit(LimitReached::DeadlinePassed, Some(last)));
    assert_eq!(
        chain(&late),
        [
            "ran out of time",
            "https://example.com answered 503 Service Unavailable: unauthorized"
        ],
    );
}
