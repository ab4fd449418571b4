//! What comes for free with a resource, tried on one of a second version.

use serde_json::json;

use super::super::block::Block;
use super::super::{Diagnostics, Field, Fields, Set, Value, text};
use super::*;

#[derive(Default, Debug)]
struct State {
    zone: String,
    owner: String,
    id: Field<String>,
    copies: usize,
    disks: Option<Vec<Disk>>,
    labels: Option<Set<String>>,
}

/// What is new in this version has a default.
#[derive(Default, Debug)]
struct Disk {
    kind: String,
    size: i64,
}

impl Model for Disk {
    fn describe(fields: &mut Fields<Self>) {
        let kind = fields.optional("kind", |m| &mut m.kind);
        kind.default_to("ssd".to_owned())
            .check(text(|kind| kind != "tape", "must not be `tape`"));
        fields.required("size", |m| &mut m.size);
    }
}

impl Model for State {
    fn describe(fields: &mut Fields<Self>) {
        fields.required("zone", |m| &mut m.zone);
        fields.required("owner", |m| &mut m.owner);
        fields.optional("disks", |m| &mut m.disks);
        fields.optional("labels", |m| &mut m.labels);
        fields.computed("id", |m| &mut m.id);
        let copies = fields.optional("copies", |m| &mut m.copies);
        copies.default_to(1_usize);
    }
}

#[derive(Default)]
struct Identity {
    zone: String,
    id: String,
}

impl Model for Identity {
    fn describe(fields: &mut Fields<Self>) {
        fields.required("zone", |m| &mut m.zone);
        fields.required("id", |m| &mut m.id);
    }
}

/// Its first version called the zone `region`.
struct Volume;

impl Resource for Volume {
    const NAME: &'static str = "volume";
    const VERSION: i64 = 2;
    type Client = ();
    type Model = State;
    type Identity = Identity;

    async fn create(&self, _: &Context<()>, plan: State) -> Result<State, Partial<State>> {
        Ok(plan)
    }

    async fn read(&self, _: &Context<()>, state: State) -> Result<Option<State>> {
        Ok(Some(state))
    }

    async fn update(
        &self,
        _: &Context<()>,
        change: Change<State>,
    ) -> Result<State, Partial<State>> {
        Ok(change.plan)
    }

    async fn delete(&self, _: &Context<()>, _: State) -> Result<()> {
        Ok(())
    }

    fn validate(&self, config: &Object) -> Result<()> {
        match config.value("zone") {
            Value::String(zone) if zone == "moon" => {
                Err(Diagnostic::error("No such zone").at("zone").into())
            }
            _ => Ok(()),
        }
    }

    fn upgrade(&self, version: i64, state: Json) -> Result<State> {
        match (version, state["region"].as_str()) {
            (0, Some(region)) => Ok(State {
                zone: region.to_owned(),
                copies: 3,
                ..State::default()
            }),
            _ => Err(Diagnostic::error("Never was").into()),
        }
    }
}

fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

#[test]
fn an_identity_is_there_once_every_attribute_is_known() {
    let (block, other) = (Block::<State>::new(""), Block::<Identity>::new(""));
    assert!(naming::covers(&block.schema, &other.schema));
    assert!(!naming::covers(&other.schema, &block.schema));
    for (id, is_known) in [
        (Field::Unknown, false),
        (Field::Null, false),
        (Field::Known("1".to_owned()), true),
    ] {
        let zone = "a".to_owned();
        let state = block.encode(State {
            zone,
            id,
            ..State::default()
        });
        let identity = naming::identity(&state, &other.schema);
        assert_eq!(naming::is_complete(&identity, &other.schema), is_known);
        assert_eq!(identity.value("zone"), &string("a"));
        assert_eq!(identity.value("copies"), &Value::Null);
    }
}

#[test]
fn an_import_takes_the_names_and_the_defaults() {
    let (zone, id) = ("a".to_owned(), "1".to_owned());
    let state = naming::import::<Volume>(Target::Identity(Identity { zone, id })).unwrap();
    assert_eq!(state.zone, "a");
    assert_eq!(state.id, Field::Known("1".to_owned()));
    assert_eq!(state.copies, 1);
    assert_eq!(state.owner, "", "for the read that follows");
}

