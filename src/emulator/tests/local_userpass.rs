//! Users who are confirmed, and users who forgot their password.

mod functions;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tempfile::tempdir;

use super::http::{
    ANONYMOUS_LOGIN, Answer, EMAIL, KEY_LOGIN, PASSWORD, PASSWORD_LOGIN, REGISTER, World, send,
};
use crate::emulator::{
    Confirmation, LocalUserpass, Mail, MailKind, Options, PasswordReset, Verdict,
};

const NEW: &str = "new@example.com";
const OTHER: &str = "battery-staple";

fn options(confirmation: Confirmation, password_reset: PasswordReset) -> Options {
    let verdict = |name: &str, verdict| (format!("{name}@example.com"), verdict);
    Options {
        local_userpass: LocalUserpass {
            confirmation,
            password_reset,
            verdicts: vec![
                verdict("success", Verdict::Success),
                verdict("pending", Verdict::Pending),
                verdict("fail", Verdict::Fail),
            ],
            mail_endpoint: false,
        },
        ..Options::default()
    }
}

async fn by_email() -> World {
    World::with(options(Confirmation::Email, PasswordReset::Email)).await
}

/// A call of `local-userpass`.
async fn call(world: &World, name: &str, body: &Value) -> Answer {
    let path = format!("/app/myapp-abcde/auth/providers/local-userpass/{name}");
    world.post(&path, body).await
}

async fn done(world: &World, name: &str, body: &Value) {
    assert_eq!(call(world, name, body).await.json(200), json!({}), "{name}");
}

async fn register(world: &World, email: &str) -> Answer {
    let body = json!({ "email": email, "password": PASSWORD });
    world.post(REGISTER, &body).await
}

async fn log_in(world: &World, email: &str, password: &str) -> Answer {
    let body = json!({ "username": email, "password": password });
    world.post(PASSWORD_LOGIN, &body).await
}

/// The only mail since so many.
fn mail(world: &World, before: usize, kind: MailKind, email: &str) -> Mail {
    let mut mails = world.emulator.mails();
    assert_eq!(mails.len(), before + 1, "{mails:?}");
    let mail = mails.pop().unwrap();
    assert_eq!((mail.kind, mail.email.as_str()), (kind, email));
    mail
}

fn token(mail: &Mail) -> Value {
    json!({ "token": mail.token, "tokenId": mail.token_id })
}

fn reset(mail: &Mail, password: &str) -> Value {
    json!({ "token": mail.token, "tokenId": mail.token_id, "password": password })
}

fn error(text: &str, code: &str) -> Value {
    json!({ "error": text, "error_code": code })
}

fn unconfirmed() -> Value {
    error("unauthorized", "AuthError")
}

fn wrong_password() -> Value {
    error("unauthorized", "InvalidPassword")
}

fn invalid_token() -> Value {
    error(
        "userpass token is expired or invalid",
        "UserpassTokenInvalid",
    )
}

#[tokio::test]
async fn a_mailed_token_confirms_a_user_once() {
    let world = by_email().await;
    assert_eq!(register(&world, NEW).await.json(201), json!({}));
    let first = mail(&world, 0, MailKind::Confirm, NEW);
    let refused = log_in(&world, NEW, PASSWORD).await;
    refused.refuses(&world, 401, &unconfirmed());
    let refused = log_in(&world, NEW, OTHER).await;
    refused.refuses(&world, 401, &wrong_password());
    let taken = error("name already in use", "AccountNameInUse");
    register(&world, NEW).await.refuses(&world, 409, &taken);

    done(&world, "confirm/send", &json!({ "email": NEW })).await;
    let second = mail(&world, 1, MailKind::Confirm, NEW);
    assert!(first.token != second.token && first.token_id != second.token_id);
    // Either of them does it, and then neither any more.
    done(&world, "confirm", &token(&first)).await;
    log_in(&world, NEW, PASSWORD).await.json(200);
    for mail in [first, second] {
        let refused = call(&world, "confirm", &token(&mail)).await;
        refused.refuses(&world, 400, &invalid_token());
    }
    let confirmed = error("already confirmed", "UserAlreadyConfirmed");
    let refused = call(&world, "confirm/send", &json!({ "email": NEW })).await;
    refused.refuses(&world, 400, &confirmed);
}

