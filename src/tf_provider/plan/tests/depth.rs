//! Defaults and modifiers at every depth: in elements of lists, maps and sets, in objects, and in defaulted ones.

use super::super::super::value::Type;
use super::super::super::{Fields, Form, requires_replace, use_state_for_unknown};
use super::*;

/// An object with what planning tells apart: it has to be told by `name`, `size` cannot change, `id` stays, `mode` has a
/// default.
fn part(fields: &mut Fields<Object>) {
    fields.optional_form("name", Type::String);
    fields
        .optional_form("size", Type::String)
        .plan(requires_replace());
    fields
        .computed_form("id", Type::String)
        .plan(use_state_for_unknown());
    fields
        .optional_form("mode", Type::String)
        .default_to("on".to_owned());
}

/// One part in a form, and what else may change.
fn schema(form: Form, default: Option<Value>) -> Schema {
    let (_, specs) = Fields::<Object>::described_by(|fields| {
        fields.optional_form("note", Type::String);
        let spec = fields.optional_form("part", form);
        if let Some(default) = default {
            spec.default_to(default);
        }
    });
    Schema::new("", specs)
}

fn one(name: &str, size: &str, id: Value, mode: Value) -> Value {
    let attributes = [
        ("name", text(name)),
        ("size", text(size)),
        ("id", id),
        ("mode", mode),
    ];
    Value::Map(attributes.map(|(name, value)| (name.into(), value)).into())
}

fn thing(note: &str, part: Value) -> Object {
    let mut object = Object::default();
    object.set("note", text(note));
    object.set("part", part);
    object
}

/// A way to hold one part, how a value of it is written, and the path of the part's `size`.
type Holder = (fn() -> Form, fn(Value) -> Value, Path);

fn holders() -> [Holder; 4] {
    let part_path = Path::from("part");
    [
        (
            || Form::object(part),
            |part| part,
            part_path.attribute("size"),
        ),
        (
            || Form::list(part),
            |part| Value::List(vec![part]),
            part_path.index(0).attribute("size"),
        ),
        (
            || Form::map(part),
            |part| Value::Map([("k".into(), part)].into()),
            part_path.key("k").attribute("size"),
        ),
        (
            || Form::set(part),
            |part| Value::List(vec![part]),
            part_path,
        ),
    ]
}

#[test]
fn an_id_in_an_element_stays_known_when_something_else_changes() {
    for (form, hold, path) in holders() {
        let prior = thing("a", hold(one("x", "1", text("id"), text("on"))));
        let config = thing("b", hold(one("x", "1", Value::Null, Value::Null)));
        let proposed = thing("b", hold(one("x", "1", text("id"), text("on"))));
        let plan = plan(&schema(form(), None), config, Some(prior.clone()), proposed);
        assert_eq!(plan.planned.value("part"), prior.value("part"), "{path}");
        assert!(plan.requires_replace.is_empty(), "{path}");
    }
}

#[test]
fn a_size_in_an_element_that_changes_replaces_the_object() {
    for (form, hold, path) in holders() {
        let prior = thing("a", hold(one("x", "1", text("id"), text("on"))));
        let config = thing("a", hold(one("x", "2", Value::Null, Value::Null)));
        let plan = plan(&schema(form(), None), config.clone(), Some(prior), config);
        assert_eq!(plan.requires_replace, [path]);
    }
}

#[test]
fn a_part_that_comes_or_goes_is_a_change_of_its_size() {
    for (form, hold, path) in holders() {
        let without = thing("a", Value::Null);
        let applied = thing("a", hold(one("x", "1", text("id"), text("on"))));
        let config = thing("a", hold(one("x", "1", Value::Null, Value::Null)));
        let schema = schema(form(), None);
        let comes = plan(&schema, config.clone(), Some(without.clone()), config);
        assert_eq!(comes.requires_replace, std::slice::from_ref(&path));
        let known = hold(one("x", "1", Value::UNKNOWN, text("on")));
        assert_eq!(*comes.planned.value("part"), known, "a new id is not null");
        let goes = plan(&schema, without.clone(), Some(applied), without);
        assert_eq!(goes.requires_replace, [path]);
    }
}

