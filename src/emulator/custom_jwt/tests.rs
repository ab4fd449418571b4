use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::{EncodingKey, Header};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, PublicKeyData};
use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_700_000_000;
const SECRET: &str = "a secret that two systems share";

fn by_secret() -> Options {
    Options {
        jwt_secret: Some(SECRET.into()),
        ..Options::default()
    }
}

fn by_public_key(pem: String) -> Options {
    Options {
        jwt_public_key: Some(pem),
        ..Options::default()
    }
}

fn verifier(options: &Options) -> Verifier {
    Verifier::of(options).unwrap().unwrap()
}

fn subject(verifier: &Verifier, token: &str) -> Option<String> {
    verifier.subject(token, Timestamp::from_second(NOW).unwrap())
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

fn sign(claims: &Value, algorithm: Algorithm, key: &EncodingKey) -> String {
    jsonwebtoken::encode(&Header::new(algorithm), claims, key).unwrap()
}

fn shared(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    sign(claims, Algorithm::HS256, &key)
}

fn claims() -> Value {
    json!({ "sub": "alice", "aud": "myapp-abcde", "exp": NOW + 60 })
}

#[test]
fn each_kind_of_key_accepts_its_own_tokens_only() {
    let rsa = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let ec = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let public = |pair: &KeyPair| by_public_key(pem("PUBLIC KEY", &pair.subject_public_key_info()));
    let private = |pair: &KeyPair| pem("PRIVATE KEY", &pair.serialize_der());
    let rsa_key = EncodingKey::from_rsa_pem(private(&rsa).as_bytes()).unwrap();
    let ec_key = EncodingKey::from_ec_pem(private(&ec).as_bytes()).unwrap();
    let tokens = [
        shared(&claims()),
        sign(&claims(), Algorithm::RS256, &rsa_key),
        sign(&claims(), Algorithm::ES256, &ec_key),
    ];
    let keys = [by_secret(), public(&rsa), public(&ec)];
    for (own, key) in keys.iter().enumerate() {
        let verifier = verifier(key);
        for (other, token) in tokens.iter().enumerate() {
            let expected = (own == other).then(|| "alice".to_owned());
            assert_eq!(subject(&verifier, token), expected, "{own} {other}");
        }
    }
}

#[test]
fn a_public_key_is_no_secret() {
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let pem = pem("PUBLIC KEY", &pair.subject_public_key_info());
    let forged = EncodingKey::from_secret(pem.as_bytes());
    let forged = sign(&claims(), Algorithm::HS256, &forged);
    let verifier = verifier(&by_public_key(pem));
    assert_eq!(subject(&verifier, &forged), None);
}

#[test]
fn every_claim_counts() {
    let verifier = verifier(&by_secret());
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        subject(&verifier, &shared(&claims))
    };
    for (name, value) in [
        ("aud", json!(["other", "myapp-abcde"])),
        ("exp", json!(1_700_000_000.5)),
        ("nbf", json!(NOW)),
        ("iat", json!("ignored")),
    ] {
        assert_eq!(
            with(name, value.clone()),
            Some("alice".to_owned()),
            "{name} {value}"
        );
    }
    for (name, value) in [
        ("sub", Value::Null),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("aud", Value::Null),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("exp", Value::Null),
        ("exp", json!(NOW)),
        ("exp", json!("tomorrow")),
        ("nbf", json!(NOW + 1)),
    ] {
        assert_eq!(with(name, value.clone()), None, "{name} {value}");
    }
    for garbage in ["", "a.b.c", "alice"] {
        assert_eq!(subject(&verifier, garbage), None, "{garbage:?}");
    }
}

#[test]
fn another_audience_takes_the_place_of_the_app() {
    let verifier = verifier(&Options {
        jwt_audience: Some("everybody".to_owned()),
        ..by_secret()
    });
    assert_eq!(subject(&verifier, &shared(&claims())), None);
    let mut claims = claims();
    claims["aud"] = json!("everybody");
    assert!(subject(&verifier, &shared(&claims)).is_some());
}

#[test]
fn what_is_no_public_key_is_refused() {
    for pem in [
        "",
        "no PEM",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
    ] {
        let options = by_public_key(pem.to_owned());
        assert!(Verifier::of(&options).is_err(), "{pem:?}");
    }
}
