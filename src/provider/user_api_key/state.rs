use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::appservices::{KeyId, UserApiKey};
use crate::tf_provider::{
    Field, Fields, Model, Parsed, Set, requires_replace, text, use_state_for_unknown,
};

use super::super::access::DEFAULT_TIMEOUT;
use super::super::duration::after;
use super::{Id, NAME_SENTENCE, Time, created_at, is_name};

/// What `on_destroy` says when the key is to stay.
const DISABLE: &str = "disable";
const DELETE: &str = "delete";

/// A user API key in the state, or planned.
#[derive(Default)]
pub(in crate::provider) struct State {
    pub(super) name: Field<String>,
    pub(super) name_prefix: Option<String>,
    pub(super) enabled: bool,
    pub(super) keepers: Option<BTreeMap<String, Option<String>>>,
    pub(super) recipients: Option<Set<String>>,
    pub(super) rotate_after: Option<Parsed<Duration>>,
    pub(super) on_destroy: String,
    pub(super) replace_existing: bool,
    pub(super) timeouts: Option<Timeouts>,
    pub(super) id: Field<Id>,
    pub(super) key: Field<SecretString>,
    pub(super) encrypted_key: Field<String>,
    pub(super) key_fingerprint: Field<String>,
    pub(super) created_at: Field<Time>,
    pub(super) rotates_at: Field<Time>,
    pub(super) user_id: Field<String>,
}

impl Model for State {
    fn describe(fields: &mut Fields<Self>) {
        Self::describe_arguments(fields);
        describe_key(fields, |m| m);
        fields.computed("rotates_at", |m| &mut m.rotates_at).doc(
            "When the key is due (RFC 3339, UTC): a later plan replaces it. Null without `rotate_after`.",
        );
    }
}

impl State {
    fn describe_arguments(fields: &mut Fields<Self>) {
        fields
            .optional("name", |m| &mut m.name)
            .computed()
            .doc(
                "Name of the key: ASCII letters, digits, `_` and `-`, unique among the keys of its user. Give exactly one \
                 of `name` and `name_prefix`.",
            )
            .check(text(is_name, NAME_SENTENCE))
            .plan(use_state_for_unknown())
            .plan(requires_replace());
        fields
            .optional("name_prefix", |m| &mut m.name_prefix)
            .doc(
                "What the name begins with. The provider adds 25 characters: the time to the millisecond, and eight \
                 at random, so names sort by age. Lets `create_before_destroy` work.",
            )
            .check(text(is_name, NAME_SENTENCE))
            .plan(requires_replace());
        fields
            .optional("enabled", |m| &mut m.enabled)
            .default_to(true)
            .doc("Whether the key can log in. Default: `true`. Changed in place.");
        fields
            .optional("keepers", |m| &mut m.keepers)
            .doc(
                "Arbitrary map of values that, when changed, replaces the key. Null, `{}` and null values all mean \
                 nothing.",
            )
            .plan(requires_replace());
        fields
            .optional("recipients", |m| &mut m.recipients)
            .doc(
                "age recipients for whom the value is encrypted (`age1...`, `ssh-ed25519 ...`, `ssh-rsa ...`): \
                 `encrypted_key` then holds it, and `key` stays null. One that is unknown before the apply is checked \
                 before the new key is made, when the old one may be gone.",
            )
            .plan(requires_replace());
        fields
            .optional("rotate_after", |m| &mut m.rotate_after)
            .doc(
                "Age at which the next plan that refreshes replaces the key, such as `90d`, `36h` or `1h30m`; days have 24 \
                 hours. Changing it touches no key; the first plan after that apply goes by the new age.",
            );
        fields
            .optional("on_destroy", |m| &mut m.on_destroy)
            .default_to(DELETE.to_owned())
            .doc(
                "What a destroy does: `delete`, or `disable`, which leaves the key on the server, disabled, where it \
                 counts against the user's quota. `disable` needs `name_prefix`, since a fixed name could never be used \
                 again. Default: `delete`. Changing it sends no request; apply it before the destroy.",
            )
            .check(text(|text| matches!(text, DELETE | DISABLE), "must be `delete` or `disable`"));
        fields
            .optional("replace_existing", |m| &mut m.replace_existing)
            .default_to(false)
            .doc(
                "Whether a key that has the name already is deleted once the server has said that the name is taken. The \
                 plan warns which key that is. Default: `false`. Meant for a state that was lost; take it out afterwards. Changing it sends no \
                 request.",
            );
        describe_timeouts(fields, |m| m);
    }

    /// The state of a create that was never answered: what the configuration says, the full name, and nothing else.
    pub(super) fn without_key(self, name: String, user_id: String) -> Self {
        Self {
            name: name.into(),
            user_id: user_id.into(),
            id: Field::Null,
            key: Field::Null,
            encrypted_key: Field::Null,
            key_fingerprint: Field::Null,
            created_at: Field::Null,
            rotates_at: Field::Null,
            ..self
        }
    }

    /// The state of a key that was just imported. Its value is not part of what the server shows.
    pub(super) fn imported(key: UserApiKey, user_id: String) -> Self {
        let state = Self {
            on_destroy: DELETE.to_owned(),
            user_id: user_id.into(),
            ..Self::default()
        };
        state.seen(key)
    }

