//! Users who register.

use serde_json::{Value, json};

use super::http::{Answer, PASSWORD, PASSWORD_LOGIN, REGISTER, World};

async fn register(world: &World, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    world.post(REGISTER, &body).await
}

fn error(text: &str, code: &str) -> Value {
    json!({ "error": text, "error_code": code })
}

#[tokio::test]
async fn a_user_who_registers_can_log_in_at_once() {
    let world = World::start().await;
    let registered = register(&world, "new@example.com", PASSWORD).await;
    assert_eq!(registered.json(201), json!({}));
    let body = json!({ "username": "new@example.com", "password": PASSWORD });
    world.log_in(PASSWORD_LOGIN, &body).await;
    let taken = register(&world, "new@example.com", PASSWORD).await;
    taken.refuses(
        &world,
        409,
        &error("name already in use", "AccountNameInUse"),
    );
}

#[tokio::test]
async fn an_address_or_a_password_of_the_wrong_length_is_refused() {
    let world = World::start().await;
    let (long, longest) = ("e".repeat(129), "e".repeat(128));
    for email in ["", &long] {
        let refused = register(&world, email, PASSWORD).await;
        refused.refuses(&world, 400, &error("email invalid", "BadRequest"));
    }
    let length = error(
        "password must be between 6 and 128 characters",
        "BadRequest",
    );
    for password in ["12345", &"p".repeat(129)] {
        let refused = register(&world, "new@example.com", password).await;
        refused.refuses(&world, 400, &length);
    }
    register(&world, &longest, &"p".repeat(128)).await.json(201);
}

#[tokio::test]
async fn what_the_emulator_does_not_have_is_said() {
    let world = World::start().await;
    let provider = "/app/myapp-abcde/auth/providers/local-userpass";
    for path in [
        "confirm",
        "confirm/send",
        "confirm/call",
        "reset",
        "reset/send",
        "reset/call",
    ] {
        let path = format!("{provider}/{path}");
        let text = format!("emulator: it does not have POST /api/client/v2.0{path}");
        let refused = world.post(&path, &json!({})).await;
        refused.refuses(&world, 404, &json!({ "error": text }));
    }
    let body = json!({ "username": "new@example.com", "password": PASSWORD });
    let refused = world
        .post(&format!("{PASSWORD_LOGIN}?link=true"), &body)
        .await;
    let text = "emulator: it does not have linking (`?link=true`)";
    refused.refuses(&world, 404, &json!({ "error": text }));
}
