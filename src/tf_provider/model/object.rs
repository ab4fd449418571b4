use super::super::schema::{Nesting, Presence, Shape, Spec};
use super::super::value::{Object, Type};
use super::{Fields, Model, Place};

/// The form of an attribute that is described at run time: one type, or attributes of its own.
#[derive(Debug)]
pub struct Form(Shape);

impl From<Type> for Form {
    fn from(ty: Type) -> Self {
        Self(Shape::Plain(ty))
    }
}

impl Form {
    /// A nested object.
    pub fn object(describe: impl FnOnce(&mut Fields<Object>)) -> Self {
        Self::nested(Nesting::Single, describe)
    }

    /// A list of nested objects.
    pub fn list(describe: impl FnOnce(&mut Fields<Object>)) -> Self {
        Self::nested(Nesting::List, describe)
    }

    /// A set of nested objects.
    pub fn set(describe: impl FnOnce(&mut Fields<Object>)) -> Self {
        Self::nested(Nesting::Set, describe)
    }

    /// A map of nested objects.
    pub fn map(describe: impl FnOnce(&mut Fields<Object>)) -> Self {
        Self::nested(Nesting::Map, describe)
    }

    fn nested(nesting: Nesting, describe: impl FnOnce(&mut Fields<Object>)) -> Self {
        Self(Shape::Nested(nesting, Fields::described_by(describe).1))
    }
}

/// A block whose attributes are known at run time only: the resource names them, in
/// [`describe`](super::super::Resource::describe).
impl Model for Object {
    fn describe(_: &mut Fields<Self>) {}
}

impl Fields<Object> {
    /// An attribute of this form that every configuration sets.
    pub fn required_form(&mut self, name: &'static str, form: impl Into<Form>) -> &mut Spec {
        self.add_form(name, Presence::Required, form.into())
    }

    /// An attribute of this form that a configuration may set.
    pub fn optional_form(&mut self, name: &'static str, form: impl Into<Form>) -> &mut Spec {
        self.add_form(name, Presence::Optional, form.into())
    }

    /// An attribute of this form that only the provider sets.
    pub fn computed_form(&mut self, name: &'static str, form: impl Into<Form>) -> &mut Spec {
        self.add_form(name, Presence::Computed, form.into())
    }

    fn add_form(&mut self, name: &'static str, presence: Presence, form: Form) -> &mut Spec {
        let place = Place {
            name,
            decode: Box::new(move |object: &mut Object, value| {
                object.set(name, value);
                Ok(())
            }),
            encode: Box::new(move |object| object.0.remove(name).unwrap_or_default()),
        };
        let mut spec = Spec::new(name, form.0, presence);
        spec.takes_null = presence != Presence::Required;
        self.push(place, spec)
    }
}
