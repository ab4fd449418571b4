use std::future::{Future, ready};

use futures_util::future::BoxFuture;
use serde_json::Value as Json;

use super::context::Context;
use super::diagnostics::{Diagnostic, Partial, Result};
use super::model::{Fields, Model};
use super::plan::Plan;
use super::schema::Schema;
use super::value::{Mismatch, Object, Value};

/// Something that Terraform makes, reads, changes and deletes.
///
/// Only `validate` and `modify_plan` can meet unknown values, and they get an [`Object`]. The others get the model, in
/// which only computed attributes need to be a [`Field`](super::Field).
pub trait Resource: Send + Sync + 'static {
    /// Its name without the provider's: `user_api_key`.
    const NAME: &'static str;
    /// The version of its schema; raise it with every change that [`upgrade`](Self::upgrade) has to know of.
    const VERSION: i64 = 0;
    /// What it is for, in Markdown.
    const DESCRIPTION: &'static str;
    /// What the provider's `configure` makes.
    type Client: Clone + Send + Sync + 'static;
    /// Its attributes.
    type Model: Model;

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
    /// When it could not be told. The state then stays as it is.
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

    /// Takes back an object that `create` just made and that no state will ever hold, because the host went away before it
    /// had the answer. There is no time left: begin only what has to be done.
    ///
    /// # Errors
    ///
    /// When it may still be there. Nobody but the log will know.
    fn take_back(
        &self,
        cx: &Context<Self::Client>,
        made: Self::Model,
    ) -> impl Future<Output = Result<()>> + Send {
        self.delete(cx, made)
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

    /// The state of the object that an import names; a read follows and may fill in the rest.
    ///
    /// # Errors
    ///
    /// When there is no such object, or the resource cannot be imported at all.
    fn import(
        &self,
        cx: &Context<Self::Client>,
        id: String,
    ) -> impl Future<Output = Result<Self::Model>> + Send {
        let _ = (cx, id);
        ready(Err(Diagnostic::error("This resource cannot be imported")
            .detail(format!(
                "Resources of the type `{}` do not support import.",
                Self::NAME
            ))
            .into()))
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
                "The state holds version {version} of `{}`, which this release of the provider cannot read. Use the \
                 release that wrote the state.",
                Self::NAME
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

/// A [`Resource`] of any type, as the server keeps it. The lifetimes of the layer live here and nowhere else.
pub(crate) trait AnyResource<C>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn validate(&self, config: &Object) -> Result<()>;
    fn upgrade(&self, version: i64, state: Json) -> Result<Object>;
    fn modify_plan<'a>(
        &'a self,
        cx: &'a Context<C>,
        plan: &'a mut Plan,
    ) -> BoxFuture<'a, Result<()>>;
    fn create<'a>(
        &'a self,
        cx: &'a Context<C>,
        plan: Object,
    ) -> BoxFuture<'a, Result<Object, Partial<Object>>>;
    fn read<'a>(
        &'a self,
        cx: &'a Context<C>,
        state: Object,
    ) -> BoxFuture<'a, Result<Option<Object>>>;
    fn update<'a>(
        &'a self,
        cx: &'a Context<C>,
        change: Change<Object>,
    ) -> BoxFuture<'a, Result<Object, Partial<Object>>>;
    fn delete<'a>(&'a self, cx: &'a Context<C>, state: Object) -> BoxFuture<'a, Result<()>>;
    fn take_back<'a>(&'a self, cx: &'a Context<C>, made: Object) -> BoxFuture<'a, Result<()>>;
    fn import<'a>(&'a self, cx: &'a Context<C>, id: String) -> BoxFuture<'a, Result<Object>>;
}

/// Decodes, calls, encodes.
pub(crate) struct Erased<R: Resource> {
    resource: R,
    fields: Fields<R::Model>,
    schema: Schema,
}

impl<R: Resource> Erased<R> {
    pub(crate) fn new(resource: R) -> Self {
        let (fields, specs) = Fields::described();
        let mut schema = Schema::new(R::DESCRIPTION, specs);
        schema.version = R::VERSION;
        Self {
            resource,
            fields,
            schema,
        }
    }

