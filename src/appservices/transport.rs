use std::error::Error as StdError;
use std::io;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{
    ACCEPT, AGE, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName,
    HeaderValue, LOCATION, RETRY_AFTER,
};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Method, Request, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::body::{self, MAX_BODY};
use super::call::Call;
use super::http::Destination;
use super::retry;
use super::server_clock::ServerClock;
use super::{BaseUrl, Cause, ErrorKind, Settings};

/// How long connecting may take, within the request's own timeout.
///
/// Shorter than that timeout, so that a server that is down shows as such: nothing was sent, and
/// any request may be repeated.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Unused connections are closed before servers and load balancers usually do it: one that closes
/// while a create is on its way leaves that create ambiguous.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// Redirects in a row.
const MAX_REDIRECTS: usize = 5;

/// One exchange at a time over HTTP, without judgement: which failures matter is decided elsewhere.
pub(super) struct Transport {
    user_agent: HeaderValue,
    roots: Vec<Certificate>,
    connect_timeout: Duration,
    clients: [OnceLock<reqwest::Client>; 3],
    pub(super) clock: ServerClock,
}

/// An answer, whatever its status.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    /// Scheme, host and port that a redirect points to.
    pub(super) redirect: Option<String>,
    /// Wiped on drop; it may hold a key or tokens.
    pub(super) body: Zeroizing<Vec<u8>>,
}

/// What kind of connection a host needs.
#[derive(Clone, Copy)]
enum Route {
    /// Loopback without TLS: no proxy, and no roots to load.
    Plain,
    /// Loopback with TLS: no proxy.
    Loopback,
    /// Everything else: TLS, and a proxy if the environment names one.
    Remote,
}

impl Transport {
    /// Opens no connection, and leaves the roots of trust unread until one is needed.
    pub(super) fn new(settings: &Settings) -> Result<Transport, String> {
        let user_agent = HeaderValue::from_str(&settings.user_agent)
            .map_err(|_| "the user agent has characters that a header cannot hold".to_owned())?;
        let roots = match &settings.ca_certificates {
            Some(pem) => certificates(pem)
                .ok_or("the CA certificates are not PEM, or there are none in it")?,
            None => Vec::new(),
        };
        Ok(Transport {
            user_agent,
            roots,
            connect_timeout: CONNECT_TIMEOUT.min(settings.request_timeout / 2),
            clients: [const { OnceLock::new() }; 3],
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
        let client = self.client(Route::to(to.base))?;
        let failed = |error| failure(error, to.base, limit);
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
        let body = match body::read(response).await {
            Ok(Some(body)) => body,
            // The status of a refusal says enough; of a success the body is the point.
            Ok(None) | Err(_) if !status.is_success() => Zeroizing::default(),
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

    fn client(&self, route: Route) -> Result<&reqwest::Client, ErrorKind> {
        let cell = &self.clients[route as usize];
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = self.build(route).map_err(|error| ErrorKind::Setup {
            source: Cause::new(error),
        })?;
        Ok(cell.get_or_init(|| client))
    }

    fn build(&self, route: Route) -> reqwest::Result<reqwest::Client> {
        let builder = reqwest::Client::builder()
            .user_agent(self.user_agent.clone())
            .redirect(same_origin())
            .referer(false)
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            // Repeating is decided in one place, with the effect of the request in view.
            .retry(reqwest::retry::never());
        let roots = self.roots.iter().cloned();
        match route {
            Route::Plain => builder.no_proxy().tls_certs_only([]),
            Route::Loopback => builder.no_proxy().tls_certs_merge(roots),
            Route::Remote => builder.tls_certs_merge(roots),
        }
        .build()
    }
}

impl Route {
    fn to(base: &BaseUrl) -> Route {
        match (base.is_plain(), base.is_loopback()) {
            (true, _) => Route::Plain,
            (false, true) => Route::Loopback,
            (false, false) => Route::Remote,
        }
    }
}

fn certificates(pem: &[u8]) -> Option<Vec<Certificate>> {
    Certificate::from_pem_bundle(pem)
        .ok()
        .filter(|certificates| !certificates.is_empty())
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
        *request.body_mut() = Some(body.bytes().into());
    } else if matches!(call.method, Method::POST | Method::PUT) {
        // Hyper leaves it out, and there are proxies that answer 411 then (RFC 9110, section 8.6).
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    request
}

/// The header that signs a request; it shows in no `Debug`, and its buffer is wiped after use.
fn bearer(token: &SecretString) -> HeaderValue {
    let token = token.expose_secret().as_bytes();
    let mut text = Zeroizing::new(Vec::with_capacity("Bearer ".len() + token.len()));
    text.extend_from_slice(b"Bearer ");
    text.extend_from_slice(token);
    // Tokens are checked when they come in: see `sessions`.
    let mut value =
        HeaderValue::from_maybe_shared(Bytes::from_owner(text)).expect("tokens fit a header");
    value.set_sensitive(true);
    value
}

/// Whether a token can travel in a header at all.
pub(super) fn fits_a_header(token: &SecretString) -> bool {
    let token = token.expose_secret();
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Follows 307 and 308 within one origin, which keep method and body.
///
/// Others either change the method or would carry a token to a host that nobody has configured.
fn same_origin() -> Policy {
    Policy::custom(|attempt| {
        let keeps_the_request = matches!(attempt.status().as_u16(), 307 | 308);
        let previous = attempt.previous();
        let same_origin = previous
            .last()
            .is_some_and(|url| url.origin() == attempt.url().origin());
        if keeps_the_request && same_origin && previous.len() <= MAX_REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
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

fn failure(error: reqwest::Error, base: &BaseUrl, limit: Duration) -> ErrorKind {
    let origin = base.origin();
    let (connecting, timed_out, untrusted) =
        (error.is_connect(), error.is_timeout(), is_untrusted(&error));
    let source = Cause::new(error);
    match (connecting, timed_out, untrusted) {
        (true, _, true) => ErrorKind::Untrusted { origin, source },
        (true, _, false) => ErrorKind::Unreachable { origin, source },
        (false, true, _) => ErrorKind::TimedOut { origin, limit },
        (false, false, _) => ErrorKind::Disconnected { origin, source },
    }
}

/// Whether TLS failed because of the server's certificate, which the next attempt would meet again.
fn is_untrusted(error: &(dyn StdError + 'static)) -> bool {
    if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
        return true;
    }
    // An `io::Error` hides the error inside it from `source`.
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => is_untrusted(inner),
        None => error.source().is_some_and(is_untrusted),
    }
}
