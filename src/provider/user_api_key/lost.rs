use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::appservices::UserApiKey;
use crate::tf_provider::Context;

/// Kept with the state of a key that may have been made, and whose value nobody has.
const LOST: &str = "lost_create";

/// What tells a key that a create of ours made and lost from all others of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LostKey {
    pub(super) name: String,
    /// Whether the name was made so that nobody else has it.
    pub(super) unique: bool,
    /// The server's time when it was asked for the key, if it tells its time.
    pub(super) since: Option<Timestamp>,
}

impl LostKey {
    /// Whether this key is it: nobody else's key of that name can be younger than our request for one, by the server's
    /// own clock, since names are unique. Nobody who does not know of a key disables it.
    pub(super) fn is(&self, key: &UserApiKey) -> bool {
        let is_young = || self.since.is_some_and(|since| key.id.created_at() >= since);
        key.name == self.name && !key.disabled && (self.unique || is_young())
    }

    /// Keeps it with the state, so that the next run can finish what this one could not.
    pub(super) fn keep<C>(&self, cx: &Context<C>) {
        let since = self.since.map(|since| since.to_string());
        cx.set_private(
            LOST,
            json!({ "name": self.name, "unique": self.unique, "since": since }),
        );
    }

    /// The one that was kept with the state.
    pub(super) fn kept<C>(cx: &Context<C>) -> Option<Self> {
        let kept = cx.private(LOST)?;
        Some(Self {
            name: kept["name"].as_str()?.to_owned(),
            unique: kept["unique"] == Json::Bool(true),
            since: kept["since"].as_str().and_then(|since| since.parse().ok()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appservices::KeyId;

    #[test]
    fn only_a_key_that_is_not_older_than_the_request_is_ours() {
        let lost = |unique, since: Option<&str>| LostKey {
            name: "ci".to_owned(),
            unique,
            since: since.map(|since| since.parse().unwrap()),
        };
        // Made at 2024-03-12T20:54:23Z.
        let id = KeyId::parse("65f0c0ffee0000000000d001").unwrap();
        let key = |name: &str| UserApiKey {
            id: id.clone(),
            name: name.to_owned(),
            disabled: false,
        };
        for (unique, since, name, ours) in [
            (false, Some("2024-03-12T20:54:23Z"), "ci", true),
            (false, Some("2024-03-12T20:54:24Z"), "ci", false),
            (false, None, "ci", false),
            (true, None, "ci", true),
            (false, Some("2024-03-12T20:54:23Z"), "other", false),
            (true, None, "other", false),
        ] {
            assert_eq!(
                lost(unique, since).is(&key(name)),
                ours,
                "{unique} {since:?} {name}"
            );
        }
        let disabled = UserApiKey {
            disabled: true,
            ..key("ci")
        };
        assert!(!lost(true, None).is(&disabled));
    }
}
