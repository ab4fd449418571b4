//! Schemas that say all that can be honoured, and nothing more.

use std::collections::BTreeMap;

use super::super::super::super::modifiers::{requires_replace, use_state_for_unknown};
use super::super::super::super::validators::whole_number;
use super::super::super::super::{Field, Fields, Model, Set, Value};
use super::*;

#[derive(Default)]
struct Part {
    name: String,
    note: Option<String>,
    secret: Field<String>,
    size: Field<i64>,
    any: Value,
}

impl Model for Part {
    fn describe(fields: &mut Fields<Self>) {
        let name = fields.required("name", |m| &mut m.name);
        only_text(name).plan(requires_replace());
        fields.optional("note", |m| &mut m.note);
        let secret = fields.optional("secret", |m| &mut m.secret).computed();
        secret.sensitive().plan(use_state_for_unknown());
        let size = fields.optional("size", |m| &mut m.size);
        size.default_to(1_i64)
            .check(whole_number(0..=9, "must be 0 to 9"));
        fields.optional("any", |m| &mut m.any);
    }
}

#[derive(Default)]
struct Element {
    name: String,
    note: Option<String>,
}

impl Model for Element {
    fn describe(fields: &mut Fields<Self>) {
        fields.required("name", |m| &mut m.name);
        fields.required("note", |m| &mut m.note);
    }
}

/// Every flag, at every depth at which it can be honoured.
#[derive(Default)]
struct Whole {
    part: Option<Part>,
    parts: Option<Vec<Part>>,
    named: Option<BTreeMap<String, Part>>,
    several: Option<Set<Element>>,
    lists: Option<Vec<Vec<Element>>>,
    results: Field<Vec<Vec<Element>>>,
    count_of: Field<i64>,
}

impl Model for Whole {
    fn describe(fields: &mut Fields<Self>) {
        fields.optional("part", |m| &mut m.part).sensitive();
        fields.optional("parts", |m| &mut m.parts);
        fields.optional("named", |m| &mut m.named);
        fields.optional("several", |m| &mut m.several);
        fields.optional("lists", |m| &mut m.lists).sensitive();
        fields.computed("results", |m| &mut m.results);
        fields.computed("count_of", |m| &mut m.count_of);
    }
}

#[test]
fn what_can_be_honoured_is_taken() {
    assert_eq!(Schema::of::<Whole>("").check(Resource), [""; 0]);
    for kind in [Provider, DataSource, Action, ListResource] {
        let schema = Schema::of::<Element>("");
        assert_eq!(schema.check(kind), [""; 0], "{kind:?}");
    }
    let attributes = |presence| vec![spec("id", presence)];
    for (kind, presence) in [
        (Identity, Required),
        (Identity, Optional),
        (Parameters, Required),
        (Parameters, Optional),
        (Output, Computed),
        (Output, Required),
    ] {
        assert_eq!(Schema::new("", attributes(presence)).check(kind), [""; 0]);
    }
    for kind in [Action, ListResource, Identity, Parameters] {
        let reserved = vec![spec("count", Required), spec("version", Required)];
        assert_eq!(Schema::new("", reserved).check(kind), [""; 0], "{kind:?}");
    }
    assert_eq!(
        Schema::new("", vec![spec("toUpper-1", Required)]).check(Parameters),
        [""; 0]
    );
}
