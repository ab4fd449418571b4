use std::time::{Duration, SystemTime};

use reqwest::header::{
    ACCEPT, AGE, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName,
    HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::{Method, Request, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use super::call::{Call, Destination};
use super::http_client::HttpClients;
use super::retry;
use super::server_clock::ServerClock;
use super::tls_problem::TlsProblem;
use super::{BaseUrl, Cause, ErrorKind, Settings};

/// One exchange at a time over HTTP, without judgement: which failures matter is decided elsewhere.
pub(super) struct Transport {
    clients: HttpClients,
    pub(super) clock: ServerClock,
}

/// The longest answer that is read; a user's keys fit a thousand times.
const MAX_BODY: usize = 4 << 20;

/// An answer, whatever its status.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    /// Scheme, host and port that a redirect points to.
    pub(super) redirect: Option<String>,
    /// It may hold a key or tokens.
    pub(super) body: Vec<u8>,
}

impl Transport {
    /// Opens no connection, and leaves the roots of trust unread until one is needed.
    pub(super) fn new(settings: &Settings) -> Result<Transport, String> {
        Ok(Transport {
            clients: HttpClients::new(settings)?,
            clock: ServerClock::default(),
        })
    }

    /// Sends a call once and reads the whole answer.
    pub(super) async fn exchange(
        &self,
        call: &Call<'_>,
        to: Destination<'_>,
        limit: Duration,
    ) -> Result<Answer, ErrorKind> {
        let client = self.clients.for_host(to.base)?;
        let failed = |error| self.failure(error, to.base, limit);
        let response = client
            .execute(request(call, to, limit))
            .await
            .map_err(failed)?;
        let status = response.status();
        let date =
            header(response.headers(), &DATE).and_then(|date| httpdate::parse_http_date(date).ok());
        if let Some(date) = date.filter(|_| is_from_the_service(&response)) {
            self.clock.observe(date);
        }
        let retry_after = header(response.headers(), &RETRY_AFTER)
            .and_then(|value| retry::retry_after(value, date.unwrap_or_else(SystemTime::now)));
        let redirect = redirect_target(&response);
        let body = match read(response).await {
            Ok(Some(body)) => body,
            // The status of a refusal says enough; of a success the body is the point.
            Ok(None) | Err(_) if !status.is_success() => Vec::new(),
            Ok(None) => {
                return Err(ErrorKind::Decode {
                    origin: to.base.origin(),
                    status,
                    detail: format!("it has more than {MAX_BODY} bytes"),
                });
            }
            Err(error) => return Err(failed(error)),
        };
        Ok(Answer {
            status,
            retry_after,
            redirect,
            body,
        })
    }

    fn failure(&self, error: reqwest::Error, base: &BaseUrl, limit: Duration) -> ErrorKind {
        let origin = base.origin();
        let (is_connect, is_timeout) = (error.is_connect(), error.is_timeout());
        let problem = TlsProblem::of(&error);
        let source = Cause::new(error);
        match (is_connect, problem) {
            (true, Some(problem)) => ErrorKind::Untrusted {
                origin,
                problem,
                source,
            },
            (true, None) => ErrorKind::Unreachable {
                origin,
                proxy: self.clients.proxy_to(base),
                source,
            },
            (false, _) if is_timeout => ErrorKind::TimedOut { origin, limit },
            (false, _) => ErrorKind::Disconnected { origin, source },
        }
    }
}

fn request(call: &Call<'_>, to: Destination<'_>, limit: Duration) -> Request {
    let mut request = Request::new(call.method.clone(), call.url(to.base));
    *request.timeout_mut() = Some(limit);
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(token) = to.token {
        headers.insert(AUTHORIZATION, bearer(token));
    }
    if let Some(body) = &call.body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = Some(body.clone().into());
    } else if matches!(call.method, Method::POST | Method::PUT) {
        // Hyper leaves it out, and there are proxies that answer 411 then (RFC 9110, section 8.6).
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    request
}

/// The header that signs a request; it shows in no `Debug`.
fn bearer(token: &SecretString) -> HeaderValue {
    // Tokens are checked when they come in: see `sessions`.
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
        .expect("tokens fit a header");
    value.set_sensitive(true);
    value
}

/// The body, or none if it is longer than anything the API sends.
async fn read(mut response: Response) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

fn redirect_target(response: &Response) -> Option<String> {
    if !response.status().is_redirection() {
        return None;
    }
    let target = response
        .url()
        .join(header(response.headers(), &LOCATION)?)
        .ok()?;
    let origin = target.origin().ascii_serialization();
    (origin.len() <= BaseUrl::LONGEST).then_some(origin)
}

/// Whether the answer was made just now by the service, as far as that can be told: neither by a
/// proxy that has lost it nor by a cache.
fn is_from_the_service(response: &Response) -> bool {
    !response.status().is_server_error() && !response.headers().contains_key(AGE)
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
