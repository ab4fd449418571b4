//! Wrong schemas, and what is said of them.

mod honoured;
mod types;

use super::super::super::Field;
use super::super::super::modifiers::{requires_replace, use_state_for_unknown};
use super::super::super::validators::{text, whole_number};
use super::super::{Nesting, Presence, Schema, Shape, Spec};
use super::*;

use Kind::{
    Action, DataSource, EphemeralResource, Identity, ListResource, Output, Parameters, Provider,
    Resource,
};
use Presence::{Computed, Optional, OptionalComputed, Required};

const EVERY: [Kind; 9] = [
    Provider,
    Resource,
    Identity,
    DataSource,
    EphemeralResource,
    ListResource,
    Action,
    Parameters,
    Output,
];

fn all_but(kind: Kind) -> Vec<Kind> {
    EVERY.into_iter().filter(|one| *one != kind).collect()
}

fn spec(name: &'static str, presence: Presence) -> Spec {
    Spec::new(name, Shape::Plain(Type::String), presence)
}

fn typed(ty: Type) -> Spec {
    Spec::new("a", Shape::Plain(ty), Optional)
}

fn with(mut spec: Spec, say: impl FnOnce(&mut Spec) -> &mut Spec) -> Spec {
    say(&mut spec);
    spec
}

/// The attribute `b` inside of `a`.
fn inside(nesting: Nesting, outer: Presence, inner: Spec) -> Spec {
    Spec::new("a", Shape::Nested(nesting, vec![inner]), outer)
}

/// The attribute `b` inside of `a`, a list of lists.
fn flattened(outer: Presence, inner: Spec) -> Spec {
    let shape = Shape::Nested(Nesting::List, vec![inner]);
    Spec::new("a", shape.collection_of(Nesting::List, Type::List), outer)
}

fn list(element: Type) -> Type {
    Type::List(element.into())
}

fn only_text(spec: &mut Spec) -> &mut Spec {
    spec.check(text(|_| true, "must be text"))
}

fn without_null(mut spec: Spec) -> Spec {
    spec.takes_null = false;
    spec
}

fn without_unknown(mut spec: Spec) -> Spec {
    spec.takes_unknown = false;
    spec
}

/// Schemas of one attribute, what they are for, and how the one fault of each begins.
fn refused<const N: usize>(table: [(&[Kind], Spec, &str); N]) {
    for (kinds, spec, expected) in table {
        let schema = Schema::new("", vec![spec]);
        for kind in kinds {
            let found = schema.check(*kind);
            let of_it = found.iter().filter(|fault| fault.starts_with(expected));
            assert_eq!(of_it.count(), 1, "{kind:?}: {expected:?} in {found:#?}");
        }
    }
}

#[test]
fn names_that_terraform_cannot_read_or_keeps() {
    refused([
        (&EVERY, spec("", Required), "`` is no name"),
        (&EVERY, spec("1a", Required), "`1a` is no name"),
        (&[Resource, Action], spec("Ab", Required), "`Ab` is no name"),
        (
            &[Resource, Identity],
            spec("a-b", Required),
            "`a-b` is no name",
        ),
        (&[Resource], spec("_", Required), "`_` is no name"),
        (
            &[Resource],
            inside(Nesting::Map, Optional, spec("ä", Required)),
            "`a[*].ä` is no name",
        ),
        (
            &[Provider],
            spec("version", Optional),
            "`version` is a name that Terraform keeps",
        ),
        (
            &[Provider],
            spec("alias", Optional),
            "`alias` is a name that Terraform keeps",
        ),
        (
            &[Resource, DataSource, EphemeralResource],
            spec("count", Optional),
            "`count` is a name that Terraform keeps",
        ),
        (
            &[Resource],
            spec("provisioner", Optional),
            "`provisioner` is a name that Terraform keeps",
        ),
    ]);
}

