use crate::appservices::KeyId;
use crate::tf_provider::{Diagnostic, Fields, Model, Result, Target};

use super::{Id, is_name, required};

/// What names a key for good: the key's id is enough, and the rest says where it is to be found.
#[derive(Debug, Default)]
pub(in crate::provider) struct Identity {
    pub(super) app_id: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) id: Option<Id>,
}

impl Model for Identity {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .optional("app_id", |m| &mut m.app_id)
            .doc("Client App ID. If set, it has to be the provider's.");
        fields
            .optional("user_id", |m| &mut m.user_id)
            .doc("Id of the key's user. If set, it has to be the provider's.");
        fields
            .required("id", |m| &mut m.id)
            .doc("Id of the key: 24 hexadecimal digits.");
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
                        self.id.as_ref().map(ToString::to_string).unwrap_or_default()
                    ))
                    .into());
            }
        }
        Ok(())
    }
}

/// What an import names a key by.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ImportId {
    Id(KeyId),
    /// `name:NAME`, on the command line and in `id` of an `import` block.
    Name(String),
}

impl ImportId {
    /// # Errors
    ///
    /// When it is of neither kind.
    pub(super) fn of(target: &Target<Identity>) -> Result<Self> {
        match target {
            Target::Id(text) => Self::parse(text),
            Target::Identity(identity) => required(identity.id.clone()).map(Self::Id),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        if let Some(name) = text.strip_prefix("name:") {
            return Ok(Self::Name(name.to_owned()));
        }
        let id = KeyId::parse(text).map_err(|_| {
            let name = if is_name(text) { text } else { "NAME" };
            Diagnostic::error("Invalid import ID").detail(format!(
                "{text:?} is not the id of a user API key, which has 24 hexadecimal digits, such as \
                 65f0c0ffee0000000000d001. To import a key by its name, write name:{name}."
            ))
        })?;
        Ok(Self::Id(id))
    }

    /// That the user has no such key.
    pub(super) fn not_found(&self, user_id: &str) -> Diagnostic {
        match self {
            Self::Id(id) => no_such_key(&format!("with the id {id}"), user_id)
                .and_detail("A key can also be imported by its name with name:NAME."),
            Self::Name(name) => no_such_key(&format!("named {name:?}"), user_id)
                .and_detail("A key can also be imported by its id."),
        }
    }
}

/// That there is nothing to import.
pub(super) fn no_such_key(which: &str, user_id: &str) -> Diagnostic {
    Diagnostic::error("No such user API key").detail(format!(
        "The user {user_id} has no API key {which}, so there is nothing to import.\n\nCheck that the provider is logged in as \
         the owner of the key: keys of other users cannot be seen. The data source `appservices_user_api_keys` lists the \
         keys that can be imported."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_by_id_or_by_name_and_anything_else_is_told_how() {
        let parse = |text| ImportId::of(&Target::Id(String::from(text)));
        let id = "65f0c0ffee0000000000d001";
        let key_id = KeyId::parse(id).unwrap();
        assert_eq!(parse(id).unwrap(), ImportId::Id(key_id));
        assert_eq!(parse("name:ci").unwrap(), ImportId::Name("ci".to_owned()));
        for (text, advice) in [
            ("ci", "name:ci"),
            ("my key", "name:NAME"),
            ("65f0", "name:65f0"),
        ] {
            let failed = parse(text).unwrap_err().into_vec();
            let detail = &failed[0].detail;
            assert!(detail.ends_with(&format!("write {advice}.")), "{detail}");
            assert_eq!(detail.matches("24 hexadecimal digits").count(), 1);
        }
    }
}
