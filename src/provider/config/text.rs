//! Values of the provider block and the environment, the way everything else gets to see them.

use std::ffi::OsString;

use secrecy::{ExposeSecret, SecretString};

use crate::tf_provider::{Diagnostic, Result};

/// What is cut off a value before anything uses, stores or compares it, and what may stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// White space around it is cut off.
    Word,
    /// One line end behind it is cut off, as files and CI variables have one.
    Line,
    /// As a line, but JSON may go over several.
    Json,
}

impl Kind {
    /// The value in a text.
    ///
    /// # Errors
    ///
    /// The end of a sentence that begins with the name of the value; it quotes nothing, as the value may be secret.
    pub(super) fn read(self, text: &str) -> Result<&str, String> {
        let value = match self {
            Self::Word => text.trim(),
            Self::Line | Self::Json => ["\r\n", "\n", "\r"]
                .into_iter()
                .find_map(|end| text.strip_suffix(end))
                .unwrap_or(text),
        };
        let is_allowed = |c: char| self == Self::Json && matches!(c, '\n' | '\r' | '\t');
        let mut controls = value.chars().zip(1..);
        // A byte order mark is what some editors put in front of a text.
        let is_refused = |c: char| c.is_control() && !is_allowed(c) || c == '\u{feff}';
        match controls.find(|(c, _)| is_refused(*c)) {
            Some((c, position)) => Err(format!(
                "must hold no control characters, nor a byte order mark; character {position} is U+{:04X}",
                u32::from(c)
            )),
            None => Ok(value),
        }
    }

    /// The same for a secret.
    pub(super) fn read_secret(self, text: &SecretString) -> Result<SecretString, String> {
        Ok(self.read(text.expose_secret())?.into())
    }
}

/// Where a value is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Block,
    Environment,
}

impl Place {
    /// What an attribute is called there.
    pub(super) fn name(self, attribute: &str) -> String {
        match self {
            Self::Block => format!("`{attribute}`"),
            Self::Environment => variable(attribute),
        }
    }

    /// Words that follow the name, for readers who look for where it stands.
    pub(super) fn of(self) -> &'static str {
        match self {
            Self::Block => " in the provider block",
            Self::Environment => " in the environment",
        }
    }

    /// That a value cannot be used; `reason` ends a sentence that begins with its name.
    pub(super) fn invalid(self, attribute: &'static str, reason: &str) -> Diagnostic {
        let name = self.name(attribute);
        Diagnostic::error(format!("Invalid value for {}", name.trim_matches('`')))
            .at(attribute)
            .detail(format!("{name} {reason}."))
    }
}

/// The environment variable that stands for an attribute.
pub(super) fn variable(attribute: &str) -> String {
    format!("APPSERVICES_{}", attribute.to_uppercase())
}

/// Where variables are looked up.
#[derive(Clone, Copy)]
pub(super) struct Environment<'a>(pub(super) &'a dyn Fn(&str) -> Option<OsString>);

impl Environment<'_> {
    /// What a variable holds; nothing if it is blank.
    ///
    /// # Errors
    ///
    /// It is not UTF-8.
    pub(super) fn get(self, variable: &str) -> Result<Option<String>> {
        let text = (self.0)(variable).map(OsString::into_string).transpose();
        let text = text.map_err(|_| {
            Diagnostic::error(format!("Invalid value for {variable}")).detail(format!(
                "The environment variable {variable} is set, but its value is not UTF-8. Set it to text in UTF-8, or unset \
                 it."
            ))
        })?;
        Ok(text.filter(|text| !text.trim().is_empty()))
    }

    /// The value that stands for an attribute.
    ///
    /// # Errors
    ///
    /// It is not UTF-8, or cannot be of this kind.
    pub(super) fn value(self, attribute: &'static str, kind: Kind) -> Result<Option<String>> {
        let Some(text) = self.get(&variable(attribute))? else {
            return Ok(None);
        };
        let value = kind.read(&text);
        let value = value.map_err(|reason| Place::Environment.invalid(attribute, &reason))?;
        Ok(Some(value.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_files_and_ci_variables_is_cut_and_has_no_control_characters() {
        use Kind::{Json, Line, Word};
        for (kind, text, expected) in [
            (Word, "myapp-abcde", Some("myapp-abcde")),
            (Word, "\u{feff}x", None),
            (Word, " \t myapp\r\n\n", Some("myapp")),
            (Word, "\u{a0}myapp\u{2003}", Some("myapp")),
            (Word, "my app", Some("my app")),
            (Word, "my\tapp", None),
            (Word, "my\u{0}app", None),
            (Word, "my\u{7f}app", None),
            (Word, "my\u{85}app", None),
            (Line, "secret", Some("secret")),
            (Line, " secret ", Some(" secret ")),
            (Line, "secret\n", Some("secret")),
            (Line, "secret\r\n", Some("secret")),
            (Line, "secret\r", Some("secret")),
            (Line, "secret\n\n", None),
            (Line, "\nsecret", None),
            (Line, "sec\tret", None),
            (Line, "\u{feff}secret", None),
            (Line, "schlüssel\n", Some("schlüssel")),
            (Json, "{\n\t\"a\": 1\r\n}\n", Some("{\n\t\"a\": 1\r\n}")),
            (Json, "{\u{1}}", None),
        ] {
            assert_eq!(kind.read(text).ok(), expected, "{kind:?} {text:?}");
        }
        let reason = Line.read("canary\tcanary").unwrap_err();
        assert!(
            reason.contains("character 7 is U+0009") && !reason.contains("canary"),
            "{reason}"
        );
    }
}
