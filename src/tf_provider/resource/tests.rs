//! What comes for free with a resource, tried on one of a second version.

use serde_json::json;

use super::super::block::Block;
use super::super::{Field, Fields, Value};
use super::*;

#[derive(Default, Debug)]
struct State {
    zone: String,
    id: Field<String>,
    copies: usize,
}

impl Model for State {
    fn describe(fields: &mut Fields<Self>) {
        fields.required("zone", |m| &mut m.zone);
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

    fn upgrade(&self, version: i64, state: Json) -> Result<State> {
        match (version, state["region"].as_str()) {
            (0, Some(region)) => Ok(State {
                zone: region.to_owned(),
                id: Field::Null,
                copies: 3,
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
        let (zone, copies) = ("a".to_owned(), 1);
        let state = block.encode(State { zone, id, copies });
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
}

#[test]
fn one_text_does_not_name_what_needs_two() {
    let refused = naming::import::<Volume>(Target::Id("1".to_owned())).unwrap_err();
    let [diagnostic] = &refused.into_vec()[..] else {
        panic!("one message");
    };
    assert_eq!(
        diagnostic.detail,
        "Resources of the type `volume` are imported by their identity (`zone`, `id`), in an `import` block, and not by an \
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
    let stored = json!({ "zone": "a", "region": "b" });
    let state = volume.upgrade(2, stored).unwrap();
    assert_eq!(state.value("zone"), &string("a"));
    assert_eq!(state.value("copies"), &Value::Number(1_i64.into()));
}
