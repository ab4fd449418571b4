//! A resource of any type: what the server keeps, and the way from there to the author's type.

use futures_util::future::BoxFuture;
use serde_json::Value as Json;

use super::super::block::{Block, sound, well_typed};
use super::super::context::Context;
use super::super::diagnostics::{Diagnostic, Diagnostics, Partial, Result};
use super::super::plan::Plan;
use super::super::schema::Schema;
use super::super::value::Object;
use super::{Change, Resource, Target, naming, stored};

/// An object as it is kept: its state, and what names it.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) state: Object,
    pub(crate) identity: Option<Object>,
}

/// A [`Resource`] of any type, as the server keeps it. The lifetimes of the layer live here and nowhere else.
pub(crate) trait AnyResource<C>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn identity_schema(&self) -> Option<&Schema>;
    /// The identity of the object that a state holds, if the state names one.
    fn identity(&self, cx: &Context<C>, state: Object) -> Option<Object>;
    fn validate(&self, config: &Object) -> Result<()>;
    fn upgrade(&self, version: i64, state: Json) -> Result<Object>;
    fn plan_destroy(&self, cx: &Context<C>, prior: &Object);
    fn generate(&self, config: &mut Object);
    fn modify_plan<'a>(
        &'a self,
        cx: &'a Context<C>,
        plan: &'a mut Plan,
    ) -> BoxFuture<'a, Result<()>>;
    fn create<'a>(
        &'a self,
        cx: &'a Context<C>,
        plan: Object,
    ) -> BoxFuture<'a, Result<Stored, Partial<Stored>>>;
    fn read<'a>(
        &'a self,
        cx: &'a Context<C>,
        state: Object,
    ) -> BoxFuture<'a, Result<Option<Stored>>>;
    fn update<'a>(
        &'a self,
        cx: &'a Context<C>,
        change: Change<Object>,
    ) -> BoxFuture<'a, Result<Stored, Partial<Stored>>>;
    fn delete<'a>(&'a self, cx: &'a Context<C>, state: Object) -> BoxFuture<'a, Result<()>>;
    /// Takes back what a create or an update made; `prior` is what an update began with.
    fn rollback<'a>(
        &'a self,
        cx: &'a Context<C>,
        prior: Option<Object>,
        made: Object,
    ) -> BoxFuture<'a, Result<()>>;
    fn import<'a>(
        &'a self,
        cx: &'a Context<C>,
        target: Target<Object>,
    ) -> BoxFuture<'a, Result<Stored>>;
}

/// Decodes, calls, encodes.
pub(crate) struct Erased<R: Resource> {
    resource: R,
    block: Block<R::Model>,
    /// None when the author's type names nothing.
    identity: Option<Block<R::Identity>>,
    /// Whether the state's own attributes can name the object.
    named_by_state: bool,
}

impl<R: Resource> Erased<R> {
    pub(crate) fn new(resource: R) -> Self {
        let mut block = Block::described_by(R::DESCRIPTION, |fields| resource.describe(fields));
        block.schema.version = R::VERSION;
        let identity = Block::new("");
        Self {
            named_by_state: naming::covers(&block.schema, &identity.schema),
            resource,
            block,
            identity: (!identity.schema.attributes.is_empty()).then_some(identity),
        }
    }

    /// A state, and its object's identity. One that lacks something is none: hosts refuse it.
    pub(crate) fn stored(&self, cx: &Context<R::Client>, model: R::Model) -> Stored {
        let own = self.resource.identity(cx, &model);
        let state = self.block.encode(model);
        let identity = self.identity.as_ref().and_then(|block| {
            let identity = match own {
                Some(identity) => block.encode(identity),
                None if self.named_by_state => naming::identity(&state, &block.schema),
                None => return None,
            };
            naming::is_complete(&identity, &block.schema).then_some(identity)
        });
        Stored { state, identity }
    }

    fn changed(
        &self,
        cx: &Context<R::Client>,
        outcome: Result<R::Model, Partial<R::Model>>,
    ) -> Result<Stored, Partial<Stored>> {
        outcome
            .map(|model| self.stored(cx, model))
            .map_err(|partial| partial.map(|model| self.stored(cx, model)))
    }
}

