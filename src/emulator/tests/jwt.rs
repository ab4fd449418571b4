//! Logins by tokens that another system signed.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use super::http::{EMAIL, World};
use crate::emulator::{External, ExternalUser, Options};

const LOGIN: &str = "/app/myapp-abcde/auth/providers/custom-token/login";
const SECRET: &str = "a secret that two systems share";

fn options() -> Options {
    Options {
        jwt_secret: Some(SECRET.into()),
        ..Options::default()
    }
}

/// A token of this user that is valid for so many seconds from now.
fn token(sub: &str, seconds: i64) -> Value {
    let exp = Timestamp::now().as_second() + seconds;
    let claims = json!({ "sub": sub, "aud": "myapp-abcde", "exp": exp });
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    json!({ "token": jsonwebtoken::encode(&Header::default(), &claims, &key).unwrap() })
}

#[tokio::test]
async fn a_subject_is_a_user() {
    let world = World::with(options()).await;
    let one = world.log_in(LOGIN, &token("one", 60)).await;
    assert_eq!(world.log_in(LOGIN, &token("one", 90)).await.user, one.user);
    assert_ne!(world.log_in(LOGIN, &token("two", 60)).await.user, one.user);
    let ci = world.log_in(LOGIN, &token(EMAIL, 60)).await;
    // The name of a user of another provider is another user's.
    assert_ne!(ci.user, world.log_in_ci().await.user);
    let name = json!({ "name": "ci" });
    world.create_key(&one.refresh, &name).await.json(201);
    let profile = world.call("GET", "/auth/profile", &one.access).await;
    let identities = profile.json(200)["identities"].take();
    assert_eq!(identities.as_array().unwrap().len(), 1);
    assert_eq!(identities[0]["provider_type"], "custom-token");
}

#[tokio::test]
async fn a_token_is_judged_by_the_emulators_clock() {
    let world = World::with(Options {
        clock_offset: SignedDuration::from_hours(1),
        ..options()
    })
    .await;
    let expected = json!({ "error": "unauthorized", "error_code": "InvalidSession" });
    let refused = world.post(LOGIN, &token("one", 1800)).await;
    refused.refuses(&world, 401, &expected);
    world.log_in(LOGIN, &token("one", 5400)).await;
}

#[tokio::test]
async fn a_table_goes_along_with_signatures() {
    let world = World::with(Options {
        third_parties: vec![ExternalUser {
            provider: External::CustomToken,
            secret: "a.b.c".into(),
            user: "one".to_owned(),
        }],
        ..options()
    })
    .await;
    let by_table = world.log_in(LOGIN, &json!({ "token": "a.b.c" })).await;
    let signed = world.log_in(LOGIN, &token("one", 60)).await;
    assert_eq!(by_table.user, signed.user);
    let forged = world.post(LOGIN, &json!({ "token": "d.e.f" })).await;
    assert_eq!(forged.status, 401);
}