#[test]
fn who_sets_a_value_must_not_be_contradicted() {
    refused([
        (
            &EVERY,
            with(spec("a", Required), Spec::computed),
            "`a` is required and computed",
        ),
        (
            &EVERY,
            with(spec("a", Computed), Spec::computed),
            "`a` is computed twice",
        ),
        (
            &EVERY,
            with(spec("a", Required), |a| a.default_to("x".to_owned())),
            "`a` is required and has a default",
        ),
        (
            &EVERY,
            with(spec("a", Computed), |a| a.default_to("x".to_owned())),
            "`a` has a default that no configuration",
        ),
        (
            &[Provider, ListResource, Action, Identity, Parameters],
            spec("a", Computed),
            "`a` is computed, where the provider answers nothing",
        ),
        (
            &[Provider, ListResource, Action, Identity, Parameters],
            spec("a", OptionalComputed),
            "`a` is computed, where",
        ),
        (
            &[Action, Provider],
            inside(Nesting::Single, Optional, spec("b", Computed)),
            "`a.b` is computed, where",
        ),
        (
            &[Resource, DataSource, Action],
            flattened(Required, spec("b", Optional)),
            "`a[*][*].b` is optional inside a collection of collections",
        ),
    ]);
}

#[test]
fn secrets_that_could_not_be_hidden() {
    refused([
        (
            &[Identity],
            with(spec("a", Required), Spec::sensitive),
            "`a` is sensitive, and an identity is always shown",
        ),
        (
            &[Parameters, Output],
            with(spec("a", Required), Spec::sensitive),
            "`a` is sensitive, which a function cannot say",
        ),
        (
            &[Resource, DataSource, Provider, Action],
            flattened(Optional, with(spec("b", Required), Spec::sensitive)),
            "`a[*][*].b` is sensitive inside a collection of collections",
        ),
    ]);
}

#[test]
fn defaults_that_would_not_apply() {
    refused([
        (
            &[Identity, Parameters, Output],
            with(spec("a", Optional), |a| a.default_to("x".to_owned())),
            "`a` has a default, where nothing is configured",
        ),
        (
            &[Resource, Provider],
            with(spec("a", Optional), |a| a.default_to(1_i64)),
            "`a` has a default of the wrong type: string is required, and this is number",
        ),
        (
            &[Resource, Provider],
            with(typed(list(Type::Bool)), |a| {
                a.default_to(vec!["x".to_owned()])
            }),
            "`a` has a default of the wrong type: bool is required",
        ),
        (
            &[Resource],
            with(spec("a", Optional), |a| a.default_to(None::<String>)),
            "`a` has a default that is no value",
        ),
        (
            &[Resource],
            with(spec("a", Optional), |a| {
                a.default_to(Field::<String>::Unknown)
            }),
            "`a` has a default that is no value",
        ),
        (
            &[Resource, DataSource],
            flattened(
                Optional,
                with(spec("b", Optional), |b| b.default_to("x".to_owned())),
            ),
            "`a[*][*].b` has a default inside a collection of collections",
        ),
        (
            &[Resource, DataSource],
            inside(
                Nesting::List,
                Computed,
                with(spec("b", Optional), |b| b.default_to("x".to_owned())),
            ),
            "`a[*].b` has a default inside of what only the provider sets",
        ),
    ]);
}

#[test]
fn checks_that_would_never_be_made() {
    refused([
        (
            &[Resource, DataSource, Output],
            with(spec("a", Computed), only_text),
            "`a` has a check, and is never configured",
        ),
        (
            &[Resource],
            inside(Nesting::Map, Computed, with(spec("b", Optional), only_text)),
            "`a[*].b` has a check, and is never configured",
        ),
        (
            &[Resource, Action],
            flattened(Optional, with(spec("b", Required), only_text)),
            "`a[*][*].b` has a check inside a collection of collections",
        ),
        (
            &[Resource, Parameters],
            with(typed(list(Type::String)), only_text),
            "`a` has a check of another type than its own, list(string)",
        ),
        (
            &[Resource, Provider],
            with(spec("a", Optional), |a| {
                a.check(whole_number(0..=1, "must be 0 or 1"))
            }),
            "`a` has a check of another type than its own, string",
        ),
    ]);
}

#[test]
fn all_faults_are_found_at_once() {
    let twice = vec![
        spec("a", Required),
        spec("a", Computed),
        spec("B", Computed),
    ];
    let mut schema = Schema::new("", twice);
    schema.version = -1;
    assert_eq!(
        schema.check(Action),
        [
            "has the version -1, which is below zero",
            "`a` is described twice",
            "`a` is computed, where the provider answers nothing",
            "`B` is no name: lower-case letters, digits and `_` are, and no digit comes first",
            "`B` is computed, where the provider answers nothing",
        ]
    );
}
