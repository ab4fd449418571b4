//! The provider itself: its configuration, what that makes, and the table of all that can be written in HCL.
//!
//! A new kind of part is a map in [`Parts`] with a method that fills it, and a line in [`check_parts`], which refuses a
//! provider that contradicts itself. Knows every trait of this layer, and neither the server nor the process.

mod parts;

use std::future::{Future, ready};
use std::time::Duration;

use super::block::Block;
use super::diagnostics::Result;
use super::model::Model;
use super::schema::{Kind, Schema};
use super::value::Object;

use parts::BAD_NAME;
pub use parts::Parts;

/// A provider: its configuration, and what can be written in HCL with it.
///
/// # Example
///
/// ```
/// use terraform_provider_appservices::tf_provider::prelude::*;
///
/// #[derive(Default)]
/// struct Config {
///     region: Field<String>,
/// }
///
/// impl Model for Config {
///     fn describe(fields: &mut Fields<Self>) {
///         fields.required("region", |m| &mut m.region).doc("Where the volumes are.");
///     }
/// }
///
/// /// Without a region while it is unknown.
/// #[derive(Clone)]
/// struct Client {
///     region: Option<String>,
/// }
///
/// struct Storage;
///
/// impl Provider for Storage {
///     const ADDRESS: &'static str = "registry.terraform.io/example/storage";
///     const VERSION: &'static str = env!("CARGO_PKG_VERSION");
///     type Config = Config;
///     type Client = Client;
///
///     async fn configure(&self, request: Configure<Config>) -> Result<Client> {
///         Ok(Client { region: request.config.region.into_known() })
///     }
///
///     fn parts(&self) -> Parts<Client> {
///         Parts::default() // .resource(...).data_source(...)
///     }
///
///     fn waits_for_configuration(&self, client: &Client) -> bool {
///         client.region.is_none()
///     }
/// }
///
/// fn main() -> std::process::ExitCode {
///     # return { check(&Storage); std::process::ExitCode::SUCCESS };
///     serve(Storage, std::env::args_os(), |name| std::env::var(name).ok())
/// }
/// ```
pub trait Provider: Send + Sync + 'static {
    /// Its source address: `registry.terraform.io/example/storage`.
    const ADDRESS: &'static str;
    /// The prefix of all its types: `storage`.
    const NAME: &'static str = last_part(Self::ADDRESS);
    /// Its version, as `--version` says it.
    const VERSION: &'static str;
    /// What it is for, in Markdown.
    const DESCRIPTION: &'static str = "";
    /// The arguments of the provider block.
    type Config: Model;
    /// What every operation gets: the way to the remote API.
    type Client: Clone + Send + Sync + 'static;

    /// Turns the configuration into a client. It should not connect: most processes are started for a schema only.
    ///
    /// While planning, any value may be unknown. Accept that, and fail where the value is really needed.
    ///
    /// # Errors
    ///
    /// What is wrong with the configuration.
    fn configure(
        &self,
        request: Configure<Self::Config>,
    ) -> impl Future<Output = Result<Self::Client>> + Send;

    /// What it offers.
    fn parts(&self) -> Parts<Self::Client>;

    /// Checks what one attribute's own checks cannot see. Any value may be unknown, and no unknown value is wrong.
    ///
    /// # Errors
    ///
    /// What the practitioner has to correct.
    fn validate(&self, config: &Object) -> Result<()> {
        let _ = config;
        Ok(())
    }

    /// Whether the client still lacks a value that its configuration did not know, so that what needs it would fail now
    /// and work in another run. Where Terraform allows it, such operations are deferred, and where it takes unknown results
    /// of ephemeral resources, these are planned with them and opened when all is known.
    fn waits_for_configuration(&self, client: &Self::Client) -> bool {
        let _ = client;
        false
    }

    /// How long one request of the client may take, at most. When the host is gone, an answer that may have made something is
    /// waited for that long, so that it can be undone.
    fn request_timeout(&self, client: &Self::Client) -> Duration {
        let _ = client;
        Duration::from_secs(30)
    }

    /// Gives back what the client holds at the remote API, before the process ends. It has one second.
    fn release(&self, client: Self::Client) -> impl Future<Output = ()> + Send {
        drop(client);
        ready(())
    }
}

/// What stands behind the last slash.
const fn last_part(address: &'static str) -> &'static str {
    let bytes = address.as_bytes();
    let mut start = bytes.len();
    while start > 0 && bytes[start - 1] != b'/' {
        start -= 1;
    }
    address.split_at(start).1
}

/// A configuration, and who sends it.
#[derive(Debug)]
pub struct Configure<M> {
    /// The arguments of the provider block.
    pub config: M,
    /// The version of Terraform, or of OpenTofu. Tells nothing about features: those are announced one by one.
    pub terraform_version: String,
}

/// Makes sure that everything is honoured that a provider says of itself: its names, and its schemas at every depth.
///
/// [`serve`](super::serve) does so too. A provider's first test may be this one alone:
///
/// ```should_panic
/// use terraform_provider_appservices::tf_provider::prelude::*;
///
/// #[derive(Default)]
/// struct Config {
///     region: String,
/// }
///
/// impl Model for Config {
///     fn describe(fields: &mut Fields<Self>) {
///         fields.required("region", |m| &mut m.region).computed();
///     }
/// }
///
/// struct Storage;
///
/// impl Provider for Storage {
///     const ADDRESS: &'static str = "registry.terraform.io/example/storage";
///     const VERSION: &'static str = "1.0.0";
///     type Config = Config;
///     type Client = String;
///
///     async fn configure(&self, request: Configure<Config>) -> Result<String> {
///         Ok(request.config.region)
///     }
///
///     fn parts(&self) -> Parts<String> {
///         Parts::default()
///     }
/// }
///
/// check(&Storage); // panics: configuration of the provider: `region` is required and computed
/// ```
///
/// # Panics
///
/// With everything that is not, each with its path.
pub fn check<P: Provider>(provider: &P) {
    check_parts(
        &provider.parts(),
        &Block::<P::Config>::new("").schema,
        P::NAME,
    );
}

/// # Panics
///
/// As [`check`].
pub(crate) fn check_parts<C>(parts: &Parts<C>, config: &Schema, name: &str) {
    let mut faults = parts.faults();
    let of_config = config.check(Kind::Provider).into_iter();
    faults.extend(of_config.map(|fault| format!("configuration of the provider: {fault}")));
    // Terraform takes what stands before the first underscore of a type for the provider's name.
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !name.bytes().all(is_plain) || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        faults.push(format!("provider `{name}`: {BAD_NAME}"));
    }
    assert!(
        faults.is_empty(),
        "the provider `{name}` says what cannot be honoured:\n  - {}",
        faults.join("\n  - ")
    );
}

#[cfg(test)]
mod tests;
