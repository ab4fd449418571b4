//! A provider on `tf_provider` whose one resource has a random schema.

use std::io;
use std::sync::Mutex;

use hyper_util::rt::TokioIo;
use serde_json::json;
use terraform_provider_appservices::tf_provider::prelude::*;
use tonic::transport::{Endpoint, Uri};

use super::Dice;
use super::schema::{Attribute, Nesting};
use super::values::REFUSED;
use crate::support::rpc::Calls;

/// The resource.
pub(crate) const TYPE: &str = "random_thing";

/// A connection to a provider of this schema, in this process.
pub(crate) async fn host(schema: &[Attribute]) -> Calls {
    hosted(schema, None).await
}

/// The same for a provider whose author gets values wrong, in a way that follows from the seed.
pub(crate) async fn wrong_host(schema: &[Attribute], seed: u64) -> Calls {
    hosted(schema, Some(seed)).await
}

async fn hosted(schema: &[Attribute], wrong: Option<u64>) -> Calls {
    let (near, far) = tokio::io::duplex(1 << 16);
    let thing = Thing {
        attributes: schema.to_vec(),
        wrong,
    };
    tokio::spawn(serve_connection(Random(thing), far));
    let near = Mutex::new(Some(near));
    let connector = tower::service_fn(move |_: Uri| {
        let stream = near.lock().expect("no panic held it").take();
        let once = || io::Error::other("there is one connection");
        std::future::ready(stream.map(TokioIo::new).ok_or_else(once))
    });
    let endpoint = Endpoint::from_static("http://localhost");
    let channel = endpoint.connect_with_connector(connector).await;
    let calls = Calls::over(channel.expect("a stream in memory connects"));
    calls.configure(json!({})).await.fine();
    calls
}

struct Random(Thing);

impl Provider for Random {
    const ADDRESS: &'static str = "registry.terraform.io/example/random";
    const VERSION: &'static str = "0.0.0";
    type Config = ();
    type Client = ();

    async fn configure(&self, _: Configure<()>) -> Result<()> {
        Ok(())
    }

    fn parts(&self) -> Parts<()> {
        Parts::default().resource(self.0.clone())
    }
}

#[derive(Clone)]
struct Thing {
    attributes: Vec<Attribute>,
    /// Values are wrong by this seed.
    wrong: Option<u64>,
}

impl Thing {
    /// The plan, with a text, or null, for whatever is unknown: the other program does the same.
    fn made(&self, plan: &Object) -> Object {
        let mut made = Object::default();
        for attribute in &self.attributes {
            let ty = Type::from_json(&attribute.ty()).expect("a type");
            made.set(attribute.name, filled(&ty, plan.value(attribute.name)));
        }
        self.stored(made)
    }

    /// What a right author stores as it is.
    fn stored(&self, mut state: Object) -> Object {
        if let Some(seed) = self.wrong {
            let dice = &mut Dice(seed);
            let name = self.attributes[dice.index(self.attributes.len())].name;
            let value = state.value(name).clone();
            state.set(name, misplaced(dice, value));
        }
        state
    }
}

impl Resource for Thing {
    const NAME: &'static str = "thing";
    type Client = ();
    type Model = Object;
    type Identity = ();

    fn describe(&self, fields: &mut Fields<Object>) {
        describe(&self.attributes, fields);
    }

    async fn create(&self, _: &Context<()>, plan: Object) -> Result<Object, Partial<Object>> {
        Ok(self.made(&plan))
    }

    async fn read(&self, _: &Context<()>, state: Object) -> Result<Option<Object>> {
        Ok(Some(self.stored(state)))
    }

    async fn update(
        &self,
        _: &Context<()>,
        change: Change<Object>,
    ) -> Result<Object, Partial<Object>> {
        Ok(self.made(&change.plan))
    }

    async fn delete(&self, _: &Context<()>, _: Object) -> Result<()> {
        Ok(())
    }
}

fn describe(attributes: &[Attribute], fields: &mut Fields<Object>) {
    for attribute in attributes {
        let inner = |fields: &mut Fields<Object>| describe(&attribute.attributes, fields);
        let form = match attribute.nesting {
            None => Form::from(Type::from_json(&attribute.ty).expect("a type")),
            Some(Nesting::Single) => Form::object(inner),
            Some(Nesting::List) => Form::list(inner),
            Some(Nesting::Set) => Form::set(inner),
            Some(Nesting::Map) => Form::map(inner),
        };
        let spec = match (attribute.required, attribute.optional) {
            (true, _) => fields.required_form(attribute.name, form),
            (_, true) => fields.optional_form(attribute.name, form),
            _ => fields.computed_form(attribute.name, form),
        };
        if attribute.has_default() {
            let ty = Type::from_json(&attribute.ty()).expect("a type");
            spec.default_to(value(&ty, &attribute.default));
        } else if attribute.optional && attribute.computed {
            spec.computed();
        }
        if attribute.sensitive {
            spec.sensitive();
        }
        if attribute.keeps {
            spec.plan(use_state_for_unknown());
        }
        if attribute.replaces {
            spec.plan(requires_replace());
        }
        if attribute.checked {
            spec.check(text(|text| text != REFUSED, "must not be `refused`"));
        }
    }
}

/// Something of another type in the place of a value, or of one inside of it.
fn misplaced(dice: &mut Dice, value: Value) -> Value {
    match value {
        Value::List(mut elements) if !elements.is_empty() && dice.one_in(2) => {
            let at = dice.index(elements.len());
            elements[at] = misplaced(dice, elements[at].clone());
            Value::List(elements)
        }
        Value::Map(mut members) if !members.is_empty() && dice.one_in(2) => {
            let at = dice.index(members.len());
            let member = members.values_mut().nth(at).expect("it is there");
            *member = misplaced(dice, member.clone());
            Value::Map(members)
        }
        value => of_other_kind(dice, &value),
    }
}

/// Which type a null has is not seen in it: then only what is of no type will do.
fn of_other_kind(dice: &mut Dice, value: &Value) -> Value {
    let misfit = Value::Dynamic(Box::new((Type::Bool, Value::String("seven".to_owned()))));
    let mut others = vec![Value::UNKNOWN, misfit];
    if !value.is_null() {
        others.extend([
            Value::Bool(true),
            Value::Number(Number::from(7_i64)),
            Value::String("seven".to_owned()),
            Value::List(vec![Value::Null, Value::UNKNOWN]),
            Value::Map([("seven".into(), Value::UNKNOWN)].into()),
        ]);
        others.retain(|other| other.kind() != value.kind());
    }
    let at = dice.index(others.len());
    others.swap_remove(at)
}

/// A value of this type that JSON writes.
fn value(ty: &Type, json: &serde_json::Value) -> Value {
    fuzz::from_json(json.clone(), ty).expect("a value of its type")
}

fn filled(ty: &Type, value: &Value) -> Value {
    match (ty, value) {
        (Type::String, value) if value.is_unknown() => Value::String("made".to_owned()),
        (_, value) if value.is_unknown() => Value::Null,
        (Type::List(element) | Type::Set(element), Value::List(elements)) => Value::List(
            elements
                .iter()
                .map(|value| filled(element, value))
                .collect(),
        ),
        (Type::Map(element), Value::Map(elements)) => Value::Map(
            elements
                .iter()
                .map(|(key, value)| (key.clone(), filled(element, value)))
                .collect(),
        ),
        (Type::Object(types), Value::Map(attributes)) => Value::Map(
            attributes
                .iter()
                .map(|(name, value)| (name.clone(), filled(&types[name], value)))
                .collect(),
        ),
        (_, value) => value.clone(),
    }
}