impl<R: Resource> AnyResource<R::Client> for Erased<R> {
    fn schema(&self) -> &Schema {
        &self.block.schema
    }

    fn identity_schema(&self) -> Option<&Schema> {
        self.identity.as_ref().map(|block| &block.schema)
    }

    fn identity(&self, cx: &Context<R::Client>, state: Object) -> Option<Object> {
        self.identity.as_ref()?;
        let model = self.block.decode(state).ok()?;
        self.stored(cx, model).identity
    }

    fn validate(&self, config: &Object) -> Result<()> {
        Diagnostics::all([self.block.validate(config), self.resource.validate(config)])
    }

    fn upgrade(&self, version: i64, state: Json) -> Result<Object> {
        let mut state = if version == R::VERSION {
            stored(state, &self.block.schema)?
        } else {
            self.block.encode(self.resource.upgrade(version, state)?)
        };
        self.block.schema.fill_defaults(&mut state);
        sound(&mut state, &self.block.schema, "upgrading")?;
        Ok(state)
    }

    fn generate(&self, config: &mut Object) {
        self.resource.generate(config);
    }

    fn plan_destroy(&self, cx: &Context<R::Client>, prior: &Object) {
        self.resource.plan_destroy(cx, prior);
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
    ) -> BoxFuture<'a, Result<Stored, Partial<Stored>>> {
        Box::pin(async move {
            let plan = self.block.decode(plan)?;
            self.changed(cx, self.resource.create(cx, plan).await)
        })
    }

    fn read<'a>(
        &'a self,
        cx: &'a Context<R::Client>,
        state: Object,
    ) -> BoxFuture<'a, Result<Option<Stored>>> {
        Box::pin(async move {
            let found = self.resource.read(cx, self.block.stored(state)?).await?;
            let mut found = found.map(|model| self.stored(cx, model));
            if let Some(found) = &mut found {
                sound(&mut found.state, &self.block.schema, "reading")?;
            }
            Ok(found)
        })
    }

    fn update<'a>(
        &'a self,
        cx: &'a Context<R::Client>,
        change: Change<Object>,
    ) -> BoxFuture<'a, Result<Stored, Partial<Stored>>> {
        Box::pin(async move {
            let change = Change {
                prior: self.block.stored(change.prior)?,
                plan: self.block.decode(change.plan)?,
            };
            self.changed(cx, self.resource.update(cx, change).await)
        })
    }

    fn delete<'a>(
        &'a self,
        cx: &'a Context<R::Client>,
        state: Object,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { self.resource.delete(cx, self.block.stored(state)?).await })
    }

    fn rollback<'a>(
        &'a self,
        cx: &'a Context<R::Client>,
        prior: Option<Object>,
        made: Object,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let made = self.block.decode(made)?;
            let Some(prior) = prior else {
                return self.resource.rollback_create(cx, made).await;
            };
            let change = Change {
                prior: self.block.decode(prior)?,
                plan: made,
            };
            self.resource.rollback_update(cx, change).await
        })
    }

    fn import<'a>(
        &'a self,
        cx: &'a Context<R::Client>,
        target: Target<Object>,
    ) -> BoxFuture<'a, Result<Stored>> {
        Box::pin(async move {
            let target = match (target, &self.identity) {
                (Target::Id(id), _) => Target::Id(id),
                (Target::Identity(identity), Some(block)) => {
                    block.validate(&identity)?;
                    Target::Identity(block.decode(identity)?)
                }
                (Target::Identity(_), None) => return Err(nameless(R::NAME).into()),
            };
            let imported = self.resource.import(cx, target).await?;
            let mut imported = self.stored(cx, imported);
            well_typed(&mut imported.state, &self.block.schema)?;
            imported.state.null_unknowns();
            Ok(imported)
        })
    }
}

fn nameless(name: &str) -> Diagnostic {
    Diagnostic::error("This resource has no identity").detail(format!(
        "Resources of the type `{name}` are imported by an id, not by an identity."
    ))
}