#[tokio::test]
async fn a_mailed_token_resets_a_password_once() {
    let world = by_email().await;
    let login = world.log_in_ci().await;
    let name = json!({ "name": "ci" });
    let key = world.create_key(&login.refresh, &name).await.json(201);
    for before in [0, 1] {
        done(&world, "reset/send", &json!({ "email": EMAIL })).await;
        mail(&world, before, MailKind::Reset, EMAIL);
    }
    let mails = world.emulator.mails();
    let short = error(
        "password must be between 6 and 128 characters",
        "BadRequest",
    );
    let refused = call(&world, "reset", &reset(&mails[1], "short")).await;
    refused.refuses(&world, 400, &short);
    log_in(&world, EMAIL, PASSWORD).await.json(200);

    done(&world, "reset", &reset(&mails[1], OTHER)).await;
    log_in(&world, EMAIL, OTHER).await.json(200);
    let refused = log_in(&world, EMAIL, PASSWORD).await;
    refused.refuses(&world, 401, &wrong_password());
    for mail in &mails {
        let refused = call(&world, "reset", &reset(mail, PASSWORD)).await;
        refused.refuses(&world, 400, &invalid_token());
    }
    // Nothing but the password has changed.
    world
        .call("POST", "/auth/session", &login.refresh)
        .await
        .json(201);
    let by_key = world.log_in(KEY_LOGIN, &json!({ "key": key["key"] })).await;
    assert_eq!(by_key.user, login.user);
}

#[tokio::test]
async fn two_who_come_with_one_token_reset_one_password() {
    let world = by_email().await;
    done(&world, "reset/send", &json!({ "email": EMAIL })).await;
    let mail = mail(&world, 0, MailKind::Reset, EMAIL);
    let (one, two) = (reset(&mail, "password one"), reset(&mail, "password two"));
    let (one, two) = tokio::join!(call(&world, "reset", &one), call(&world, "reset", &two));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
}

#[tokio::test]
async fn a_token_that_is_none_is_told_from_one_that_is_not_valid() {
    let world = by_email().await;
    register(&world, NEW).await.json(201);
    let own = mail(&world, 0, MailKind::Confirm, NEW);
    let malformed = error("invalid token data", "BadRequest");
    let none = json!({ "password": OTHER });
    let short = json!({ "token": "abc", "tokenId": own.token_id, "password": OTHER });
    let no_id = json!({ "token": own.token, "tokenId": "123", "password": OTHER });
    for (name, body) in [("confirm", &none), ("reset", &short), ("confirm", &no_id)] {
        let refused = call(&world, name, body).await;
        refused.refuses(&world, 400, &malformed);
    }
    let id =
        json!({ "token": own.token, "tokenId": "6268f7dd73fafea76b730fc9", "password": OTHER });
    let value = json!({ "token": "0".repeat(128), "tokenId": own.token_id, "password": OTHER });
    // The last one is genuine, but for something else.
    for (name, body) in [
        ("confirm", &id),
        ("reset", &value),
        ("confirm", &value),
        ("reset", &reset(&own, OTHER)),
    ] {
        let refused = call(&world, name, body).await;
        refused.refuses(&world, 400, &invalid_token());
    }
    done(&world, "confirm", &token(&own)).await;
}

#[tokio::test]
async fn an_address_that_nobody_has_is_not_found() {
    let world = by_email().await;
    world.log_in(ANONYMOUS_LOGIN, &json!({})).await;
    let unknown = error("user not found", "UserNotFound");
    for name in ["confirm/send", "confirm/call", "reset/send", "reset/call"] {
        for body in [
            json!({ "email": "nobody@example.com", "password": PASSWORD, "arguments": [] }),
            json!({}),
        ] {
            let refused = call(&world, name, &body).await;
            refused.refuses(&world, 404, &unknown);
        }
    }
    let app = json!({ "error": "cannot find app using Client App ID 'nope-zzzzz'" });
    for name in [
        "confirm",
        "confirm/send",
        "confirm/call",
        "reset",
        "reset/send",
        "reset/call",
    ] {
        let path = format!("/app/nope-zzzzz/auth/providers/local-userpass/{name}");
        let answer = world.post(&path, &json!({})).await;
        answer.refuses(&world, 404, &app);
    }
    assert!(world.emulator.mails().is_empty());
}