#[test]
fn a_removed_argument_in_an_element_goes_back_to_its_default() {
    for (form, hold, path) in holders() {
        let prior = thing("a", hold(one("x", "1", text("id"), text("off"))));
        let config = thing("a", hold(one("x", "1", Value::Null, Value::Null)));
        let plan = plan(&schema(form(), None), config, Some(prior.clone()), prior);
        let part = hold(one("x", "1", text("id"), text("on")));
        assert_eq!(*plan.planned.value("part"), part, "{path}");
    }
}

#[test]
fn a_defaulted_part_changes_nothing_after_one_apply() {
    for (form, hold, path) in holders() {
        let schema = schema(form(), Some(hold(one("x", "1", Value::Null, text("on")))));
        let config = thing("a", Value::Null);
        let made = plan(&schema, config.clone(), None, config.clone());
        let part = hold(one("x", "1", Value::UNKNOWN, text("on")));
        assert_eq!(*made.planned.value("part"), part, "{path}");
        let applied = thing("a", hold(one("x", "1", text("id"), text("on"))));
        let again = plan(
            &schema,
            config.clone(),
            Some(applied.clone()),
            applied.clone(),
        );
        assert_eq!(again.prior, Some(again.planned), "{path}");
        let grown = thing("a", hold(one("x", "2", text("id"), text("on"))));
        let changed = plan(&schema, config, Some(grown.clone()), grown);
        assert_eq!(changed.requires_replace, [path]);
    }
}

#[test]
fn elements_of_a_set_are_told_apart_by_what_they_say() {
    let set = |parts: [Value; 2]| Value::List(parts.into());
    let [a, b] = ["a", "b"].map(|name| one(name, name, text(name), text("on")));
    let [configured_a, configured_b] =
        ["a", "b"].map(|name| one(name, name, Value::Null, Value::Null));
    let prior = thing("old", set([a.clone(), b.clone()]));
    let config = thing("new", set([configured_b, configured_a]));
    let proposed = thing("new", set([b.clone(), a.clone()]));
    let schema = schema(Form::set(part), None);
    let plan = plan(&schema, config, Some(prior), proposed);
    assert_eq!(*plan.planned.value("part"), set([a, b]));
    assert!(plan.requires_replace.is_empty());
}

#[test]
fn an_element_that_says_nothing_belongs_to_the_one_that_said_nothing() {
    let set = |parts: [Value; 2]| Value::List(parts.into());
    let nameless = |id| {
        let part = one("", "", id, text("on"));
        let Value::Map(mut attributes) = part else {
            unreachable!("an object")
        };
        attributes.extend(["name", "size"].map(|name| (name.into(), Value::Null)));
        Value::Map(attributes)
    };
    let other = one("x", "1", text("other"), text("on"));
    let fresh = one("y", "2", Value::Null, text("off"));
    let prior = thing("old", set([other, nameless(text("own"))]));
    let config = thing("new", set([nameless(Value::Null), fresh.clone()]));
    let schema = schema(Form::set(part), None);
    let plan = plan(&schema, config.clone(), Some(prior), config);
    let Value::List(planned) = plan.planned.value("part") else {
        panic!("a set")
    };
    assert_eq!(planned[0], nameless(text("own")));
}

#[test]
fn an_element_that_says_less_keeps_what_was_its_own_when_another_resembles_it() {
    let (_, specs) = Fields::<Object>::described_by(|fields| {
        fields.optional_form(
            "part",
            Form::set(|fields| {
                fields
                    .optional_form("id", Type::String)
                    .computed()
                    .plan(use_state_for_unknown());
                fields.optional_form("label", Type::String);
            }),
        );
    });
    let element = |id, label| Value::Map([("id".into(), id), ("label".into(), label)].into());
    let set = |elements: &[Value]| {
        let mut object = Object::default();
        object.set("part", Value::List(elements.to_vec()));
        object
    };
    let own = element(text("1"), Value::Null);
    let other = element(text("1"), text("new"));
    let config = set(&[element(Value::Null, Value::Null), other.clone()]);
    let proposed = set(&[own.clone(), other.clone()]);
    let plan = plan(
        &Schema::new("", specs),
        config,
        Some(set(std::slice::from_ref(&own))),
        proposed,
    );
    assert_eq!(plan.planned, set(&[own, other]));
}
