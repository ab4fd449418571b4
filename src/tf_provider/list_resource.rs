use std::future::Future;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use super::block::{Block, sound};
use super::context::Context;
use super::diagnostics::{Diagnostic, Diagnostics, Result};
use super::model::Model;
use super::resource::{AnyResource as _, Erased as ErasedResource, Resource, Stored};
use super::schema::Schema;
use super::value::Object;

/// A search for objects of a resource that Terraform may not know yet, for `terraform query`.
///
/// # Example
///
/// ```
/// use terraform_provider_appservices::tf_provider::prelude::*;
///
/// # #[derive(Default)]
/// # struct Name { name: String }
/// # impl Model for Name {
/// #     fn describe(fields: &mut Fields<Self>) {
/// #         fields.required("name", |m| &mut m.name);
/// #     }
/// # }
/// # struct VolumeResource;
/// # impl Resource for VolumeResource {
/// #     const NAME: &'static str = "volume";
/// #     type Client = Vec<String>;
/// #     type Model = Name;
/// #     type Identity = Name;
/// #     async fn create(&self, _: &Context<Vec<String>>, plan: Name) -> Result<Name, Partial<Name>> { Ok(plan) }
/// #     async fn read(&self, _: &Context<Vec<String>>, state: Name) -> Result<Option<Name>> { Ok(Some(state)) }
/// #     async fn update(&self, _: &Context<Vec<String>>, to: Change<Name>) -> Result<Name, Partial<Name>> { Ok(to.plan) }
/// #     async fn delete(&self, _: &Context<Vec<String>>, _: Name) -> Result<()> { Ok(()) }
/// # }
/// struct Volumes;
///
/// impl ListResource for Volumes {
///     type Resource = VolumeResource; // whose identity is its `name`
///     type Model = ();
///
///     async fn list(&self, cx: &Context<Vec<String>>, (): (), sink: &mut ListSink<VolumeResource>) -> Result<()> {
///         for name in cx.client() {
///             let state = Name { name: name.clone() };
///             if !sink.send(name, state).await {
///                 break;
///             }
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait ListResource: Send + Sync + 'static {
    /// What it is for, in Markdown.
    const DESCRIPTION: &'static str = "";
    /// The resource whose objects it finds. It has to name them by an identity.
    type Resource: Resource;
    /// Its filters.
    type Model: Model;

    /// Finds objects and hands them over one by one, until there are no more or the host wants no more.
    ///
    /// # Errors
    ///
    /// What keeps it from going on. What was found so far stays found.
    fn list(
        &self,
        cx: &Context<<Self::Resource as Resource>::Client>,
        filters: Self::Model,
        sink: &mut ListSink<Self::Resource>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Checks what one attribute's own checks cannot see. Any value may be unknown, and no unknown value is wrong.
    ///
    /// # Errors
    ///
    /// What the practitioner has to correct.
    fn validate(&self, config: &Object) -> Result<()> {
        let _ = config;
        Ok(())
    }
}

/// Where a search puts what it finds.
#[derive(Debug)]
pub struct ListSink<R: Resource> {
    objects: mpsc::Sender<(String, R::Model)>,
    left: usize,
}

impl<R: Resource> ListSink<R> {
    /// Hands over an object: how people call it, and its state. Waits until the host takes it. False when it
    /// wants no more.
    pub async fn send(&mut self, display_name: impl Into<String>, state: R::Model) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        let sent = self.objects.send((display_name.into(), state)).await;
        sent.is_ok() && self.left > 0
    }
}

/// One object of a search, as the host gets it.
pub(crate) struct Listed {
    pub(crate) display_name: String,
    pub(crate) stored: Stored,
}

/// A [`ListResource`] of any type, as the server keeps it.
pub(crate) trait AnyListResource<C>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn validate(&self, config: &Object) -> Result<()>;
    /// Sends at most `limit` objects, and gives up when the host stops receiving.
    fn list<'a>(
        &'a self,
        cx: &'a Context<C>,
        filters: Object,
        limit: usize,
        listed: mpsc::Sender<Listed>,
    ) -> BoxFuture<'a, Result<()>>;
}

/// Decodes, calls, encodes.
pub(crate) struct Erased<L: ListResource> {
    list: L,
    block: Block<L::Model>,
    resource: ErasedResource<L::Resource>,
}

impl<L: ListResource> Erased<L> {
    pub(crate) fn new(list: L, resource: L::Resource) -> Self {
        Self {
            list,
            block: Block::new(L::DESCRIPTION),
            resource: ErasedResource::new(resource),
        }
    }
}

impl<L: ListResource> AnyListResource<<L::Resource as Resource>::Client> for Erased<L> {
    fn schema(&self) -> &Schema {
        &self.block.schema
    }

    fn validate(&self, config: &Object) -> Result<()> {
        Diagnostics::all([self.block.validate(config), self.list.validate(config)])
    }

    fn list<'a>(
        &'a self,
        cx: &'a Context<<L::Resource as Resource>::Client>,
        filters: Object,
        limit: usize,
        listed: mpsc::Sender<Listed>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let filters = self.block.configured(filters)?;
            // One at a time: the search waits until the host takes what it found.
            let (objects, mut received) = mpsc::channel(1);
            let mut sink = ListSink {
                objects,
                left: limit,
            };
            let searching = async {
                let outcome = self.list.list(cx, filters, &mut sink).await;
                drop(sink);
                outcome
            };
            let sending = async {
                while let Some((display_name, model)) = received.recv().await {
                    let mut stored = self.resource.stored(cx, model);
                    sound(&mut stored.state, self.resource.schema(), "listing")?;
                    if stored.identity.is_none() {
                        let detail = format!("{display_name:?} was listed without an identity.");
                        return Err(Diagnostic::bug("An object without identity", detail).into());
                    }
                    let event = Listed {
                        display_name,
                        stored,
                    };
                    if listed.send(event).await.is_err() {
                        received.close();
                    }
                }
                Ok(())
            };
            let (searched, sent) = tokio::join!(searching, sending);
            sent.and(searched)
        })
    }
}
