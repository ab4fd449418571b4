//! The provider itself: its configuration, what that makes, and the table of all that can be written in HCL.
//!
//! A new kind of part is a map in [`Parts`] with a method that fills it, and a line in [`check_parts`], which refuses a
//! provider that contradicts itself. Knows every trait of this layer, and neither the server nor the process.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, ready};
use std::time::Duration;

use super::action::{self, Action, AnyAction};
use super::block::Block;
use super::data_source::{self, AnyDataSource, DataSource};
use super::diagnostics::Result;
use super::ephemeral_resource::{self, AnyEphemeralResource, EphemeralResource};
use super::function::{self, AnyFunction, Function};
use super::list_resource::{self, AnyListResource, ListResource};
use super::model::Model;
use super::resource::{self, AnyResource, Resource};
use super::schema::{Kind, Schema, is_identifier, is_name};
use super::value::Object;

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

const RESOURCE: &str = "resource";
const DATA_SOURCE: &str = "data source";
const EPHEMERAL_RESOURCE: &str = "ephemeral resource";
const LIST_RESOURCE: &str = "list resource";
const ACTION: &str = "action";
const FUNCTION: &str = "function";
const BAD_NAME: &str = "its name cannot be written in a configuration";

/// What a provider offers.
pub struct Parts<C> {
    pub(crate) resources: BTreeMap<&'static str, Box<dyn AnyResource<C>>>,
    pub(crate) data_sources: BTreeMap<&'static str, Box<dyn AnyDataSource<C>>>,
    pub(crate) ephemeral_resources: BTreeMap<&'static str, Box<dyn AnyEphemeralResource<C>>>,
    pub(crate) list_resources: BTreeMap<&'static str, Box<dyn AnyListResource<C>>>,
    pub(crate) actions: BTreeMap<&'static str, Box<dyn AnyAction<C>>>,
    pub(crate) functions: BTreeMap<&'static str, Box<dyn AnyFunction>>,
    /// What was offered although another of its kind has its name.
    duplicates: Vec<String>,
}

impl<C> Parts<C> {
    /// Offers a resource.
    #[must_use]
    pub fn resource<R: Resource<Client = C>>(mut self, resource: R) -> Self {
        let erased = Box::new(resource::Erased::new(resource));
        let other = self.resources.insert(R::NAME, erased);
        self.once(other.is_none(), RESOURCE, R::NAME)
    }

    /// Offers a data source.
    #[must_use]
    pub fn data_source<D: DataSource<Client = C>>(mut self, source: D) -> Self {
        let erased = Box::new(data_source::Erased::new(source));
        let other = self.data_sources.insert(D::NAME, erased);
        self.once(other.is_none(), DATA_SOURCE, D::NAME)
    }

    /// Offers an ephemeral resource.
    #[must_use]
    pub fn ephemeral_resource<E: EphemeralResource<Client = C>>(mut self, ephemeral: E) -> Self {
        let erased = ephemeral_resource::Erased::new(ephemeral);
        let other = self.ephemeral_resources.insert(E::NAME, Box::new(erased));
        self.once(other.is_none(), EPHEMERAL_RESOURCE, E::NAME)
    }

    /// Offers a search for objects of a resource.
    #[must_use]
    pub fn list_resource<L: ListResource>(mut self, list: L, resource: L::Resource) -> Self
    where
        L::Resource: Resource<Client = C>,
    {
        let erased = list_resource::Erased::new(list, resource);
        let name = L::Resource::NAME;
        let other = self.list_resources.insert(name, Box::new(erased));
        self.once(other.is_none(), LIST_RESOURCE, name)
    }

    /// Offers an action.
    #[must_use]
    pub fn action<A: Action<Client = C>>(mut self, action: A) -> Self {
        let erased = Box::new(action::Erased::new(action));
        let other = self.actions.insert(A::NAME, erased);
        self.once(other.is_none(), ACTION, A::NAME)
    }

    /// Offers a function.
    #[must_use]
    pub fn function<F: Function>(mut self, function: F) -> Self {
        let erased = Box::new(function::Erased::new(function));
        let other = self.functions.insert(F::NAME, erased);
        self.once(other.is_none(), FUNCTION, F::NAME)
    }

    fn once(mut self, is_first: bool, kind: &str, name: &str) -> Self {
        if !is_first {
            self.duplicates
                .push(format!("{kind} `{name}` is offered twice"));
        }
        self
    }

    /// What is said in it, at any place, that cannot be honoured.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = self.duplicates.clone();
        let mut check = |kind: &str, name: &str, of: Kind, schema: &Schema| {
            let of_schema = schema.check(of).into_iter();
            faults.extend(of_schema.map(|fault| format!("{kind} `{name}`: {fault}")));
            let has_name = match of {
                Kind::Parameters => is_identifier(name),
                // Theirs was looked at already.
                Kind::Identity | Kind::Output => true,
                _ => is_name(name),
            };
            if !has_name {
                faults.push(format!("{kind} `{name}`: {BAD_NAME}"));
            }
        };
        for (name, part) in &self.resources {
            check(RESOURCE, name, Kind::Resource, part.schema());
            if let Some(schema) = part.identity_schema() {
                check("identity of resource", name, Kind::Identity, schema);
            }
        }
        for (name, part) in &self.data_sources {
            check(DATA_SOURCE, name, Kind::DataSource, part.schema());
        }
        for (name, part) in &self.ephemeral_resources {
            let of = Kind::EphemeralResource;
            check(EPHEMERAL_RESOURCE, name, of, part.schema());
        }
        for (name, part) in &self.list_resources {
            check(LIST_RESOURCE, name, Kind::ListResource, part.schema());
        }
        for (name, part) in &self.actions {
            check(ACTION, name, Kind::Action, part.schema());
        }
        for (name, part) in &self.functions {
            check(FUNCTION, name, Kind::Parameters, part.schema());
            check("result of function", name, Kind::Output, part.result());
        }
        for name in self.list_resources.keys() {
            let resource = self.resources.get(name);
            if resource.is_none_or(|resource| resource.identity_schema().is_none()) {
                faults.push(format!(
                    "{LIST_RESOURCE} `{name}`: lists a resource that is not offered, or has no identity"
                ));
            }
        }
        faults
    }
}

impl<C> Default for Parts<C> {
    fn default() -> Self {
        Self {
            resources: BTreeMap::new(),
            data_sources: BTreeMap::new(),
            ephemeral_resources: BTreeMap::new(),
            list_resources: BTreeMap::new(),
            actions: BTreeMap::new(),
            functions: BTreeMap::new(),
            duplicates: Vec::new(),
        }
    }
}

impl<C> fmt::Debug for Parts<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("resources", &self.resources.keys())
            .field("data_sources", &self.data_sources.keys())
            .field("ephemeral_resources", &self.ephemeral_resources.keys())
            .field("list_resources", &self.list_resources.keys())
            .field("actions", &self.actions.keys())
            .field("functions", &self.functions.keys())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
