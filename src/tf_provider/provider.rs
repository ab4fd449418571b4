use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, ready};
use std::time::Duration;

use super::action::{self, Action, AnyAction};
use super::data_source::{self, AnyDataSource, DataSource};
use super::diagnostics::Result;
use super::ephemeral_resource::{self, AnyEphemeralResource, EphemeralResource};
use super::function::{self, AnyFunction, Function};
use super::list_resource::{self, AnyListResource, ListResource};
use super::model::Model;
use super::resource::{self, AnyResource, Resource};
use super::value::Object;

/// A provider: its configuration, and what can be written in HCL with it.
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
    /// and work in another run. Where Terraform allows it, such operations are deferred.
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

/// What a provider offers.
pub struct Parts<C> {
    pub(crate) resources: BTreeMap<&'static str, Box<dyn AnyResource<C>>>,
    pub(crate) data_sources: BTreeMap<&'static str, Box<dyn AnyDataSource<C>>>,
    pub(crate) ephemeral_resources: BTreeMap<&'static str, Box<dyn AnyEphemeralResource<C>>>,
    pub(crate) list_resources: BTreeMap<&'static str, Box<dyn AnyListResource<C>>>,
    pub(crate) actions: BTreeMap<&'static str, Box<dyn AnyAction<C>>>,
    pub(crate) functions: BTreeMap<&'static str, Box<dyn AnyFunction>>,
}

impl<C> Parts<C> {
    /// Offers a resource.
    #[must_use]
    pub fn resource<R: Resource<Client = C>>(mut self, resource: R) -> Self {
        self.resources
            .insert(R::NAME, Box::new(resource::Erased::new(resource)));
        self
    }

    /// Offers a data source.
    #[must_use]
    pub fn data_source<D: DataSource<Client = C>>(mut self, source: D) -> Self {
        self.data_sources
            .insert(D::NAME, Box::new(data_source::Erased::new(source)));
        self
    }

    /// Offers an ephemeral resource.
    #[must_use]
    pub fn ephemeral_resource<E: EphemeralResource<Client = C>>(mut self, ephemeral: E) -> Self {
        let erased = ephemeral_resource::Erased::new(ephemeral);
        self.ephemeral_resources.insert(E::NAME, Box::new(erased));
        self
    }

    /// Offers a search for objects of a resource.
    #[must_use]
    pub fn list_resource<L: ListResource>(mut self, list: L, resource: L::Resource) -> Self
    where
        L::Resource: Resource<Client = C>,
    {
        let erased = list_resource::Erased::new(list, resource);
        self.list_resources
            .insert(L::Resource::NAME, Box::new(erased));
        self
    }

    /// Offers an action.
    #[must_use]
    pub fn action<A: Action<Client = C>>(mut self, action: A) -> Self {
        self.actions
            .insert(A::NAME, Box::new(action::Erased::new(action)));
        self
    }

    /// Offers a function.
    #[must_use]
    pub fn function<F: Function>(mut self, function: F) -> Self {
        self.functions
            .insert(F::NAME, Box::new(function::Erased::new(function)));
        self
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
            .finish()
    }
}
