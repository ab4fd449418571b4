use std::collections::BTreeSet;
use std::time::Duration;

use super::{BaseUrl, Credentials, Proxies, RootCertificates};

/// What a [`Client`](super::Client) is made from.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The client App ID, such as `myapp-abcde`.
    pub app_id: String,
    /// Where the app's location is asked for.
    pub base_url: BaseUrl,
    /// How to log in.
    pub credentials: Credentials,
    /// How often a request may be sent again after the first attempt.
    pub max_retries: u32,
    /// How long one request may take, from connecting to the last byte of the answer.
    pub request_timeout: Duration,
    /// How many requests may be under way at once, at least one.
    pub(super) max_concurrent_requests: usize,
    /// Authorities to trust beside the platform's.
    pub root_certificates: Option<RootCertificates>,
    /// Through which proxies requests go.
    pub proxies: Proxies,
    /// The users that calls may be made as; any without it. Another login is an error before the call.
    pub allowed_user_ids: Option<BTreeSet<String>>,
    /// The `User-Agent` of every request.
    pub user_agent: String,
}

impl Settings {
    /// The hosted service, four retries, 30 seconds per request, ten requests at once.
    ///
    /// The service turns requests away with 429 above 10,000 of them per app; a plan over hundreds
    /// of keys should not be what takes an app there, and Terraform itself walks ten resources at a
    /// time.
    pub fn new(app_id: impl Into<String>, credentials: Credentials) -> Settings {
        Settings {
            app_id: app_id.into(),
            base_url: BaseUrl::default(),
            credentials,
            max_retries: 4,
            request_timeout: Duration::from_secs(30),
            max_concurrent_requests: 10,
            root_certificates: None,
            proxies: Proxies::default(),
            allowed_user_ids: None,
            user_agent: concat!("terraform-provider-appservices/", env!("CARGO_PKG_VERSION"))
                .to_owned(),
        }
    }
}
