use reqwest::{Method, Url};
use secrecy::SecretString;

use super::retry::Idempotency::{self, Idempotent, NonIdempotent, Safe};
use super::wire::{self, NewUserApiKey};
use super::{BaseUrl, KeyId, Phase};

/// One request of the API, ready to be sent as often as it takes.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// The path below `/api/client/v2.0`, fit for logs; `{}` stands for a parameter.
    pub(super) template: &'static str,
    params: [&'a str; 2],
    pub(super) phase: Phase,
    pub(super) idempotency: Idempotency,
    /// The id or the name of the one key that it is about. A call may always fail for the sake of its
    /// key, which says nothing about the server.
    pub(super) key: Option<&'a str>,
    pub(super) body: Option<Vec<u8>>,
}

/// Where a call goes, and as whom.
#[derive(Clone, Copy)]
pub(super) struct Destination<'a> {
    pub(super) base: &'a BaseUrl,
    /// The token that signs the request.
    pub(super) token: Option<&'a SecretString>,
}

const KEYS: &str = "/auth/api_keys";
const KEY: &str = "/auth/api_keys/{id}";
const ENABLE: &str = "/auth/api_keys/{id}/enable";
const DISABLE: &str = "/auth/api_keys/{id}/disable";
const LOCATION: &str = "/app/{app_id}/location";
const LOGIN: &str = "/app/{app_id}/auth/providers/{provider}/login";
const SESSION: &str = "/auth/session";
const PROFILE: &str = "/auth/profile";

impl<'a> Call<'a> {
    pub(super) fn location(app_id: &'a str) -> Call<'a> {
        Call::new(Method::GET, LOCATION, [app_id, ""]).in_phase(Phase::Location)
    }

    pub(super) fn log_in(app_id: &'a str, provider: &'a str, body: Vec<u8>) -> Call<'a> {
        Call {
            body: Some(body),
            ..Call::new(Method::POST, LOGIN, [app_id, provider]).in_phase(Phase::Login)
        }
    }

    pub(super) fn refresh(phase: Phase) -> Call<'a> {
        Call::new(Method::POST, SESSION, ["", ""]).in_phase(phase)
    }

    pub(super) fn profile() -> Call<'a> {
        Call::new(Method::GET, PROFILE, ["", ""]).in_phase(Phase::Login)
    }

    pub(super) fn log_out() -> Call<'a> {
        Call::new(Method::DELETE, SESSION, ["", ""])
    }

    pub(super) fn list() -> Call<'a> {
        Call::new(Method::GET, KEYS, ["", ""])
    }

    pub(super) fn create(name: &'a str) -> Call<'a> {
        Call {
            body: Some(wire::encode(&NewUserApiKey { name })),
            idempotency: NonIdempotent,
            key: Some(name),
            ..Call::new(Method::POST, KEYS, ["", ""])
        }
    }

    pub(super) fn get(id: &'a KeyId) -> Call<'a> {
        Call::about(id, Method::GET, KEY, Safe)
    }

    pub(super) fn enable(id: &'a KeyId) -> Call<'a> {
        Call::about(id, Method::PUT, ENABLE, Idempotent)
    }

    pub(super) fn disable(id: &'a KeyId) -> Call<'a> {
        Call::about(id, Method::PUT, DISABLE, Idempotent)
    }

    pub(super) fn delete(id: &'a KeyId) -> Call<'a> {
        Call::about(id, Method::DELETE, KEY, Idempotent)
    }

    fn about(
        id: &'a KeyId,
        method: Method,
        template: &'static str,
        idempotency: Idempotency,
    ) -> Call<'a> {
        Call {
            idempotency,
            key: Some(id.as_str()),
            ..Call::new(method, template, [id.as_str(), ""])
        }
    }

    fn in_phase(self, phase: Phase) -> Call<'a> {
        Call { phase, ..self }
    }

    fn new(method: Method, template: &'static str, params: [&'a str; 2]) -> Call<'a> {
        Call {
            method,
            template,
            params,
            phase: Phase::Call,
            idempotency: Safe,
            key: None,
            body: None,
        }
    }

    /// The URL at a host, with the parameters filled in and escaped.
    pub(super) fn url(&self, base: &BaseUrl) -> Url {
        let mut params = self.params.iter().copied();
        let segments = self.template.split('/').skip(1).map(|segment| {
            if segment.starts_with('{') {
                params.next().unwrap_or_default()
            } else {
                segment
            }
        });
        base.join(["api", "client", "v2.0"].into_iter().chain(segments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_become_urls() {
        let base = BaseUrl::parse("https://example.com/").unwrap();
        let id = KeyId::parse("65f0c0ffee0000000000d001").unwrap();
        let key = "/auth/api_keys/65f0c0ffee0000000000d001";
        for (call, method, url) in [
            (
                Call::location("my/app"),
                "GET",
                "/app/my%2Fapp/location".to_owned(),
            ),
            (
                Call::log_in("a", "api-key", Vec::new()),
                "POST",
                "/app/a/auth/providers/api-key/login".to_owned(),
            ),
            (
                Call::refresh(Phase::Call),
                "POST",
                "/auth/session".to_owned(),
            ),
            (Call::log_out(), "DELETE", "/auth/session".to_owned()),
            (Call::profile(), "GET", "/auth/profile".to_owned()),
            (Call::list(), "GET", "/auth/api_keys".to_owned()),
            (Call::create("ci"), "POST", "/auth/api_keys".to_owned()),
            (Call::get(&id), "GET", key.to_owned()),
            (Call::delete(&id), "DELETE", key.to_owned()),
            (Call::enable(&id), "PUT", format!("{key}/enable")),
            (Call::disable(&id), "PUT", format!("{key}/disable")),
        ] {
            let expected = format!("https://example.com/api/client/v2.0{url}");
            assert_eq!(
                (call.method.as_str(), call.url(&base).as_str()),
                (method, &*expected)
            );
        }
    }
}
