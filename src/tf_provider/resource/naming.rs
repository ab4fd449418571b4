//! What an author need not write: the identity of a state and the state of an import, by attributes of the same names.

use super::super::block::Block;
use super::super::diagnostics::{Diagnostic, Result};
use super::super::schema::{Presence, Schema};
use super::super::value::{Object, Type, Value};
use super::{Resource, Target};

/// The identity that the state's attributes of the same names make, once all that it needs are there.
pub(super) fn identity(state: &Object, identity: &Schema) -> Option<Object> {
    let mut named = Object::default();
    for spec in &identity.attributes {
        let value = state.value(spec.name);
        if value.is_unknown() || value.is_null() && spec.presence == Presence::Required {
            return None;
        }
        named.set(spec.name, value.clone());
    }
    Some(named)
}

/// Whether the state has every attribute of the identity.
pub(super) fn covers(state: &Schema, identity: &Schema) -> bool {
    identity.attributes.iter().all(|named| {
        let mut attributes = state.attributes.iter();
        attributes.any(|own| own.name == named.name && own.shape.ty() == named.shape.ty())
    })
}

/// The state that holds what the import names, and defaults. A text names an object whose identity is one text.
///
/// # Errors
///
/// When the state lacks an attribute of the identity, or a text is not enough.
pub(super) fn import<R: Resource + ?Sized>(target: Target<R::Identity>) -> Result<R::Model> {
    let (block, identity) = (Block::<R::Model>::new(""), Block::<R::Identity>::new(""));
    let attributes = &identity.schema.attributes;
    if attributes.is_empty() || !covers(&block.schema, &identity.schema) {
        return Err(refusal::<R>("do not support import."));
    }
    let mut state = match target {
        Target::Identity(names) => identity.encode(names),
        Target::Id(id) => match &attributes[..] {
            [only] if only.shape.ty() == Type::String => {
                let mut state = Object::default();
                state.set(only.name, Value::String(id));
                state
            }
            _ => {
                let names = attributes.iter().map(|spec| format!("`{}`", spec.name));
                let names = names.collect::<Vec<_>>().join(", ");
                return Err(refusal::<R>(&format!(
                    "are imported by their identity ({names}), in an `import` block, and not by an id."
                )));
            }
        },
    };
    block.schema.fill_defaults(&mut state);
    block.decode(state)
}

fn refusal<R: Resource + ?Sized>(they: &str) -> super::super::Diagnostics {
    Diagnostic::error("This resource cannot be imported")
        .detail(format!("Resources of the type `{}` {they}", R::NAME))
        .into()
}

#[cfg(test)]
mod tests {
    use super::super::super::{Change, Context, Field, Fields, Model, Partial};
    use super::*;

    #[derive(Default, Debug)]
    struct State {
        zone: String,
        id: Field<String>,
        keep: bool,
    }

    impl Model for State {
        fn describe(fields: &mut Fields<Self>) {
            fields.required("zone", |m| &mut m.zone);
            fields.computed("id", |m| &mut m.id);
            fields.optional("keep", |m| &mut m.keep).default_to(true);
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

    struct Volume;

    impl Resource for Volume {
        const NAME: &'static str = "volume";
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
    }

    #[test]
    fn an_identity_is_there_once_every_attribute_is_known() {
        let (block, other) = (Block::<State>::new(""), Block::<Identity>::new(""));
        assert!(covers(&block.schema, &other.schema));
        assert!(!covers(&other.schema, &block.schema));
        for (id, known) in [
            (Field::Unknown, false),
            (Field::Null, false),
            (Field::Known("1".to_owned()), true),
        ] {
            let zone = "a".to_owned();
            let state = block.encode(State {
                zone,
                id,
                keep: true,
            });
            let named = identity(&state, &other.schema);
            assert_eq!(named.is_some(), known);
            if let Some(named) = named {
                assert_eq!(named.value("zone"), &Value::String("a".to_owned()));
                assert_eq!(named.value("keep"), &Value::Null);
            }
        }
    }

    #[test]
    fn an_import_takes_the_names_and_the_defaults() {
        let identity = Identity {
            zone: "a".to_owned(),
            id: "1".to_owned(),
        };
        let state = import::<Volume>(Target::Identity(identity)).unwrap();
        assert_eq!(state.zone, "a");
        assert_eq!(state.id, Field::Known("1".to_owned()));
        assert!(state.keep);
    }

    #[test]
    fn one_text_does_not_name_what_needs_two() {
        let refused = import::<Volume>(Target::Id("1".to_owned())).unwrap_err();
        let [diagnostic] = &refused.into_vec()[..] else {
            panic!("one message");
        };
        assert_eq!(
            diagnostic.detail,
            "Resources of the type `volume` are imported by their identity (`zone`, `id`), in an `import` block, and not by \
             an id."
        );
    }
}
