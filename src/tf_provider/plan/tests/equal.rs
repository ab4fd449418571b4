//! Elements of sets that become equal once a default is filled in.

use super::super::super::value::Type;
use super::super::super::{Fields, Form};
use super::*;

fn member(fields: &mut Fields<Object>) {
    fields
        .optional_form("mode", Type::String)
        .default_to("on".to_owned());
}

fn group(fields: &mut Fields<Object>) {
    fields.optional_form("members", Form::set(member));
}

fn schema(form: Form) -> Schema {
    let (_, specs) = Fields::<Object>::described_by(|fields| {
        fields.optional_form("members", form);
        fields.computed_form("id", Type::String);
    });
    Schema::new("", specs)
}

fn map(name: &'static str, value: Value) -> Value {
    Value::Map([(name.into(), value)].into())
}

/// One member of each mode.
fn members(modes: &[Option<&str>]) -> Value {
    let mode = |mode: Option<&str>| map("mode", mode.map_or(Value::Null, text));
    Value::List(modes.iter().copied().map(mode).collect())
}

fn thing(members: Value, id: Value) -> Object {
    let mut object = Object::default();
    object.set("members", members);
    object.set("id", id);
    object
}

#[test]
fn equal_elements_are_refused_where_core_counts_them() {
    let twins = members(&[Some("on"), None]);
    let in_list = Value::List(vec![map("members", twins.clone())]);
    for (form, value, at) in [
        (Form::set(member), twins, "members"),
        (Form::list(group), in_list, "members[0].members"),
    ] {
        let config = thing(value, Value::Null);
        let plan = plan(&schema(form), config.clone(), None, config);
        let refused = merges_nothing(&plan).unwrap_err().into_vec();
        assert_eq!(refused[0].summary, format!("Equal elements in `{at}`"));
    }
}

#[test]
fn equal_elements_inside_of_a_set_are_one_and_no_change() {
    let in_set = |modes| Value::List(vec![map("members", members(modes))]);
    let schema = schema(Form::set(group));
    let config = thing(in_set(&[Some("on"), None]), Value::Null);
    let create = plan(&schema, config.clone(), None, config.clone());
    assert!(merges_nothing(&create).is_ok());
    let applied = thing(in_set(&[Some("on")]), text("made"));
    let proposed = thing(in_set(&[Some("on"), None]), text("made"));
    let again = plan(&schema, config, Some(applied), proposed);
    assert_eq!(again.prior.as_ref(), Some(&again.planned), "{again:?}");
}
