//! What is refused of types and modifiers.

use super::*;

#[test]
fn types_have_room_for_what_will_come() {
    refused([
        (
            &all_but(Output),
            without_null(spec("a", Optional)),
            "`a` may be null",
        ),
        (
            &[DataSource, EphemeralResource],
            without_null(spec("a", Computed)),
            "`a` may be null",
        ),
        (
            &[Resource],
            without_null(spec("a", Computed)),
            "`a` is computed, so that a plan does not know it",
        ),
        (
            &[Resource],
            without_unknown(spec("a", OptionalComputed)),
            "`a` is computed, so that a plan does not know it",
        ),
        (
            &[Resource],
            inside(Nesting::Set, Optional, without_unknown(spec("b", Computed))),
            "`a[*].b` is computed, so that",
        ),
    ]);
}

#[test]
fn types_that_have_no_place_there() {
    refused([
        (
            &[Identity],
            typed(Type::Map(Type::String.into())),
            "`a` is of a type that no identity has",
        ),
        (
            &[Identity],
            typed(Type::Set(Type::String.into())),
            "`a` is of a type that no identity has",
        ),
        (
            &[Identity],
            typed(Type::Dynamic),
            "`a` is of a type that no identity has",
        ),
        (
            &[Identity],
            typed(list(list(Type::String))),
            "`a` is of a type that no identity has",
        ),
        (
            &[Identity],
            inside(Nesting::Single, Required, spec("b", Required)),
            "`a` is of a type that no identity has",
        ),
        (
            &[Resource, Provider, Parameters, Output],
            typed(list(Type::Dynamic)),
            "`a` is a collection of dynamic values",
        ),
        (
            &[Resource, Action],
            typed(Type::Tuple(vec![list(Type::Dynamic)])),
            "`a` is a collection of dynamic values",
        ),
        (
            &[Resource],
            inside(
                Nesting::Set,
                Optional,
                Spec::new("b", Shape::Plain(Type::Dynamic), Optional),
            ),
            "`a[*].b` is dynamic inside a set",
        ),
        (
            &[Resource],
            flattened(
                Optional,
                Spec::new("b", Shape::Plain(Type::Dynamic), Required),
            ),
            "`a` is a collection of dynamic values",
        ),
    ]);
}

#[test]
fn modifiers_that_would_do_nothing_or_too_much() {
    refused([
        (
            &all_but(Resource),
            with(spec("a", Required), |a| a.plan(requires_replace())),
            "`a` has a plan modifier, and only resources are planned",
        ),
        (
            &[Resource],
            flattened(
                Optional,
                with(spec("b", Required), |b| b.plan(requires_replace())),
            ),
            "`a[*][*].b` has a plan modifier inside a collection of collections",
        ),
        (
            &[Resource],
            inside(
                Nesting::Single,
                Computed,
                with(spec("b", Optional), |b| b.plan(requires_replace())),
            ),
            "`a.b` has a plan modifier inside of what only the provider sets",
        ),
        (
            &[Resource],
            with(spec("a", Optional), |a| a.plan(use_state_for_unknown())),
            "`a` uses the state for unknown, and is never unknown",
        ),
        (
            &[Resource],
            with(spec("a", Optional), |a| {
                a.default_to("x".to_owned()).plan(use_state_for_unknown())
            }),
            "`a` uses the state for unknown, and is never unknown",
        ),
        (
            &[Resource],
            with(spec("a", Computed), |a| a.plan(requires_replace())),
            "`a` requires replacement and becomes unknown with every update",
        ),
    ]);
}
