//! A block as a Rust struct. One list of attributes is its schema, its decoder and its encoder.
//!
//! `object` is the same for a block whose attributes are known at run time only. Knows attributes and schemas, and nothing
//! of resources or RPCs. What else can be said of an attribute is a method of [`Spec`], in `schema`.

mod object;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::attribute::{Attribute, Codec};
use super::path::Step;
use super::schema::{Nesting, Presence, Shape, Spec};
use super::value::{Mismatch, Name, Value};

pub use object::Form;

/// A Rust struct that stands for a block: a configuration, a state, a nested object.
///
/// It lists its attributes once, and that list is the schema, the decoder, the encoder and the documentation's table.
///
/// # Example
///
/// ```
/// use terraform_provider_appservices::tf_provider::prelude::*;
///
/// #[derive(Default)]
/// struct Volume {
///     name: String,
///     size: i64,
///     labels: Option<Vec<String>>,
///     token: Field<String>,
/// }
///
/// impl Model for Volume {
///     fn describe(fields: &mut Fields<Self>) {
///         fields
///             .required("name", |m| &mut m.name)
///             .doc("What it is called.")
///             .plan(requires_replace());
///         fields
///             .optional("size", |m| &mut m.size)
///             .default_to(10_i64)
///             .check(whole_number(1..=64, "must be a whole number from 1 to 64"));
///         fields.optional("labels", |m| &mut m.labels);
///         fields
///             .computed("token", |m| &mut m.token)
///             .sensitive()
///             .plan(use_state_for_unknown());
///     }
/// }
/// ```
pub trait Model: Default + Send + 'static {
    /// Names every attribute, with its place in the struct.
    fn describe(fields: &mut Fields<Self>);
}

/// A block without attributes.
impl Model for () {
    fn describe(_: &mut Fields<Self>) {}
}

/// A nested object.
impl<M: Model> Attribute for M {
    fn codec() -> Codec<Self> {
        let (fields, specs) = Fields::<M>::described();
        let fields = Arc::new(fields);
        let encoder = fields.clone();
        Codec {
            shape: Shape::Nested(Nesting::Single, specs),
            decode: Box::new(move |value| match value {
                Value::Map(attributes) => fields.decode(attributes),
                other => Err(Mismatch::wanted("an object", &other)),
            }),
            encode: Box::new(move |model| Value::Map(encoder.encode(model))),
            check: None,
        }
    }
}

/// The attributes of a [`Model`] as it names them.
pub struct Fields<M> {
    specs: Vec<Spec>,
    /// By name, once all are there.
    places: Vec<Place<M>>,
}

/// One attribute's way in and out of the struct.
struct Place<M> {
    name: &'static str,
    decode: Box<Decode<M>>,
    encode: Box<dyn Fn(&mut M) -> Value + Send + Sync>,
}

impl<M> Place<M> {
    fn put(&self, model: &mut M, value: Value) -> Result<(), Mismatch> {
        let at = || Step::Attribute(self.name.to_owned());
        (self.decode)(model, value).map_err(|mismatch| mismatch.inside(at()))
    }
}

type Decode<M> = dyn Fn(&mut M, Value) -> Result<(), Mismatch> + Send + Sync;

impl<M: Model> Fields<M> {
    /// An attribute that every configuration sets.
    pub fn required<T: Attribute + Default>(
        &mut self,
        name: &'static str,
        place: impl Fn(&mut M) -> &mut T + Copy + Send + Sync + 'static,
    ) -> &mut Spec {
        self.add(name, Presence::Required, place)
    }

    /// An attribute that a configuration may set.
    pub fn optional<T: Attribute + Default>(
        &mut self,
        name: &'static str,
        place: impl Fn(&mut M) -> &mut T + Copy + Send + Sync + 'static,
    ) -> &mut Spec {
        self.add(name, Presence::Optional, place)
    }

    /// An attribute that only the provider sets.
    pub fn computed<T: Attribute + Default>(
        &mut self,
        name: &'static str,
        place: impl Fn(&mut M) -> &mut T + Copy + Send + Sync + 'static,
    ) -> &mut Spec {
        self.add(name, Presence::Computed, place)
    }

    fn add<T: Attribute + Default>(
        &mut self,
        name: &'static str,
        presence: Presence,
        place: impl Fn(&mut M) -> &mut T + Copy + Send + Sync + 'static,
    ) -> &mut Spec {
        let codec = T::codec();
        let (decode, encode) = (codec.decode, codec.encode);
        let mut spec = Spec::new(name, codec.shape, presence);
        spec.takes_null = decode(Value::Null).is_ok();
        spec.takes_unknown = decode(Value::UNKNOWN).is_ok();
        // Not in a collection: there, reading its elements is the check.
        let check = codec.check.filter(|_| presence != Presence::Computed);
        let check = check.map(|check| check());
        let ty = spec.shape.ty();
        spec.checks
            .extend(check.filter(|check| check.applies_to(&ty)));
        let place = Place {
            name,
            decode: Box::new(move |model, value| {
                *place(model) = decode(value)?;
                Ok(())
            }),
            encode: Box::new(move |model| encode(std::mem::take(place(model)))),
        };
        self.push(place, spec)
    }

