use regex::Regex;
use tokio::time::Instant;

use crate::appservices::{Client, UserApiKey};
use crate::tf_provider::{Diagnostic, ErrorContext, Fields, Model, Result, text};

/// Which keys are meant, when not all are.
#[derive(Debug)]
pub(super) struct Filter {
    name_prefix: Option<String>,
    name_regex: Option<Regex>,
    enabled: Option<bool>,
}

/// The attributes of a filter, in any block that has them.
pub(super) fn describe<M: Model>(
    fields: &mut Fields<M>,
    name_prefix: fn(&mut M) -> &mut Option<String>,
    name_regex: fn(&mut M) -> &mut Option<String>,
    enabled: fn(&mut M) -> &mut Option<bool>,
) {
    fields
        .optional("name_prefix", name_prefix)
        .doc("Only keys whose name begins with this. Upper and lower case differ.");
    fields
        .optional("name_regex", name_regex)
        .doc(
                "Only keys whose name matches this regular expression of Rust's \
                 [`regex`](https://docs.rs/regex/latest/regex/#syntax), anywhere unless `^` and `$` anchor it.",
            )
        .check(text(
            |pattern| Regex::new(pattern).is_ok(),
            "must be a regular expression in the syntax of Rust's `regex` (RE2's, in the main)",
        ));
    fields
        .optional("enabled", enabled)
        .doc("Only keys that can log in (`true`), or that cannot (`false`).");
}

impl Filter {
    /// # Errors
    ///
    /// When the regular expression is none.
    pub(super) fn new(
        name_prefix: Option<&str>,
        name_regex: Option<&str>,
        enabled: Option<bool>,
    ) -> Result<Self> {
        let name_regex = name_regex.map(Regex::new).transpose().map_err(|error| {
            Diagnostic::error("Invalid regular expression")
                .at("name_regex")
                .detail(error.to_string())
        })?;
        Ok(Self {
            name_prefix: name_prefix.map(str::to_owned),
            name_regex,
            enabled,
        })
    }

    /// The keys of the user that pass, oldest first.
    ///
    /// # Errors
    ///
    /// When the keys cannot be listed.
    pub(super) async fn keys(&self, client: &Client) -> Result<Vec<UserApiKey>> {
        let keys = client.list_since(Instant::now()).await;
        let keys = keys.context("list the user API keys")?;
        let passing = keys.iter().filter(|key| self.passes(key));
        Ok(passing.cloned().collect())
    }

    fn passes(&self, key: &UserApiKey) -> bool {
        let is_meant = |prefix: &String| key.name.starts_with(prefix.as_str());
        self.name_prefix.as_ref().is_none_or(is_meant)
            && self
                .name_regex
                .as_ref()
                .is_none_or(|regex| regex.is_match(&key.name))
            && self.enabled.is_none_or(|enabled| enabled != key.disabled)
    }
}
