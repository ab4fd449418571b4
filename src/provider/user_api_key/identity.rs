use crate::tf_provider::{Diagnostic, Fields, Model, Result};

use super::{OBJECT_ID_SENTENCE, is_id};

/// What names a key for good: the key's id is enough, and the rest says where it is to be found.
#[derive(Debug, Default)]
pub(in crate::provider) struct Identity {
    pub(super) app_id: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) id: String,
}

impl Model for Identity {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .optional("app_id", |m| &mut m.app_id)
            .doc("Client App ID. Where an import sets it, it has to be the provider's.");
        fields.optional("user_id", |m| &mut m.user_id).doc(
                "Id of the user that owns the key. Where an import sets it, it has to be the provider's.",
            );
        fields
            .required("id", |m| &mut m.id)
            .doc("Id of the key: 24 hexadecimal digits.")
            .check(crate::tf_provider::text(is_id, OBJECT_ID_SENTENCE));
    }
}

impl Identity {
    /// Makes sure that an import means the app and the user that the provider works for.
    ///
    /// # Errors
    ///
    /// When it names others.
    pub(super) fn check(&self, app_id: &str, user_id: &str) -> Result<()> {
        let named = [
            ("app_id", "app", &self.app_id, app_id),
            ("user_id", "user", &self.user_id, user_id),
        ];
        for (attribute, what, named, own) in named {
            if let Some(named) = named
                && named != own
            {
                return Err(Diagnostic::error(format!("The identity names another {what}"))
                    .detail(format!(
                        "`{attribute}` in the identity is {named:?}, and the provider works for the {what} {own:?}, which \
                         cannot see the key {}. Leave `{attribute}` out, or use a provider block that is configured for \
                         that {what}.",
                        self.id
                    ))
                    .into());
            }
        }
        Ok(())
    }
}
