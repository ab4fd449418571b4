use std::future::{Future, ready};

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use super::block::Block;
use super::context::Context;
use super::diagnostics::{Diagnostics, Result};
use super::model::Model;
use super::schema::Schema;
use super::value::Object;

/// Something that Terraform does once, on demand, and keeps no state of.
///
/// # Example
///
/// ```
/// use terraform_provider_appservices::tf_provider::prelude::*;
///
/// # #[derive(Default)]
/// # struct Volume { name: String, id: String }
/// # impl Model for Volume {
/// #     fn describe(fields: &mut Fields<Self>) {
/// #         fields.required("name", |m| &mut m.name);
/// #         fields.required("id", |m| &mut m.id);
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
/// struct RenameVolume;
///
/// impl Action for RenameVolume {
///     const NAME: &'static str = "volume_rename";
///     type Client = Client;
///     type Model = Volume; // `id` and `name`, required
///
///     async fn invoke(&self, cx: &Context<Client>, config: Volume, progress: &Progress) -> Result<()> {
///         progress.say(format!("Renaming {}", config.id));
///         cx.client().rename(&config.id, &config.name).await.context("rename the volume")
///     }
/// }
/// ```
pub trait Action: Send + Sync + 'static {
    /// Its name without the provider's: `volume_detach`.
    const NAME: &'static str;
    /// What it is for, in Markdown.
    const DESCRIPTION: &'static str = "";
    /// What the provider's `configure` makes.
    type Client: Clone + Send + Sync + 'static;
    /// Its arguments.
    type Model: Model;

    /// Does it, and tells how it goes.
    ///
    /// # Errors
    ///
    /// What could not be done.
    fn invoke(
        &self,
        cx: &Context<Self::Client>,
        config: Self::Model,
        progress: &Progress,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Looks ahead while planning. Any value may be unknown.
    ///
    /// # Errors
    ///
    /// Why it could not be done.
    fn plan(
        &self,
        cx: &Context<Self::Client>,
        config: &Object,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, config);
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
}

/// Where an action tells how it goes.
#[derive(Debug, Clone)]
pub struct Progress(mpsc::UnboundedSender<String>);

impl Progress {
    pub(crate) fn new(messages: mpsc::UnboundedSender<String>) -> Self {
        Self(messages)
    }

    /// One line for the person who waits.
    pub fn say(&self, message: impl Into<String>) {
        // The host may have stopped receiving.
        let _ = self.0.send(message.into());
    }
}

/// An [`Action`] of any type, as the server keeps it.
pub(crate) trait AnyAction<C>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn validate(&self, config: &Object) -> Result<()>;
    fn plan<'a>(&'a self, cx: &'a Context<C>, config: &'a Object) -> BoxFuture<'a, Result<()>>;
    fn invoke<'a>(
        &'a self,
        cx: &'a Context<C>,
        config: Object,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<()>>;
}

/// Decodes and calls.
pub(crate) struct Erased<A: Action> {
    action: A,
    block: Block<A::Model>,
}

impl<A: Action> Erased<A> {
    pub(crate) fn new(action: A) -> Self {
        Self {
            action,
            block: Block::new(A::DESCRIPTION),
        }
    }
}

impl<A: Action> AnyAction<A::Client> for Erased<A> {
    fn schema(&self) -> &Schema {
        &self.block.schema
    }

    fn validate(&self, config: &Object) -> Result<()> {
        Diagnostics::all([self.block.validate(config), self.action.validate(config)])
    }

    fn plan<'a>(
        &'a self,
        cx: &'a Context<A::Client>,
        config: &'a Object,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut config = config.clone();
            self.block.schema.fill_defaults(&mut config);
            self.action.plan(cx, &config).await
        })
    }

    fn invoke<'a>(
        &'a self,
        cx: &'a Context<A::Client>,
        config: Object,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.action
                .invoke(cx, self.block.configured(config)?, progress)
                .await
        })
    }
}
