use reqwest::{Method, Url};

use super::retry::Idempotency;
use super::wire::SecretBody;
use super::{BaseUrl, KeyId, Phase};

/// One request of the API, ready to be sent as often as it takes.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: Path<'a>,
    pub(super) phase: Phase,
    pub(super) idempotency: Idempotency,
    /// Whether nothing has been done yet that would have to be cleaned up: see [`Outage`](super::outage::Outage).
    pub(super) begins_something: bool,
    pub(super) body: Option<SecretBody>,
    /// Sent even while the server asks for patience, since there is no later.
    pub(super) is_farewell: bool,
}

/// A path below `/api/client/v2.0`: a template fit for logs, and what fills its gaps.
pub(super) struct Path<'a> {
    pub(super) template: &'static str,
    gaps: [&'a str; 2],
}

impl<'a> Call<'a> {
    /// A call that is safe, without a body.
    pub(super) fn new(method: Method, path: Path<'a>) -> Call<'a> {
        Call {
            method,
            path,
            phase: Phase::Call,
            idempotency: Idempotency::Safe,
            begins_something: false,
            body: None,
            is_farewell: false,
        }
    }

    pub(super) fn in_phase(self, phase: Phase) -> Call<'a> {
        Call {
            phase,
            begins_something: phase != Phase::Call,
            ..self
        }
    }

    pub(super) fn beginning_something(self) -> Call<'a> {
        Call {
            begins_something: true,
            ..self
        }
    }

    pub(super) fn with_idempotency(self, idempotency: Idempotency) -> Call<'a> {
        Call {
            idempotency,
            ..self
        }
    }

    pub(super) fn in_farewell(self) -> Call<'a> {
        Call {
            is_farewell: true,
            ..self
        }
    }

    pub(super) fn with_body(self, body: SecretBody) -> Call<'a> {
        Call {
            body: Some(body),
            ..self
        }
    }
}

impl<'a> Path<'a> {
    pub(super) fn location(app_id: &'a str) -> Path<'a> {
        Path::new("/app/{app_id}/location", [app_id, ""])
    }

    pub(super) fn login(app_id: &'a str, provider: &'a str) -> Path<'a> {
        Path::new(
            "/app/{app_id}/auth/providers/{provider}/login",
            [app_id, provider],
        )
    }

    pub(super) fn session() -> Path<'a> {
        Path::new("/auth/session", ["", ""])
    }

    pub(super) fn profile() -> Path<'a> {
        Path::new("/auth/profile", ["", ""])
    }

    pub(super) fn user_api_keys() -> Path<'a> {
        Path::new("/auth/api_keys", ["", ""])
    }

    pub(super) fn user_api_key(id: &'a KeyId) -> Path<'a> {
        Path::new("/auth/api_keys/{id}", [id.as_str(), ""])
    }

    pub(super) fn enable_user_api_key(id: &'a KeyId) -> Path<'a> {
        Path::new("/auth/api_keys/{id}/enable", [id.as_str(), ""])
    }

    pub(super) fn disable_user_api_key(id: &'a KeyId) -> Path<'a> {
        Path::new("/auth/api_keys/{id}/disable", [id.as_str(), ""])
    }

    fn new(template: &'static str, gaps: [&'a str; 2]) -> Path<'a> {
        Path { template, gaps }
    }

    /// The URL at a host, with the gaps filled and escaped.
    pub(super) fn at(&self, base: &BaseUrl) -> Url {
        let mut gaps = self.gaps.iter().copied();
        let segments = self.template.split('/').skip(1).map(|segment| {
            if segment.starts_with('{') {
                gaps.next().unwrap_or_default()
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
        for (path, url) in [
            (Path::location("my/app"), "/app/my%2Fapp/location"),
            (
                Path::login("a", "api-key"),
                "/app/a/auth/providers/api-key/login",
            ),
            (Path::session(), "/auth/session"),
            (Path::profile(), "/auth/profile"),
            (Path::user_api_keys(), "/auth/api_keys"),
            (
                Path::user_api_key(&id),
                "/auth/api_keys/65f0c0ffee0000000000d001",
            ),
            (
                Path::enable_user_api_key(&id),
                "/auth/api_keys/65f0c0ffee0000000000d001/enable",
            ),
            (
                Path::disable_user_api_key(&id),
                "/auth/api_keys/65f0c0ffee0000000000d001/disable",
            ),
        ] {
            assert_eq!(
                path.at(&base).as_str(),
                format!("https://example.com/api/client/v2.0{url}")
            );
        }
    }
}
