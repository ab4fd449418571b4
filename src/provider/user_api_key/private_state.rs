use std::ops::Not;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::appservices::KeyId;
use crate::tf_provider::{Context, Diagnostic};

/// What this release writes. A higher number comes from a newer one.
const VERSION: u32 = 1;

/// What is kept beside the state of a key, where Terraform does not show it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and any may go with any"
)]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PrivateState {
    version: u32,
    /// The app of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) app_id: Option<String>,
    /// The key itself: the replacement that is planned from here does not conflict with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    /// The last read found the key past its age.
    #[serde(skip_serializing_if = "Not::not")]
    pub(super) rotation_due: bool,
    /// The last read found the previous key past its time.
    #[serde(skip_serializing_if = "Not::not")]
    pub(super) retirement_due: bool,
    /// The last read found the current key gone, and the previous one not.
    #[serde(skip_serializing_if = "Not::not")]
    pub(super) current_gone: bool,
    /// From an import to the next update: what only a configuration can say is not known yet.
    #[serde(skip_serializing_if = "Not::not")]
    pub(super) imported: bool,
    /// No list has shown the key since its creation.
    #[serde(skip_serializing_if = "Not::not")]
    pub(super) unseen: bool,
    /// Entries of other releases, which stay as they are.
    #[serde(flatten)]
    other: Map<String, Json>,
}

/// Reads what is kept. What cannot be read counts as not there; [`repair`] tells of it.
pub(super) fn read<C>(cx: &Context<C>) -> PrivateState {
    parse(cx).0
}

/// Changes what is kept.
pub(super) fn change<C>(cx: &Context<C>, with: impl FnOnce(&mut PrivateState)) {
    let before = read(cx);
    let mut after = before.clone();
    with(&mut after);
    if after != before {
        write(cx, after);
    }
}

/// Keeps which key the state is of.
pub(super) fn note_id<C>(cx: &Context<C>, id: &KeyId) {
    change(cx, |kept| kept.id = Some(id.to_string()));
}

/// Warns of what cannot be read, and keeps the rest.
pub(super) fn repair<C>(cx: &Context<C>, label: &str) {
    let (kept, junk) = parse(cx);
    if junk.is_empty() {
        return;
    }
    write(cx, kept);
    cx.warn(Diagnostic::warning(format!("Unreadable private data of the user API key {label}")).detail(format!(
        "Beside the state of the key, the provider keeps notes in the state file. It cannot read {} and goes on without. \
         The key and its value are not affected. An edited state file and a newer release of the provider are usual causes.",
        junk.join(", ")
    )));
}

fn write<C>(cx: &Context<C>, mut kept: PrivateState) {
    kept.version = kept.version.max(VERSION);
    cx.set_private_as(&kept);
}

/// What can be read, and the names of what cannot.
fn parse<C>(cx: &Context<C>) -> (PrivateState, Vec<String>) {
    if let Some(kept) = cx.private_as() {
        return (kept, Vec::new());
    }
    let Some(entries) = cx.private_as::<Map<_, _>>() else {
        // The key may be one that no list has shown: it must not be taken for deleted.
        let cautious = PrivateState {
            unseen: true,
            ..PrivateState::default()
        };
        return (cautious, vec!["them".to_owned()]);
    };
    let mut junk = Vec::new();
    let mut sound = Map::new();
    for (name, value) in entries {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        if serde_json::from_value::<PrivateState>(Json::Object(alone)).is_ok() {
            sound.insert(name, value);
        } else {
            junk.push(format!("`{name}`"));
        }
    }
    let mut kept: PrivateState =
        serde_json::from_value(Json::Object(sound)).expect("each entry was read alone");
    kept.unseen |= junk.iter().any(|name| name == "`unseen`");
    (kept, junk)
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;

    fn context(bytes: &[u8]) -> Context<()> {
        Context::new((), CancellationToken::new(), bytes.to_vec())
    }

    fn kept(cx: Context<()>) -> Vec<u8> {
        cx.into_parts().1
    }

    #[test]
    fn what_is_changed_is_read_again_and_has_a_version() {
        let cx = context(br#"{"new":[1.50]}"#);
        change(&cx, |kept| kept.app_id = Some("myapp-abcde".to_owned()));
        change(&cx, |kept| kept.rotation_due = true);
        change(&cx, |kept| kept.rotation_due = false);
        let bytes = kept(cx);
        assert_eq!(
            String::from_utf8_lossy(&bytes),
            r#"{"version":1,"app_id":"myapp-abcde","new":[1.50]}"#
        );
        assert_eq!(
            read(&context(&bytes)).app_id.as_deref(),
            Some("myapp-abcde")
        );
    }

    #[test]
    fn what_does_not_change_goes_back_as_it_came() {
        let bytes = br#"{ "imported" : true }"#;
        let cx = context(bytes);
        change(&cx, |kept| kept.imported = true);
        assert_eq!(kept(cx), bytes);
    }

    #[test]
    fn junk_costs_nothing_but_itself_and_entries_of_others_stay() {
        for (bytes, app_id, unseen, warns) in [
            (
                &br#"{"app_id":"a","unseen":true}"#[..],
                Some("a"),
                true,
                false,
            ),
            (
                br#"{"version":1,"app_id":"a","new":[1]}"#,
                Some("a"),
                false,
                false,
            ),
            (br#"{"app_id":5,"unseen":true}"#, None, true, true),
            (br#"{"app_id":"a","unseen":"maybe"}"#, Some("a"), true, true),
            (br#"{"version":"two","app_id":"a"}"#, Some("a"), false, true),
            (b"\xff\x00", None, true, true),
            (b"[1]", None, true, true),
            (b"", None, false, false),
        ] {
            let cx = context(bytes);
            repair(&cx, "ci");
            let found = read(&cx);
            let text = String::from_utf8_lossy(bytes);
            assert_eq!(
                (found.app_id.as_deref(), found.unseen),
                (app_id, unseen),
                "{text}"
            );
            let (warnings, private) = cx.into_parts();
            assert_eq!(warnings.len(), usize::from(warns), "{text}");
            let again = context(&private);
            repair(&again, "ci");
            assert_eq!(read(&again).app_id, found.app_id, "{text}");
            assert!(again.into_parts().0.is_empty(), "one warning: {text}");
            assert_eq!(
                text.contains("new"),
                String::from_utf8_lossy(&private).contains("new")
            );
        }
    }
}