    fn decode(&self, object: Object) -> Result<R::Model> {
        self.fields
            .decode(object.0)
            .map_err(|mismatch| unexpected(&mismatch).into())
    }

    fn encode(&self, model: R::Model) -> Object {
        Object(self.fields.encode(model))
    }

    fn encode_partial(&self, partial: Partial<R::Model>) -> Partial<Object> {
        Partial {
            diagnostics: partial.diagnostics,
            left: partial.left.map(|model| self.encode(model)),
        }
    }
}

impl<R: Resource> AnyResource<R::Client> for Erased<R> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, config: &Object) -> Result<()> {
        self.schema.validate(config)?;
        self.resource.validate(config)
    }

    fn upgrade(&self, version: i64, state: Json) -> Result<Object> {
        let mut state = if version == self.schema.version {
            stored(state, &self.schema)?
        } else {
            self.encode(self.resource.upgrade(version, state)?)
        };
        self.schema.fill_defaults(&mut state);
        Ok(state)
    }

    fn modify_plan<'a>(
        &'a self,
        cx: &'a Context<R::Client>,
        plan: &'a mut Plan,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.resource.modify_plan(cx, plan))
    }

    fn create<'a>(
        &'a self,
        cx: &'a Context<R::Client>,
        plan: Object,
    ) -> BoxFuture<'a, Result<Object, Partial<Object>>> {
        Box::pin(async move {
            let created = self.resource.create(cx, self.decode(plan)?).await;
            created
                .map(|model| self.encode(model))
                .map_err(|partial| self.encode_partial(partial))
        })
    }

    fn read<'a>(
        &'a self,
        cx: &'a Context<R::Client>,
        state: Object,
    ) -> BoxFuture<'a, Result<Option<Object>>> {
        Box::pin(async move {
            let found = self.resource.read(cx, self.decode(state)?).await?;
            Ok(found.map(|model| self.encode(model)))
        })
    }

    fn update<'a>(
        &'a self,
        cx: &'a Context<R::Client>,
        change: Change<Object>,
    ) -> BoxFuture<'a, Result<Object, Partial<Object>>> {
        Box::pin(async move {
            let change = Change {
                prior: self.decode(change.prior)?,
                plan: self.decode(change.plan)?,
            };
            let updated = self.resource.update(cx, change).await;
            updated
                .map(|model| self.encode(model))
                .map_err(|partial| self.encode_partial(partial))
        })
    }

    fn delete<'a>(
        &'a self,
        cx: &'a Context<R::Client>,
        state: Object,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.resource.delete(cx, self.decode(state)?).await })
    }

    fn take_back<'a>(
        &'a self,
        cx: &'a Context<R::Client>,
        made: Object,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.resource.take_back(cx, self.decode(made)?).await })
    }

    fn import<'a>(
        &'a self,
        cx: &'a Context<R::Client>,
        id: String,
    ) -> BoxFuture<'a, Result<Object>> {
        Box::pin(async move {
            self.resource
                .import(cx, id)
                .await
                .map(|model| self.encode(model))
        })
    }
}

/// Reads what a state file holds.
fn stored(state: Json, schema: &Schema) -> Result<Object> {
    match super::value::json::from_json(state, &schema.ty) {
        Ok(Value::Map(attributes)) => Ok(Object(attributes)),
        Ok(other) => Err(unexpected(&Mismatch::wanted("an object", &other)).into()),
        Err(mismatch) => Err(unexpected(&mismatch).into()),
    }
}

/// A value that does not fit the schema where Terraform should have made sure that it does.
pub(crate) fn unexpected(mismatch: &Mismatch) -> Diagnostic {
    let place = if mismatch.path.is_root() {
        "the object".to_owned()
    } else {
        format!("`{}`", mismatch.path)
    };
    Diagnostic::error("Unexpected value")
        .at(mismatch.path.clone())
        .detail(format!("At {place}: {}.", mismatch.message))
}
