use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy};

use super::{BaseUrl, Cause, ErrorKind, Proxies, RootCertificates, Settings};

/// How long connecting may take, within the request's own timeout.
///
/// Shorter than that timeout, so that a server that is down shows as such: nothing was sent, and
/// any request may be sent again.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Unused connections are closed before servers and load balancers usually do it: one that closes
/// while a create is on its way leaves that create ambiguous.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// Redirects in a row.
const MAX_REDIRECTS: usize = 5;

/// The HTTP clients, one for each kind of host, each set up when the first request needs it.
pub(super) struct HttpClients {
    user_agent: HeaderValue,
    roots: Option<RootCertificates>,
    proxies: Proxies,
    connect_timeout: Duration,
    clients: [OnceLock<Client>; 3],
}

/// What kind of connection a host needs.
#[derive(Clone, Copy)]
enum Route {
    /// Loopback without TLS: no proxy, and no roots to load.
    Plain,
    /// Loopback with TLS: no proxy.
    Loopback,
    /// Everything else: TLS, and a proxy if one is configured for the host.
    Remote,
}

impl HttpClients {
    /// Opens no connection, and leaves the platform's roots of trust unread until they are needed.
    ///
    /// # Errors
    ///
    /// The user agent does not fit a header.
    pub(super) fn new(settings: &Settings) -> Result<HttpClients, String> {
        let user_agent = HeaderValue::from_str(&settings.user_agent)
            .map_err(|_| "the user agent has characters that a header cannot hold".to_owned())?;
        Ok(HttpClients {
            user_agent,
            roots: settings.root_certificates.clone(),
            proxies: settings.proxies.clone(),
            connect_timeout: CONNECT_TIMEOUT.min(settings.request_timeout / 2),
            clients: [const { OnceLock::new() }; 3],
        })
    }

    /// The client for requests to a host.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Setup`], when the platform has no roots of trust and the settings name none.
    pub(super) fn for_host(&self, base: &BaseUrl) -> Result<&Client, ErrorKind> {
        let route = Route::to(base);
        let cell = &self.clients[route as usize];
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = self.build(route).map_err(|error| ErrorKind::Setup {
            source: Cause::new(error),
        })?;
        Ok(cell.get_or_init(|| client))
    }

    /// Scheme, host and port of the proxy on the way to a host, if there is one.
    pub(super) fn proxy_to(&self, base: &BaseUrl) -> Option<String> {
        let proxy = self.proxies.proxy_for(&base.join([]))?;
        let port = proxy.port().map(|port| format!(":{port}"));
        let port = port.unwrap_or_default();
        Some(format!("{}://{}{port}", proxy.scheme(), proxy.host_str()?))
    }

    fn build(&self, route: Route) -> reqwest::Result<Client> {
        let builder = Client::builder()
            .user_agent(self.user_agent.clone())
            .redirect(same_origin())
            .referer(false)
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .no_proxy()
            // Retries are decided in one place, with the effect of the request in view.
            .retry(reqwest::retry::never());
        let roots = self.roots.iter().flat_map(RootCertificates::iter);
        match route {
            Route::Plain => builder.tls_certs_only([]),
            Route::Loopback => builder.tls_certs_merge(roots),
            Route::Remote => {
                let proxies = self.proxies.clone();
                let proxy = Proxy::custom(move |url| proxies.proxy_for(url));
                builder.proxy(proxy).tls_certs_merge(roots)
            }
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

/// Follows 307 and 308 within one origin, which keep method and body.
///
/// Others either change the method or would carry a token to a host that is not configured.
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