    fn push(&mut self, place: Place<M>, spec: Spec) -> &mut Spec {
        self.places.push(place);
        let at = self.specs.len();
        self.specs.push(spec);
        &mut self.specs[at]
    }
}

impl<M: Model> Fields<M> {
    /// What the model says of itself, and what the schema makes of it.
    pub(crate) fn described() -> (Self, Vec<Spec>) {
        Self::described_by(M::describe)
    }

    /// The same, where the model does not say it alone.
    pub(crate) fn described_by(describe: impl FnOnce(&mut Self)) -> (Self, Vec<Spec>) {
        let mut fields = Self {
            specs: Vec::new(),
            places: Vec::new(),
        };
        describe(&mut fields);
        // As objects have them, so that neither way has to look for anything.
        fields.places.sort_by_key(|place| place.name);
        fields.specs.sort_by_key(|spec| spec.name);
        let specs = std::mem::take(&mut fields.specs);
        (fields, specs)
    }

    /// # Errors
    ///
    /// The first attribute whose value its Rust type is not ready to meet.
    pub(crate) fn decode(&self, attributes: BTreeMap<Name, Value>) -> Result<M, Mismatch> {
        let mut model = M::default();
        self.each(attributes, |place, value| place.put(&mut model, value))?;
        Ok(model)
    }

    /// The same for a state that is not complete yet: what is null stays the default of its type where that has no room
    /// for null.
    ///
    /// # Errors
    ///
    /// As above.
    pub(crate) fn decode_part(&self, attributes: BTreeMap<Name, Value>) -> Result<M, Mismatch> {
        let mut model = M::default();
        self.each(attributes, |place, value| {
            let is_null = value.is_null();
            let put = place.put(&mut model, value);
            if is_null { Ok(()) } else { put }
        })?;
        Ok(model)
    }

    /// What in a configuration a Rust type will not be ready to meet, as far as it is known.
    pub(crate) fn misfits(&self, attributes: BTreeMap<Name, Value>) -> Vec<Mismatch> {
        let (mut model, mut found) = (M::default(), Vec::new());
        let tried = self.each(attributes, |place, value| {
            if !value.is_null() && value.is_wholly_known() {
                found.extend(place.put(&mut model, value).err());
            }
            Ok(())
        });
        found.extend(tried.err());
        found
    }

    /// Goes through all places, each with its value.
    fn each(
        &self,
        attributes: BTreeMap<Name, Value>,
        mut visit: impl FnMut(&Place<M>, Value) -> Result<(), Mismatch>,
    ) -> Result<(), Mismatch> {
        let mut attributes = attributes.into_iter().peekable();
        for place in &self.places {
            while attributes
                .next_if(|(name, _)| **name < *place.name)
                .is_some()
            {}
            let attribute = attributes.next_if(|(name, _)| name == place.name);
            visit(place, attribute.map(|(_, value)| value).unwrap_or_default())?;
        }
        Ok(())
    }

    pub(crate) fn encode(&self, mut model: M) -> BTreeMap<Name, Value> {
        let places = self.places.iter();
        places
            .map(|place| (place.name.into(), (place.encode)(&mut model)))
            .collect()
    }
}

impl<M> fmt::Debug for Fields<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.places.iter().map(|place| place.name))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Field;
    use super::super::schema::{Nesting, Schema, Shape};
    use super::*;

    #[derive(Default)]
    struct Key {
        name: String,
        id: Field<String>,
    }

    impl Model for Key {
        fn describe(fields: &mut Fields<Self>) {
            fields.required("name", |m| &mut m.name).doc("Its name.");
            fields.computed("id", |m| &mut m.id).sensitive();
        }
    }

    #[derive(Default)]
    struct Keys {
        keys: Vec<Key>,
    }

    impl Model for Keys {
        fn describe(fields: &mut Fields<Self>) {
            fields.computed("keys", |m| &mut m.keys);
        }
    }

    #[test]
    fn one_list_is_schema_decoder_and_encoder() {
        let schema = Schema::of::<Key>("");
        assert_eq!(schema.attributes.len(), 2);
        let (fields, _) = Fields::<Key>::described();
        let attributes = BTreeMap::from([
            ("id".into(), Value::UNKNOWN),
            ("name".into(), Value::String("ci".into())),
        ]);
        let key = fields.decode(attributes.clone()).unwrap();
        assert_eq!(key.name, "ci");
        assert!(key.id.is_unknown());
        assert_eq!(fields.encode(key), attributes);
    }

    #[test]
    fn a_list_of_models_is_nested_and_says_where() {
        let schema = Schema::of::<Keys>("");
        assert!(
            matches!(&schema.attributes[0].shape, Shape::Nested(Nesting::List, specs) if specs.len() == 2)
        );
        let (fields, _) = Fields::<Keys>::described();
        let keys = Value::List(vec![Value::Map(BTreeMap::new())]);
        let mismatch = fields
            .decode(BTreeMap::from([("keys".into(), keys)]))
            .map(drop)
            .unwrap_err();
        assert_eq!(mismatch.path.to_string(), "keys[0].name");
    }
}