    /// The same state with what the server shows, which is all but the value.
    pub(super) fn seen(self, key: UserApiKey) -> Self {
        let rotates_at = after(key.id.created_at(), self.rotate_after.as_deref());
        Self {
            created_at: created_at(&key.id).into(),
            rotates_at: rotates_at.map_or(Field::Null, |at| Time::from(at).into()),
            id: Id::from(key.id).into(),
            name: key.name.into(),
            enabled: !key.disabled,
            key_fingerprint: match self.key.known() {
                Some(value) => fingerprint(value).into(),
                // With recipients, or after an import, there is no value to make it of.
                None => self.key_fingerprint,
            },
            ..self
        }
    }

    /// The id, unless the create was never answered and no list has shown its name.
    pub(super) fn key_id(&self) -> Option<KeyId> {
        self.id.known().map(|id| KeyId::clone(id))
    }

    /// How messages call the key.
    pub(super) fn label(&self) -> String {
        let name = self.name.known().map_or("", String::as_str);
        match self.id.known() {
            Some(id) => format!("{name} ({id})"),
            None => name.to_owned(),
        }
    }

    /// Whether the create was never answered: the state has the full name, and perhaps an id that a list has shown since.
    pub(super) fn is_unfinished(&self) -> bool {
        let nothing_of_a_key = self.key.known().is_none() && self.key_fingerprint.known().is_none();
        nothing_of_a_key && self.created_at.known().is_none()
    }

    /// Whether destroying the resource leaves the key on the server.
    pub(super) fn is_to_stay(&self) -> bool {
        self.on_destroy == DISABLE
    }

    /// The limit for one kind of operation.
    pub(super) fn limit(&self, of: fn(&Timeouts) -> &Option<Parsed<Duration>>) -> Duration {
        self.timeouts
            .as_ref()
            .and_then(|timeouts| of(timeouts).as_deref())
            .map_or(DEFAULT_TIMEOUT, |limit| *limit)
    }
}

/// What the server shows of a key, or showed when it made the key: of every resource that holds one.
pub(super) fn describe_key<M: Model>(fields: &mut Fields<M>, of: fn(&mut M) -> &mut State) {
    fields
        .computed("id", move |m| &mut of(m).id)
        .doc("Id of the key: 24 hexadecimal digits.")
        .plan(use_state_for_unknown());
    fields
        .computed("key", move |m| &mut of(m).key)
        .sensitive()
        .doc(
            "The value to log in with. The server shows it once, so only the state has it. Null after an import, and \
             with `recipients`.",
        )
        .plan(use_state_for_unknown());
    fields
        .computed("encrypted_key", move |m| &mut of(m).encrypted_key)
        .doc(
            "The value, encrypted for `recipients`: an armored age file, for `age -d`, `rage` or the function \
             `decrypt_key`. Null without `recipients`, and after an import.",
        )
        .plan(use_state_for_unknown());
    fields
        .computed("key_fingerprint", move |m| &mut of(m).key_fingerprint)
        .doc(
            "`SHA256:` and the SHA-256 of the value, in Base64 without padding: tells which value is meant. Null \
             after an import.",
        )
        .plan(use_state_for_unknown());
    fields
        .computed("created_at", move |m| &mut of(m).created_at)
        .doc("When the key was created (RFC 3339, UTC).")
        .plan(use_state_for_unknown());
    fields
        .computed("user_id", move |m| &mut of(m).user_id)
        .doc("Id of the key's user.")
        .plan(use_state_for_unknown());
}

/// How long operations on a key may take.
pub(super) fn describe_timeouts<M: Model>(fields: &mut Fields<M>, of: fn(&mut M) -> &mut State) {
    fields
        .optional("timeouts", move |m| &mut of(m).timeouts)
        .doc(
            "Limit for each operation, retries and waits included, such as `30s` or `5m`. Changing it sends no request.",
        );
}

/// The documented form, which is also that of SSH.
pub(super) fn fingerprint(key: &SecretString) -> String {
    let hash = Sha256::digest(key.expose_secret().as_bytes());
    format!("SHA256:{}", STANDARD_NO_PAD.encode(hash))
}

/// How long operations may take.
#[derive(Default)]
pub(super) struct Timeouts {
    pub(super) create: Option<Parsed<Duration>>,
    pub(super) read: Option<Parsed<Duration>>,
    pub(super) update: Option<Parsed<Duration>>,
    pub(super) delete: Option<Parsed<Duration>>,
}

impl Model for Timeouts {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .optional("create", |m| &mut m.create)
            .doc("Creating the key, and waiting until it shows. Default: `2m`.");
        fields
            .optional("read", |m| &mut m.read)
            .doc("Reading the key. Default: `2m`.");
        fields
            .optional("update", |m| &mut m.update)
            .doc("Changing the key, and waiting until that shows. Default: `2m`.");
        fields
            .optional("delete", |m| &mut m.delete)
            .doc("Destroying the key, and waiting until that shows. Default: `2m`.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fingerprint_is_that_of_the_value() {
        assert_eq!(
            fingerprint(&SecretString::from("abc")),
            "SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0"
        );
    }

    #[test]
    fn limits_are_two_minutes_unless_told() {
        let mut state = State::default();
        assert_eq!(state.limit(|t| &t.create), DEFAULT_TIMEOUT);
        state.timeouts = Some(Timeouts {
            create: Parsed::parse("1m30s"),
            ..Timeouts::default()
        });
        assert_eq!(state.limit(|t| &t.create), Duration::from_secs(90));
        assert_eq!(state.limit(|t| &t.delete), DEFAULT_TIMEOUT);
    }
}
