//! Users of an app that runs functions instead of sending e-mails.

use serde_json::json;

use super::{
    EMAIL, NEW, OTHER, PASSWORD, by_email, call, done, error, log_in, mail, options, register,
    reset, token, unconfirmed, wrong_password,
};
use crate::emulator::tests::http::World;
use crate::emulator::{Confirmation, MailKind, PasswordReset};

async fn by_function() -> World {
    World::with(options(Confirmation::Function, PasswordReset::Function)).await
}

#[tokio::test]
async fn a_function_confirms_or_not() {
    let world = by_function().await;
    register(&world, "success@example.com").await.json(201);
    log_in(&world, "success@example.com", PASSWORD)
        .await
        .json(200);
    assert!(world.emulator.mails().is_empty());

    let failed = error("failed to confirm user \"fail@example.com\"", "BadRequest");
    let fail = register(&world, "fail@example.com").await;
    fail.refuses(&world, 400, &failed);
    let refused = log_in(&world, "fail@example.com", PASSWORD).await;
    refused.refuses(&world, 401, &wrong_password());

    // Whom nothing is said of waits until the function is run again.
    register(&world, NEW).await.json(201);
    let refused = log_in(&world, NEW, PASSWORD).await;
    refused.refuses(&world, 401, &unconfirmed());
    done(&world, "confirm/call", &json!({ "email": NEW })).await;
    log_in(&world, NEW, PASSWORD).await.json(200);
    let confirmed = error("already confirmed", "UserAlreadyConfirmed");
    let refused = call(&world, "confirm/call", &json!({ "email": NEW })).await;
    refused.refuses(&world, 400, &confirmed);

    // Of this one it says the same again, but there are the tokens that it was given.
    let pending = "pending@example.com";
    register(&world, pending).await.json(201);
    mail(&world, 1, MailKind::Confirm, pending);
    done(&world, "confirm/call", &json!({ "email": pending })).await;
    let given = mail(&world, 2, MailKind::Confirm, pending);
    let refused = log_in(&world, pending, PASSWORD).await;
    refused.refuses(&world, 401, &unconfirmed());
    done(&world, "confirm", &token(&given)).await;
    log_in(&world, pending, PASSWORD).await.json(200);
}

#[tokio::test]
async fn a_function_resets_or_not() {
    let world = by_function().await;
    let body = |email: &str| json!({ "email": email, "password": OTHER, "arguments": ["any"] });
    done(&world, "reset/call", &body(EMAIL)).await;
    log_in(&world, EMAIL, OTHER).await.json(200);
    let short = json!({ "email": EMAIL, "password": "short", "arguments": [] });
    let refused = call(&world, "reset/call", &short).await;
    let length = error(
        "password must be between 6 and 128 characters",
        "BadRequest",
    );
    refused.refuses(&world, 400, &length);

    let pending = "pending@example.com";
    register(&world, pending).await.json(201);
    let confirm = mail(&world, 0, MailKind::Confirm, pending);
    done(&world, "confirm", &token(&confirm)).await;
    done(&world, "reset/call", &body(pending)).await;
    let given = mail(&world, 1, MailKind::Reset, pending);
    log_in(&world, pending, PASSWORD).await.json(200);
    done(&world, "reset", &reset(&given, OTHER)).await;
    log_in(&world, pending, OTHER).await.json(200);
}

#[tokio::test]
async fn a_function_that_fails_resets_nothing() {
    let options = options(Confirmation::Auto, PasswordReset::Function);
    let world = World::with(options).await;
    register(&world, "fail@example.com").await.json(201);
    let failed = error(
        "failed to reset password for user \"fail@example.com\"",
        "BadRequest",
    );
    let body = json!({ "email": "fail@example.com", "password": OTHER, "arguments": [] });
    let refused = call(&world, "reset/call", &body).await;
    refused.refuses(&world, 400, &failed);
    log_in(&world, "fail@example.com", PASSWORD).await.json(200);
}

#[tokio::test]
async fn what_is_done_the_other_way_is_refused() {
    let other_way = async |world: &World, name: &str, email: &str, text: &str| {
        let body = json!({ "email": email, "password": OTHER });
        let refused = call(world, name, &body).await;
        let expected = error(&format!("emulator: {text}"), "BadRequest");
        refused.refuses(world, 400, &expected);
    };
    let world = by_email().await;
    register(&world, NEW).await.json(201);
    other_way(
        &world,
        "confirm/call",
        NEW,
        "users are not confirmed by a function",
    )
    .await;
    other_way(
        &world,
        "reset/call",
        NEW,
        "passwords are not reset by a function",
    )
    .await;
    let world = by_function().await;
    register(&world, NEW).await.json(201);
    other_way(
        &world,
        "confirm/send",
        NEW,
        "users are not confirmed by e-mail",
    )
    .await;
    other_way(
        &world,
        "reset/send",
        NEW,
        "passwords are not reset by e-mail",
    )
    .await;
    // Where all are confirmed at once, what the vendor's tests saw is the answer to both.
    let world = World::start().await;
    let confirmed = error("already confirmed", "UserAlreadyConfirmed");
    for name in ["confirm/send", "confirm/call"] {
        let refused = call(&world, name, &json!({ "email": EMAIL })).await;
        refused.refuses(&world, 400, &confirmed);
    }
}
