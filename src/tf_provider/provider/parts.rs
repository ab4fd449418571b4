use std::collections::BTreeMap;
use std::fmt;

use super::super::action::{self, Action, AnyAction};
use super::super::data_source::{self, AnyDataSource, DataSource};
use super::super::ephemeral_resource::{self, AnyEphemeralResource, EphemeralResource};
use super::super::function::{self, AnyFunction, Function};
use super::super::list_resource::{self, AnyListResource, ListResource};
use super::super::resource::{self, AnyResource, Resource};
use super::super::schema::{Kind, Schema, is_identifier, is_name};

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

const RESOURCE: &str = "resource";
const DATA_SOURCE: &str = "data source";
const EPHEMERAL_RESOURCE: &str = "ephemeral resource";
const LIST_RESOURCE: &str = "list resource";
const ACTION: &str = "action";
const FUNCTION: &str = "function";
pub(super) const BAD_NAME: &str = "its name cannot be written in a configuration";
