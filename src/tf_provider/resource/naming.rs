//! What an author need not write: the identity of a state and the state of an import, by attributes of the same names.

use super::super::block::Block;
use super::super::diagnostics::{Diagnostic, Result};
use super::super::schema::{Presence, Schema};
use super::super::value::{Object, Type, Value};
use super::{Resource, Target};

/// The attributes of the state that have the names of the identity's.
pub(super) fn identity(state: &Object, identity: &Schema) -> Object {
    let mut named = Object::default();
    for spec in &identity.attributes {
        named.set(spec.name, state.value(spec.name).clone());
    }
    named
}

/// Whether an identity names an object: it is wholly known, and has all that an import requires.
pub(crate) fn is_complete(identity: &Object, schema: &Schema) -> bool {
    schema.attributes.iter().all(|spec| {
        let value = identity.value(spec.name);
        let may_be_null = spec.presence != Presence::Required;
        value.is_wholly_known() && (may_be_null || !value.is_null())
    })
}

/// Whether the state has every attribute of the identity.
pub(super) fn covers(state: &Schema, identity: &Schema) -> bool {
    identity.attributes.iter().all(|named| {
        let mut attributes = state.attributes.iter();
        attributes.any(|own| own.name == named.name && own.shape.ty() == named.shape.ty())
    })
}

/// The state that holds what the import names, and defaults. A text names an object whose identity is one text. All else
/// is for the read that follows.
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
    block.decode_part(state)
}

fn refusal<R: Resource + ?Sized>(they: &str) -> super::super::Diagnostics {
    Diagnostic::error("This resource cannot be imported")
        .detail(format!("Resources of the type `{}` {they}", R::NAME))
        .into()
}
