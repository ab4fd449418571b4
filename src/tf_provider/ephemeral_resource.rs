use std::future::{Future, ready};

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::block::{Block, sound};
use super::context::Context;
use super::diagnostics::{Diagnostics, Result};
use super::model::Model;
use super::schema::Schema;
use super::value::Object;

/// Something that exists while Terraform runs and is never stored: opened, renewed if need be, closed.
///
/// What [`Context::set_private`] keeps while opening comes back for renewing and closing. It is never stored either.
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
/// struct Scratch;
///
/// impl EphemeralResource for Scratch {
///     const NAME: &'static str = "scratch_volume";
///     type Client = Client;
///     type Model = Volume; // `name`, required, and `id`, computed
///
///     async fn open(&self, cx: &Context<Client>, config: Volume) -> Result<Opened<Volume>> {
///         let id = cx.client().create(&config.name).await.context("make the volume")?;
///         cx.set_private("id", id.as_str().into());
///         Ok(Volume { id: id.into(), ..config }.into())
///     }
///
///     async fn close(&self, cx: &Context<Client>) -> Result<()> {
///         let id = cx.private("id").unwrap_or_default();
///         let id = id.as_str().unwrap_or_default();
///         cx.client().delete(id).await.context("delete the volume")
///     }
/// }
/// ```
pub trait EphemeralResource: Send + Sync + 'static {
    /// Its name without the provider's: `access_token`.
    const NAME: &'static str;
    /// What it is for, in Markdown.
    const DESCRIPTION: &'static str = "";
    /// What the provider's `configure` makes.
    type Client: Clone + Send + Sync + 'static;
    /// Its arguments and results.
    type Model: Model;

    /// Makes it, and returns the configuration with its results filled in. Terraform opens once to plan and once more to
    /// apply.
    ///
    /// # Errors
    ///
    /// Terraform closes nothing that failed to open, so nothing may be left behind.
    fn open(
        &self,
        cx: &Context<Self::Client>,
        config: Self::Model,
    ) -> impl Future<Output = Result<Opened<Self::Model>>> + Send;

    /// Makes it last longer; asked at the time that `open` or the last `renew` named. The results stay as they are.
    /// Returns when to ask again, if ever.
    ///
    /// # Errors
    ///
    /// Terraform tells of it when it closes.
    fn renew(
        &self,
        cx: &Context<Self::Client>,
    ) -> impl Future<Output = Result<Option<Timestamp>>> + Send {
        let _ = cx;
        ready(Ok(None))
    }

    /// Ends it. That it was gone already is success. Terraform does not ask when something failed that used it; then this
    /// is called before the process ends, and has ten seconds.
    ///
    /// # Errors
    ///
    /// When it may still be there.
    fn close(&self, cx: &Context<Self::Client>) -> impl Future<Output = Result<()>> + Send {
        let _ = cx;
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

/// What is open now.
#[derive(Debug)]
pub struct Opened<M> {
    /// The configuration with the results filled in.
    pub result: M,
    /// When it has to be renewed, some time before it ends.
    pub renew_at: Option<Timestamp>,
}

impl<M> From<M> for Opened<M> {
    fn from(result: M) -> Self {
        Self {
            result,
            renew_at: None,
        }
    }
}

/// An [`EphemeralResource`] of any type, as the server keeps it.
pub(crate) trait AnyEphemeralResource<C>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn validate(&self, config: &Object) -> Result<()>;
    fn open<'a>(
        &'a self,
        cx: &'a Context<C>,
        config: Object,
    ) -> BoxFuture<'a, Result<Opened<Object>>>;
    fn renew<'a>(&'a self, cx: &'a Context<C>) -> BoxFuture<'a, Result<Option<Timestamp>>>;
    fn close<'a>(&'a self, cx: &'a Context<C>) -> BoxFuture<'a, Result<()>>;
}

/// Decodes, calls, encodes.
pub(crate) struct Erased<E: EphemeralResource> {
    ephemeral: E,
    block: Block<E::Model>,
}

impl<E: EphemeralResource> Erased<E> {
    pub(crate) fn new(ephemeral: E) -> Self {
        Self {
            ephemeral,
            block: Block::new(E::DESCRIPTION),
        }
    }
}

impl<E: EphemeralResource> AnyEphemeralResource<E::Client> for Erased<E> {
    fn schema(&self) -> &Schema {
        &self.block.schema
    }

    fn validate(&self, config: &Object) -> Result<()> {
        Diagnostics::all([self.block.validate(config), self.ephemeral.validate(config)])
    }

    fn open<'a>(
        &'a self,
        cx: &'a Context<E::Client>,
        config: Object,
    ) -> BoxFuture<'a, Result<Opened<Object>>> {
        Box::pin(async move {
            let opened = self
                .ephemeral
                .open(cx, self.block.configured(config)?)
                .await?;
            let mut result = self.block.encode(opened.result);
            if let Err(unsound) = sound(&mut result, &self.block.schema, "opening") {
                return Err(match self.ephemeral.close(cx).await {
                    Ok(()) => unsound,
                    Err(left_open) => unsound.and(left_open),
                });
            }
            Ok(Opened {
                result,
                renew_at: opened.renew_at,
            })
        })
    }

    fn renew<'a>(&'a self, cx: &'a Context<E::Client>) -> BoxFuture<'a, Result<Option<Timestamp>>> {
        Box::pin(self.ephemeral.renew(cx))
    }

    fn close<'a>(&'a self, cx: &'a Context<E::Client>) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.ephemeral.close(cx))
    }
}
