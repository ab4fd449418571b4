use super::diagnostics::{Diagnostic, Result};
use super::model::{Fields, Model};
use super::resource::unexpected;
use super::schema::Schema;
use super::value::Object;

/// A [`Model`] with its schema: both ways between the values of the protocol and the author's type.
#[derive(Debug)]
pub(crate) struct Block<M> {
    fields: Fields<M>,
    pub(crate) schema: Schema,
}

impl<M: Model> Block<M> {
    pub(crate) fn new(description: &'static str) -> Self {
        let (fields, specs) = Fields::described();
        Self {
            fields,
            schema: Schema::new(description, specs),
        }
    }

    /// # Errors
    ///
    /// The first attribute whose value the author's type is not ready to meet.
    pub(crate) fn decode(&self, object: Object) -> Result<M> {
        self.fields
            .decode(object.0)
            .map_err(|mismatch| unexpected(&mismatch).into())
    }

    pub(crate) fn encode(&self, model: M) -> Object {
        Object(self.fields.encode(model))
    }
}

/// Makes sure that a result has no unknown value, which nothing but a plan may hold.
///
/// # Errors
///
/// Names the first one. All of them are null then.
pub(crate) fn known(result: &mut Object, deed: &str) -> Result<()> {
    let Some(path) = result.settle() else {
        return Ok(());
    };
    let detail = format!("After {deed}, `{path}` was still unknown. It is null in the result.");
    Err(Diagnostic::bug("The provider left a value unknown", detail).into())
}
