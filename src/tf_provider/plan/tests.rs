//! Plans of random schemas and configurations, held against the rules of the protocol. `depth` has nested attributes.

mod depth;
mod equal;

use proptest::prelude::*;

use super::super::{Field, Fields, Model, requires_replace, use_state_for_unknown};
use super::*;

/// A model with one attribute of every kind that planning tells apart.
#[derive(Default)]
struct Thing {
    name: String,
    note: Option<String>,
    enabled: bool,
    id: Field<String>,
    version: Field<String>,
    limits: Option<Limits>,
}

impl Model for Thing {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .required("name", |m| &mut m.name)
            .plan(requires_replace());
        fields.optional("note", |m| &mut m.note);
        fields
            .optional("enabled", |m| &mut m.enabled)
            .default_to(true);
        fields
            .computed("id", |m| &mut m.id)
            .plan(use_state_for_unknown());
        fields.computed("version", |m| &mut m.version);
        fields.optional("limits", |m| &mut m.limits);
    }
}

#[derive(Default)]
struct Limits {
    most: i64,
    used: Field<String>,
}

impl Model for Limits {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .optional("most", |m| &mut m.most)
            .default_to(20_i64)
            .plan(requires_replace());
        fields
            .computed("used", |m| &mut m.used)
            .plan(use_state_for_unknown());
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn object(attributes: &[(&'static str, Value)]) -> Object {
    let mut object = Object::default();
    for name in ["name", "note", "enabled", "id", "version", "limits"] {
        object.set(name, Value::Null);
    }
    for (name, value) in attributes {
        object.set(*name, value.clone());
    }
    object
}

/// What core proposes: the configuration, with prior values where it is null and the attribute is computed.
fn proposed(config: &Object, prior: Option<&Object>) -> Object {
    let mut proposed = config.clone();
    for name in ["enabled", "id", "version"] {
        if let Some(prior) = prior
            && config.value(name).is_null()
        {
            proposed.set(name, prior.value(name).clone());
        }
    }
    proposed
}

fn planned(config: &Object, prior: Option<&Object>) -> Plan {
    plan(
        &Schema::of::<Thing>(""),
        config.clone(),
        prior.cloned(),
        proposed(config, prior),
    )
}

fn applied() -> Object {
    object(&[
        ("name", text("a")),
        ("enabled", Value::Bool(true)),
        ("id", text("1")),
        ("version", text("v1")),
    ])
}

#[test]
fn a_create_knows_what_is_configured_and_defaulted_and_nothing_else() {
    let plan = planned(&object(&[("name", text("a"))]), None);
    let expected = object(&[
        ("name", text("a")),
        ("enabled", Value::Bool(true)),
        ("id", Value::UNKNOWN),
        ("version", Value::UNKNOWN),
    ]);
    assert_eq!(plan.planned, expected);
    assert!(plan.requires_replace.is_empty());
}

#[test]
fn no_change_plans_no_change() {
    let plan = planned(&object(&[("name", text("a"))]), Some(&applied()));
    assert_eq!(plan.prior, Some(plan.planned));
}

#[test]
fn an_update_keeps_what_it_cannot_touch() {
    let plan = planned(
        &object(&[("name", text("a")), ("enabled", Value::Bool(false))]),
        Some(&applied()),
    );
    assert_eq!(*plan.planned.value("id"), text("1"));
    assert!(plan.planned.value("version").is_unknown());
    assert!(plan.requires_replace.is_empty());
}

#[test]
fn a_removed_argument_goes_back_to_its_default() {
    let mut prior = applied();
    prior.set("enabled", Value::Bool(false));
    let plan = planned(&object(&[("name", text("a"))]), Some(&prior));
    assert_eq!(*plan.planned.value("enabled"), Value::Bool(true));
}

#[test]
fn an_unlearnt_value_stays_null_through_updates() {
    let mut prior = applied();
    prior.set("id", Value::Null);
    let plan = planned(
        &object(&[("name", text("a")), ("note", text("n"))]),
        Some(&prior),
    );
    assert_eq!(*plan.planned.value("id"), Value::Null);
}

#[test]
fn an_immutable_attribute_asks_for_replacement() {
    let plan = planned(&object(&[("name", text("b"))]), Some(&applied()));
    assert_eq!(plan.requires_replace, [Path::from("name")]);
}

#[test]
fn an_unknown_configuration_stays_unknown() {
    let plan = planned(
        &object(&[("name", Value::UNKNOWN), ("enabled", Value::UNKNOWN)]),
        None,
    );
    assert!(plan.planned.value("name").is_unknown());
    assert!(plan.planned.value("enabled").is_unknown());
}

#[test]
fn nested_objects_are_planned_like_the_block_around_them() {
    let limits = |most: Value, used: Value| {
        Value::Map(BTreeMap::from([
            ("most".into(), most),
            ("used".into(), used),
        ]))
    };
    let config = object(&[
        ("name", text("a")),
        ("limits", limits(Value::Null, Value::Null)),
    ]);
    let plan = planned(&config, None);
    assert_eq!(
        *plan.planned.value("limits"),
        limits(Value::Number(20_i64.into()), Value::UNKNOWN)
    );

    let mut prior = applied();
    prior.set("limits", limits(Value::Number(7_i64.into()), text("3")));
    let plan = planned(&config, Some(&prior));
    assert_eq!(
        *plan.planned.value("limits"),
        limits(Value::Number(20_i64.into()), text("3"))
    );
    assert_eq!(
        plan.requires_replace,
        [Path::from("limits").attribute("most")]
    );
}

fn configured(of: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Null), Just(Value::UNKNOWN), of]
}

proptest! {
    /// The protocol's rules for any answer to `PlanResourceChange`.
    #[test]
    fn every_plan_keeps_the_rules(
        name in "[a-c]",
        note in configured("[a-c]".prop_map(Value::String)),
        enabled in configured(any::<bool>().prop_map(Value::Bool)),
        has_prior in any::<bool>(),
        was_enabled in any::<bool>(),
    ) {
        let config = object(&[("name", Value::String(name)), ("note", note), ("enabled", enabled)]);
        let mut prior = applied();
        prior.set("enabled", Value::Bool(was_enabled));
        let prior = has_prior.then_some(prior);
        let plan = planned(&config, prior.as_ref());
        for (attribute, value) in &config.0 {
            let planned = plan.planned.value(attribute);
            if !value.is_null() {
                prop_assert_eq!(planned, value, "configured values survive");
            } else if attribute == "note" || attribute == "limits" {
                prop_assert!(planned.is_null(), "only computed attributes have a value of their own");
            }
        }
        prop_assert_eq!(plan.prior.is_none() && !plan.requires_replace.is_empty(), false, "a create replaces nothing");
        let again = plan_again(&config, prior.as_ref());
        prop_assert_eq!(plan.planned, again, "the same question gets the same answer");
    }
}

fn plan_again(config: &Object, prior: Option<&Object>) -> Object {
    planned(config, prior).planned
}

#[derive(Default)]
struct Group {
    members: Option<super::super::Set<Limits>>,
}

impl Model for Group {
    fn describe(fields: &mut Fields<Self>) {
        fields.optional("members", |m| &mut m.members);
    }
}

fn group(used: Value) -> Object {
    let member = Value::Map(Attributes::from([
        ("most".into(), Value::Number(3_i64.into())),
        ("used".into(), used),
    ]));
    let mut group = Object::default();
    group.set("members", Value::List(vec![member]));
    group
}

#[test]
fn what_is_computed_in_an_element_of_a_set_is_unknown_on_create_and_not_configured() {
    let schema = Schema::of::<Group>("");
    let config = group(Value::Null);
    let planned = plan(&schema, config.clone(), None, config.clone()).planned;
    assert_eq!(planned, group(Value::UNKNOWN));
    let made = group(text("1"));
    let unchanged = plan(&schema, config.clone(), Some(made.clone()), made.clone());
    assert_eq!(unchanged.planned, made);
    assert_eq!(configuration(&schema.attributes, made), config);
}
