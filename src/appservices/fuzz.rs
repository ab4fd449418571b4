//! Every way in which an answer is read, behind one function: for property tests and `tests/fuzz`.

use secrecy::SecretString;

use super::error_response::ErrorResponse;
use super::wire::{self, Malformed};
use super::{KeyId, UserApiKeyList, access_token, session_answers, user_api_key};

/// Reads a body as each answer that there is; gives all that an error would tell about it.
///
/// # Panics
///
/// Never; that is what is tested.
#[must_use]
pub fn messages(body: &[u8], secrets: &[&SecretString]) -> Vec<String> {
    let id = KeyId::parse("65f0c0ffee0000000000d001").expect("an id");
    let token = SecretString::from(String::from_utf8_lossy(body).into_owned());
    let mut messages: Vec<_> = [
        wire::decode::<wire::Location>(body).map(drop),
        session_answers::decode_login(body).map(drop),
        session_answers::decode_refreshed(body).map(drop),
        session_answers::decode_user_id(body, [&token, &token]).map(drop),
        wire::decode::<UserApiKeyList>(body).map(drop),
        user_api_key::decode_one(body, &id).map(drop),
        user_api_key::decode_created(body, "deploy-bot").map(drop),
        wire::decode_nothing(body),
    ]
    .into_iter()
    .filter_map(Result::err)
    .map(|Malformed(detail)| detail)
    .collect();
    let _ = access_token::expiry(&token, jiff::Timestamp::UNIX_EPOCH);
    let refusals = [
        Some(ErrorResponse::read(body, secrets)),
        ErrorResponse::in_success(body, secrets),
    ];
    for ErrorResponse { code, message, log } in refusals.into_iter().flatten() {
        messages.extend(
            [code.map(|code| code.to_string()), message, log]
                .into_iter()
                .flatten(),
        );
    }
    messages
}