#[test]
fn one_text_does_not_name_what_needs_two() {
    let refused = naming::import::<Volume>(Target::Id("1".to_owned())).unwrap_err();
    let [diagnostic] = &refused.into_vec()[..] else {
        panic!("one message");
    };
    assert_eq!(
        diagnostic.detail,
        "Resources of the type `volume` are imported by their identity (`id`, `zone`), in an `import` block, and not by an \
         id."
    );
}

#[test]
fn a_state_of_version_0_goes_through_the_authors_hands() {
    let volume = Erased::new(Volume);
    assert_eq!(volume.schema().version, 2);
    let state = volume.upgrade(0, json!({ "region": "a" })).unwrap();
    assert_eq!(state.value("zone"), &string("a"));
    assert_eq!(state.value("copies"), &Value::Number(3_i64.into()));
    let refused = volume.upgrade(1, json!({ "region": "a" }));
    assert_eq!(refused.unwrap_err().into_vec().len(), 1);
}

#[test]
fn a_state_of_this_version_does_not_and_gets_todays_defaults() {
    let volume = Erased::new(Volume);
    let disks = json!([{ "size": 1 }, { "size": 2, "kind": "hdd" }]);
    let stored = json!({ "zone": "a", "region": "b", "disks": disks });
    let state = volume.upgrade(2, stored).unwrap();
    assert_eq!(state.value("zone"), &string("a"));
    assert_eq!(state.value("copies"), &Value::Number(1_i64.into()));
    assert_eq!(
        state.value("disks").to_json(),
        json!([{ "size": 1, "kind": "ssd" }, { "size": 2, "kind": "hdd" }])
    );
}

/// What `validate` says of a configuration: where, and what.
fn refused(config: Json) -> Vec<(String, String)> {
    let volume = Erased::new(Volume);
    let config = stored(config, volume.schema()).unwrap();
    let found = volume.validate(&config).err();
    let found = found.into_iter().flat_map(Diagnostics::into_vec);
    found
        .map(|one| {
            (
                one.path.to_string(),
                format!("{}: {}", one.summary, one.detail),
            )
        })
        .collect()
}

#[test]
fn a_validation_finds_everything_at_once() {
    let found = refused(json!({
        "zone": "moon", "owner": "me", "labels": ["a", null],
        "disks": [{ "size": 1.5 }, { "size": 1, "kind": "tape" }, null],
    }));
    let expected = [
        (
            "disks[1].kind",
            "Invalid value for `disks[1].kind`: `kind` must not be `tape`. Got \"tape\".",
        ),
        (
            "disks[0].size",
            "Invalid value for `disks[0].size`: What is wrong: a whole number is required.",
        ),
        (
            "labels",
            "Invalid value for `labels`: What is wrong: in an element: a string is required, and this is null.",
        ),
        ("zone", "No such zone: "),
    ];
    let found = found.iter().map(|(at, what)| (at.as_str(), what.as_str()));
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn what_the_authors_type_has_no_room_for_is_refused_while_it_can_be_corrected() {
    for (disks, at) in [
        (json!([{ "size": 1.5 }]), "disks[0].size"),
        (json!([{ "size": 1 }, null]), "disks[1]"),
        (json!([{ "kind": "ssd" }]), "disks[0].size"),
    ] {
        let found = refused(json!({ "zone": "a", "owner": "me", "disks": disks }));
        let [(path, _)] = &found[..] else {
            panic!("one message: {found:?}");
        };
        assert_eq!(path, at);
    }
    assert_eq!(
        refused(json!({ "zone": "a", "owner": "me", "disks": [{ "size": 1 }] })),
        []
    );
    assert_eq!(refused(json!({ "zone": "a", "owner": "me" })), []);
}

#[test]
fn what_is_unknown_may_still_turn_out_to_fit() {
    let volume = Erased::new(Volume);
    let mut config = volume.schema().nothing();
    for name in ["zone", "owner", "disks", "labels", "copies"] {
        config.set(name, Value::UNKNOWN);
    }
    assert_eq!(volume.validate(&config), Ok(()));
}
