//! A client of the App Services client API v2.0, for sessions and user API keys.
//!
//! ```no_run
//! use std::time::Duration;
//! use terraform_provider_appservices::appservices::{Client, Credentials, Settings};
//!
//! # async fn tour() -> Result<(), terraform_provider_appservices::appservices::Error> {
//! let login = [("email", "ci@example.com".into()), ("password", "correct-horse".into())];
//! let credentials = Credentials::of(login).expect("both values of one way to log in");
//! let client = Client::new(Settings::new("myapp-abcde", credentials))?;
//! let created = client.create_user_api_key("deploy-bot", &mut client.attempts()).await?;
//! client.disable_user_api_key(&created.api_key.id).await?;
//! client.log_out(Duration::from_secs(1)).await;
//! # Ok(())
//! # }
//! ```
//!
//! [`Client`] logs in when the first call needs it, shares that session between all its clones,
//! retries what is safe to retry, and says in an [`Error`] what is known when it gives up. The
//! layer has never heard of Terraform, reads no environment, and prints nothing.
//!
//! Facts about the service, with the words used for how sure they are, come from the official
//! clients and their tests; the code decides on status and `error_code` alone, and shows the
//! server's texts as they come.

mod access_token;
mod attempts;
mod base_url;
mod call;
mod circuit_breaker;
mod client;
mod concurrency_limiter;
mod credentials;
mod error;
mod error_code;
mod error_response;
mod http;
mod http_client;
mod key_id;
mod key_list;
mod limits;
mod login_method;
mod proxy;
mod retry;
mod roots;
mod seconds;
mod server_clock;
mod session;
mod session_answers;
mod sessions;
mod settings;
mod single_flight;
mod tls_problem;
mod transport;
mod user_api_key;
mod user_api_keys;
mod wire;

#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
#[cfg(test)]
mod tests;

pub use access_token::AccessToken;
pub use attempts::Attempts;
pub use base_url::{BaseUrl, BaseUrlError};
pub use client::Client;
pub use credentials::Credentials;
pub use error::{Cause, Error, ErrorKind, Phase};
pub use error_code::ErrorCode;
pub use key_id::{KeyId, KeyIdError};
pub use login_method::{LOGIN_METHODS, LoginMethod, LoginValue};
pub use proxy::{Proxies, ProxyError};
pub use reqwest::StatusCode;
pub use roots::RootCertificates;
pub use seconds::Seconds;
pub use settings::Settings;
pub use tls_problem::TlsProblem;
pub use user_api_key::{CreatedUserApiKey, UserApiKey, UserApiKeyList};