#[tokio::test]
async fn tokens_survive_a_restart_and_die_after_half_an_hour() {
    let folder = tempdir().unwrap();
    let at = |minutes| Options {
        data: Some(folder.path().join("data")),
        clock_offset: SignedDuration::from_mins(minutes),
        ..options(Confirmation::Email, PasswordReset::Email)
    };
    let world = World::with(at(0)).await;
    for email in [NEW, "late@example.com"] {
        register(&world, email).await.json(201);
    }
    let mails = world.emulator.mails();
    world.emulator.stop().await;
    let world = World::with(at(29)).await;
    assert!(world.emulator.mails().is_empty());
    let refused = log_in(&world, NEW, PASSWORD).await;
    refused.refuses(&world, 401, &unconfirmed());
    done(&world, "confirm", &token(&mails[0])).await;
    world.emulator.stop().await;
    let world = World::with(at(31)).await;
    log_in(&world, NEW, PASSWORD).await.json(200);
    let refused = call(&world, "confirm", &token(&mails[1])).await;
    refused.refuses(&world, 400, &invalid_token());
    world.emulator.stop().await;
    let file = std::fs::read(folder.path().join("data")).unwrap();
    for mail in mails {
        let token = mail.token.as_bytes();
        assert!(!file.windows(token.len()).any(|part| part == token));
    }
}

#[tokio::test]
async fn a_user_who_asks_for_many_tokens_keeps_the_latest() {
    let world = by_email().await;
    for _ in 0..11 {
        done(&world, "reset/send", &json!({ "email": EMAIL })).await;
    }
    let mails = world.emulator.mails();
    let refused = call(&world, "reset", &reset(&mails[0], OTHER)).await;
    refused.refuses(&world, 400, &invalid_token());
    done(&world, "reset", &reset(&mails[1], OTHER)).await;
}

#[tokio::test]
async fn a_user_who_waits_cannot_be_linked_but_may_set_a_password() {
    let world = by_email().await;
    register(&world, NEW).await.json(201);
    let anonymous = world.log_in(ANONYMOUS_LOGIN, &json!({})).await;
    let body = json!({ "username": NEW, "password": PASSWORD }).to_string();
    let request = world.request("POST", &format!("{PASSWORD_LOGIN}?link=true"));
    let refused = send(request.bearer_auth(&anonymous.access).body(body)).await;
    refused.refuses(&world, 401, &unconfirmed());

    done(&world, "reset/send", &json!({ "email": NEW })).await;
    let sent = mail(&world, 1, MailKind::Reset, NEW);
    done(&world, "reset", &reset(&sent, OTHER)).await;
    let refused = log_in(&world, NEW, OTHER).await;
    refused.refuses(&world, 401, &unconfirmed());
    let confirm = &world.emulator.mails()[0];
    done(&world, "confirm", &token(confirm)).await;
    log_in(&world, NEW, OTHER).await.json(200);
}

#[tokio::test]
async fn mails_can_be_read_over_http_if_asked_for() {
    let mut options = options(Confirmation::Email, PasswordReset::Email);
    options.local_userpass.mail_endpoint = true;
    let world = World::with(options).await;
    register(&world, NEW).await.json(201);
    let url = format!("{}/emulator/mails", world.emulator.url());
    let read = async |url: &str| {
        let response = reqwest::Client::builder().no_proxy().build().unwrap();
        let response = response.get(url).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let (status, mails) = read(&url).await;
    let mails: Value = serde_json::from_str(&mails).unwrap();
    let sent = mail(&world, 0, MailKind::Confirm, NEW);
    let expected = json!([{
        "kind": "confirm", "email": NEW, "token": sent.token, "tokenId": sent.token_id,
    }]);
    assert_eq!((status, mails), (200, expected));
    let other = World::start().await;
    let url = format!("{}/emulator/mails", other.emulator.url());
    assert_eq!(read(&url).await.0, 404);
}
