use std::future::Future;

use futures_util::future::BoxFuture;

use super::block::{Block, sound};
use super::context::Context;
use super::diagnostics::{Diagnostics, Result};
use super::model::Model;
use super::schema::Schema;
use super::value::Object;

/// Something that Terraform only looks at.
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
/// struct VolumeDataSource;
///
/// impl DataSource for VolumeDataSource {
///     const NAME: &'static str = "volume";
///     type Client = Client;
///     type Model = Volume; // `name`, required, and `id`, computed
///
///     async fn read(&self, cx: &Context<Client>, config: Volume) -> Result<Volume> {
///         let Some(id) = cx.client().find(&config.name).await.context("look for the volume")? else {
///             return Err(Diagnostic::error("There is no such volume").at("name").into());
///         };
///         Ok(Volume { id: id.into(), ..config })
///     }
/// }
/// ```
pub trait DataSource: Send + Sync + 'static {
    /// Its name without the provider's: `volumes`.
    const NAME: &'static str;
    /// What it is for, in Markdown.
    const DESCRIPTION: &'static str = "";
    /// What the provider's `configure` makes.
    type Client: Clone + Send + Sync + 'static;
    /// Its arguments and results.
    type Model: Model;

    /// Looks, and returns the configuration with its results filled in.
    ///
    /// # Errors
    ///
    /// Also when there is nothing to be found: a data source has no word for "gone".
    fn read(
        &self,
        cx: &Context<Self::Client>,
        config: Self::Model,
    ) -> impl Future<Output = Result<Self::Model>> + Send;

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

/// A [`DataSource`] of any type, as the server keeps it.
pub(crate) trait AnyDataSource<C>: Send + Sync {
    fn schema(&self) -> &Schema;
    fn validate(&self, config: &Object) -> Result<()>;
    fn read<'a>(&'a self, cx: &'a Context<C>, config: Object) -> BoxFuture<'a, Result<Object>>;
}

/// Decodes, calls, encodes.
pub(crate) struct Erased<D: DataSource> {
    source: D,
    block: Block<D::Model>,
}

impl<D: DataSource> Erased<D> {
    pub(crate) fn new(source: D) -> Self {
        Self {
            source,
            block: Block::new(D::DESCRIPTION),
        }
    }
}

impl<D: DataSource> AnyDataSource<D::Client> for Erased<D> {
    fn schema(&self) -> &Schema {
        &self.block.schema
    }

    fn validate(&self, config: &Object) -> Result<()> {
        Diagnostics::all([self.block.validate(config), self.source.validate(config)])
    }

    fn read<'a>(
        &'a self,
        cx: &'a Context<D::Client>,
        config: Object,
    ) -> BoxFuture<'a, Result<Object>> {
        Box::pin(async move {
            let found = self.source.read(cx, self.block.configured(config)?).await?;
            let mut found = self.block.encode(found);
            sound(&mut found, &self.block.schema, "reading")?;
            Ok(found)
        })
    }
}
