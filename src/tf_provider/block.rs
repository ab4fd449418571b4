use super::diagnostics::{Diagnostic, Diagnostics, Result};
use super::model::{Fields, Model};
use super::path::Path;
use super::schema::Schema;
use super::value::{Mismatch, Object};

/// A [`Model`] with its schema: both ways between the values of the protocol and the author's type.
#[derive(Debug)]
pub(crate) struct Block<M> {
    fields: Fields<M>,
    pub(crate) schema: Schema,
}

impl<M: Model> Block<M> {
    pub(crate) fn new(description: &'static str) -> Self {
        Self::described_by(description, M::describe)
    }

    pub(crate) fn described_by(
        description: &'static str,
        describe: impl FnOnce(&mut Fields<M>),
    ) -> Self {
        let (fields, specs) = Fields::described_by(describe);
        Self {
            fields,
            schema: Schema::new(description, specs),
        }
    }

    /// Checks what a configuration says: by each attribute's own checks, and whether the author's type has room for it.
    ///
    /// # Errors
    ///
    /// Everything that has to be corrected, each with its path.
    pub(crate) fn validate(&self, config: &Object) -> Result<()> {
        let mut found = self.schema.validate(config);
        let mut filled = config.clone();
        self.schema.fill_defaults(&mut filled);
        for mismatch in self.fields.misfits(filled.0) {
            if found.iter().all(|one| one.path != mismatch.path) {
                found.push(misfit(mismatch));
            }
        }
        Diagnostics::check(found)
    }

    /// Reads a configuration, with its defaults.
    ///
    /// # Errors
    ///
    /// The first attribute whose value the author's type is not ready to meet.
    pub(crate) fn configured(&self, mut config: Object) -> Result<M> {
        self.schema.fill_defaults(&mut config);
        self.decode(config)
    }

    /// Reads a state that is not complete yet.
    ///
    /// # Errors
    ///
    /// The first attribute whose value the author's type is not ready to meet, null apart.
    pub(crate) fn decode_part(&self, state: Object) -> Result<M> {
        Ok(self.fields.decode_part(state.0)?)
    }

    /// # Errors
    ///
    /// The first attribute whose value the author's type is not ready to meet.
    pub(crate) fn decode(&self, object: Object) -> Result<M> {
        Ok(self.fields.decode(object.0)?)
    }

    /// Reads a stored state. Nothing checks one before, and practitioners may edit it.
    ///
    /// # Errors
    ///
    /// As [`decode`](Self::decode), with what to do about the state.
    pub(crate) fn stored(&self, state: Object) -> Result<M> {
        let explained = |mismatch| {
            Diagnostic::from(mismatch).and_detail(
                "The value is in the state, which may have been edited. Restore the state from a backup, or correct the value in \
                 it. Otherwise, remove the object from it with `terraform state rm`, and import it again.",
            )
        };
        Ok(self.fields.decode(state.0).map_err(explained)?)
    }

    pub(crate) fn encode(&self, model: M) -> Object {
        Object(self.fields.encode(model))
    }
}

fn misfit(mismatch: Mismatch) -> Diagnostic {
    Diagnostic::error(format!("Invalid value for `{}`", mismatch.path))
        .detail(format!("What is wrong: {}.", mismatch.message))
        .at(mismatch.path)
}

/// Makes sure that a result is one: every value of the type that the schema gives it, and none unknown, which nothing but
/// a plan may be.
///
/// # Errors
///
/// Names the first that is not. All of them are null then.
pub(crate) fn sound(result: &mut Object, schema: &Schema, deed: &str) -> Result<()> {
    let fitted = well_typed(result, schema);
    let complete = match result.null_unknowns() {
        Some(path) => Err(left_unknown(&path, deed)),
        None => Ok(()),
    };
    fitted.and(complete)
}

/// Makes sure that every value is of the type that the schema gives it.
///
/// # Errors
///
/// Names the first that is not. All of them are null then.
pub(crate) fn well_typed(object: &mut Object, schema: &Schema) -> Result<()> {
    object.fit(&schema.ty).map_err(|mismatch| {
        let detail = format!("At `{}`: {}.", mismatch.path, mismatch.message);
        Diagnostic::bug("The provider made a value of the wrong type", detail)
            .at(mismatch.path)
            .into()
    })
}

fn left_unknown(path: &Path, deed: &str) -> Diagnostics {
    let detail = format!("After {deed}, `{path}` was still unknown. It is null in the result.");
    Diagnostic::bug("The provider left a value unknown", detail).into()
}
