//! Managed resources: the trait that an author implements, and what the server keeps of it.
//!
//! `erased` decodes, calls and encodes; the lifetimes of the layer are there. `naming` is identity and import that the
//! author need not write. No protobuf comes this far, and no plan is made here: see `server/resource` and `plan`.

mod erased;
mod naming;
#[cfg(test)]
mod tests;

use std::future::{Future, ready};

use serde_json::Value as Json;

use super::context::Context;
use super::diagnostics::{Diagnostic, Partial, Result};
use super::model::{Fields, Model};
use super::plan::Plan;
use super::schema::Schema;
use super::value::{Mismatch, Object, Value};

pub(crate) use erased::{AnyResource, Erased, Stored};
pub(crate) use naming::is_complete;

/// Something that Terraform makes, reads, changes and deletes.
///
/// Only `validate` and `modify_plan` can meet unknown values, and they get an [`Object`]. The others get the model, in
/// which only computed attributes need to be a [`Field`](super::Field).
///
/// # Example
///
/// ```
/// use terraform_provider_appservices::tf_provider::prelude::*;
///
/// # #[derive(Default)]
/// # struct Volume { name: String, id: Field<String> }
/// # impl Model for Volume {
/// #     fn describe(fields: &mut Fields<Self>) {
/// #         fields.required("name", |m| &mut m.name);
/// #         fields.computed("id", |m| &mut m.id);
/// #     }
/// # }
/// # #[derive(Clone)]
/// # struct Client;
/// # impl Client {
/// #     async fn create(&self, name: &str) -> std::io::Result<String> { Ok(name.to_owned()) }
/// #     async fn find(&self, id: &str) -> std::io::Result<Option<String>> { Ok(Some(id.to_owned())) }
/// #     async fn rename(&self, id: &str, name: &str) -> std::io::Result<()> { Ok(()) }
/// #     async fn delete(&self, id: &str) -> std::io::Result<()> { Ok(()) }
/// # }
/// struct VolumeResource;
///
/// impl Resource for VolumeResource {
///     const NAME: &'static str = "volume";
///     type Client = Client;
///     type Model = Volume; // `name`, required, and `id`, computed
///     type Identity = ();
///
///     async fn create(&self, cx: &Context<Client>, plan: Volume) -> Result<Volume, Partial<Volume>> {
///         let id = cx.client().create(&plan.name).await.context("create the volume")?;
///         Ok(Volume { id: id.into(), ..plan })
///     }
///
///     async fn read(&self, cx: &Context<Client>, state: Volume) -> Result<Option<Volume>> {
///         let id = state.id.known().map_or("", String::as_str);
///         let found = cx.client().find(id).await.context("read the volume")?;
///         Ok(found.map(|name| Volume { name, ..state }))
///     }
///
///     async fn update(&self, cx: &Context<Client>, change: Change<Volume>) -> Result<Volume, Partial<Volume>> {
///         let Change { prior, plan } = change;
///         let id = prior.id.known().map_or("", String::as_str);
///         cx.client().rename(id, &plan.name).await.context("rename the volume")?;
///         Ok(Volume { id: prior.id, ..plan })
///     }
///
///     async fn delete(&self, cx: &Context<Client>, state: Volume) -> Result<()> {
///         let id = state.id.known().map_or("", String::as_str);
///         cx.client().delete(id).await.context("delete the volume")
///     }
/// }
/// ```
pub trait Resource: Send + Sync + 'static {
    /// Its name without the provider's: `volume`.
    const NAME: &'static str;
    /// The version of its schema; raise it with every change that [`upgrade`](Self::upgrade) has to know of.
    const VERSION: i64 = 0;
    /// What it is for, in Markdown.
    const DESCRIPTION: &'static str = "";
    /// What the provider's `configure` makes.
    type Client: Clone + Send + Sync + 'static;
    /// Its attributes.
    type Model: Model;
    /// What names one object for good, everywhere: `()` when Terraform is to go by the state alone.
    type Identity: Model;

    /// Names its attributes: those of the model, or of an [`Object`] that is its model, what is known at run time only.
    fn describe(&self, fields: &mut Fields<Self::Model>) {
        Self::Model::describe(fields);
    }

    /// Makes the object and returns its state: the plan with every unknown value filled in.
    ///
    /// # Errors
    ///
    /// From the moment the object exists, a failure has to carry its state
    /// ([`leaving`](super::Diagnostics::leaving)), or the object is lost.
    fn create(
        &self,
        cx: &Context<Self::Client>,
        plan: Self::Model,
    ) -> impl Future<Output = Result<Self::Model, Partial<Self::Model>>> + Send;

    /// Looks at the object: its present state, or `None` when it is certain that it is gone.
    ///
    /// # Errors
    ///
    /// When that is not known. The state then stays as it is.
    fn read(
        &self,
        cx: &Context<Self::Client>,
        state: Self::Model,
    ) -> impl Future<Output = Result<Option<Self::Model>>> + Send;

    /// Changes the object in place and returns its new state: the plan, with every unknown value filled in.
    ///
    /// # Errors
    ///
    /// With what was really reached, if that is neither the prior state nor the plan.
    fn update(
        &self,
        cx: &Context<Self::Client>,
        change: Change<Self::Model>,
    ) -> impl Future<Output = Result<Self::Model, Partial<Self::Model>>> + Send;

    /// Deletes the object. That it was gone already is success.
    ///
    /// # Errors
    ///
    /// When it may still be there. The state then stays as it is.
    fn delete(
        &self,
        cx: &Context<Self::Client>,
        state: Self::Model,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Takes back an object that `create` just made and that no state will ever hold, because the host disconnected before it
    /// had the answer. There is no time left: begin only what has to be done.
    ///
    /// # Errors
    ///
    /// When it may still be there. Only the log will tell.
    fn rollback_create(
        &self,
        cx: &Context<Self::Client>,
        made: Self::Model,
    ) -> impl Future<Output = Result<()>> + Send {
        self.delete(cx, made)
    }

    /// Takes back what `update` just made beside the object, where `change.plan` is the state that no host will ever hold: it
    /// goes on with the prior one. There is no time left, as above. By default nothing: an update of most objects can stay.
    ///
    /// # Errors
    ///
    /// When it may still be there. Only the log says so.
    fn rollback_update(
        &self,
        cx: &Context<Self::Client>,
        change: Change<Self::Model>,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, change);
        ready(Ok(()))
    }

    /// Checks what one attribute's own checks cannot see. Any value may be unknown, and no unknown value is wrong.
    ///
    /// # Errors
    ///
    /// What the practitioner has to correct.
    fn validate(&self, config: &Object) -> Result<()> {
        let _ = config;
        Ok(())
    }

    /// Adjusts the plan of a create or an update. It is asked for the same plan twice and has to answer the same.
    ///
    /// # Errors
    ///
    /// Why this cannot be applied.
    fn modify_plan(
        &self,
        cx: &Context<Self::Client>,
        plan: &mut Plan,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, plan);
        ready(Ok(()))
    }

    /// Tells what a destroy will leave behind. It is planned without further questions.
    fn plan_destroy(&self, cx: &Context<Self::Client>, prior: &Object) {
        let _ = (cx, prior);
    }

    /// Corrects a configuration that was derived from a state, where attributes exclude each other.
    fn generate(&self, config: &mut Object) {
        let _ = config;
    }

    /// What names the object of this state, where the state's attributes of the same names do not; nothing as long as there
    /// is no object.
    fn identity(&self, cx: &Context<Self::Client>, state: &Self::Model) -> Option<Self::Identity> {
        let _ = (cx, state);
        None
    }

    /// The state of the object that an import names; a read follows and may fill in the rest. By default the attributes of
    /// the identity's names, and defaults; where the identity is one text, a text will do.
    ///
    /// # Errors
    ///
    /// When there is no such object, or the resource cannot be imported at all.
    fn import(
        &self,
        cx: &Context<Self::Client>,
        target: Target<Self::Identity>,
    ) -> impl Future<Output = Result<Self::Model>> + Send {
        let _ = cx;
        ready(naming::import::<Self>(target))
    }

    /// The state that an earlier version of the schema stored, in today's form.
    ///
    /// # Errors
    ///
    /// When there never was such a version.
    fn upgrade(&self, version: i64, state: Json) -> Result<Self::Model> {
        let _ = state;
        Err(Diagnostic::error("Unknown version of the stored state")
            .detail(format!(
                "The state holds version {version} of this resource, which this release of the provider cannot read. Use the \
                 release that wrote the state."
            ))
            .into())
    }
}

/// An update in place: the state before, and the planned one.
#[derive(Debug)]
pub struct Change<M> {
    /// The state before.
    pub prior: M,
    /// The planned state. Computed attributes may be unknown in it.
    pub plan: M,
}

/// What an import names.
#[derive(Debug)]
pub enum Target<I> {
    /// A text, as in `terraform import ADDRESS ID`.
    Id(String),
    /// An identity, as in an import block. What is optional in it may be null.
    Identity(I),
}

/// Reads what a state file holds, of a state or of an identity.
pub(crate) fn stored(state: Json, schema: &Schema) -> Result<Object> {
    match super::value::json::from_json(state, &schema.ty)? {
        Value::Map(attributes) => Ok(Object(attributes)),
        other => Err(Mismatch::wanted("an object", &other).into()),
    }
}
