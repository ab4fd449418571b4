use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Dice, values};

/// One attribute of a random schema, as JSON describes it to another program.
#[derive(Debug, Clone, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the flags of the protocol, and any may go with any"
)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    /// In the protocol's JSON; null where `nesting` says what it is.
    #[serde(rename = "type")]
    pub(crate) ty: Value,
    pub(crate) nesting: Option<Nesting>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) required: bool,
    pub(crate) optional: bool,
    pub(crate) computed: bool,
    pub(crate) sensitive: bool,
    /// Null for none.
    pub(crate) default: Value,
    /// Whether a change of it replaces the object.
    pub(crate) replaces: bool,
    /// Whether it uses the state for unknown.
    pub(crate) keeps: bool,
    /// Whether the text `REFUSED` is refused.
    pub(crate) checked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Nesting {
    Single,
    List,
    Set,
    Map,
}

impl Attribute {
    pub(crate) fn ty(&self) -> Value {
        let object = || object_type(&self.attributes);
        match self.nesting {
            None => self.ty.clone(),
            Some(Nesting::Single) => object(),
            Some(Nesting::List) => json!(["list", object()]),
            Some(Nesting::Set) => json!(["set", object()]),
            Some(Nesting::Map) => json!(["map", object()]),
        }
    }

    pub(crate) fn has_default(&self) -> bool {
        !self.default.is_null()
    }
}

/// The type of an object of these attributes.
pub(crate) fn object_type(attributes: &[Attribute]) -> Value {
    let types = attributes
        .iter()
        .map(|attribute| (attribute.name.to_owned(), attribute.ty()));
    json!(["object", types.collect::<Map<_, _>>()])
}

const NAMES: [&str; 5] = ["alpha", "beta", "gamma", "delta", "epsilon"];
/// Nested objects within nested objects.
const DEEPEST: usize = 3;

/// Where attributes are made.
#[derive(Clone, Copy, Default)]
struct Place {
    depth: usize,
    /// Only the provider sets what is here.
    is_computed: bool,
    /// Elements of a collection have one type.
    in_collection: bool,
}

pub(super) fn attributes(dice: &mut Dice) -> Vec<Attribute> {
    some(dice, Place::default())
}

fn some(dice: &mut Dice, at: Place) -> Vec<Attribute> {
    let count = if at.depth == 0 {
        2 + dice.up_to(4)
    } else {
        1 + dice.up_to(3)
    };
    let count = usize::try_from(count).expect("a count");
    NAMES[..count]
        .iter()
        .map(|name| attribute(dice, name, at))
        .collect()
}

fn attribute(dice: &mut Dice, name: &'static str, at: Place) -> Attribute {
    let nests = at.depth < DEEPEST && dice.up_to(5) < 2;
    let presence = if at.is_computed { 2 } else { dice.up_to(5) };
    let mut made = Attribute {
        name,
        ty: Value::Null,
        nesting: None,
        attributes: Vec::new(),
        required: presence == 0,
        optional: matches!(presence, 1 | 3 | 4),
        computed: presence >= 2,
        sensitive: dice.one_in(5),
        default: Value::Null,
        replaces: false,
        keeps: false,
        checked: false,
    };
    if nests {
        let nesting = dice.pick(&[Nesting::Single, Nesting::List, Nesting::Set, Nesting::Map]);
        made.nesting = Some(nesting);
        let inside = Place {
            depth: at.depth + 1,
            is_computed: at.is_computed || presence == 2,
            in_collection: at.in_collection || nesting != Nesting::Single,
        };
        made.attributes = some(dice, inside);
    } else {
        made.ty = ty(dice, at.in_collection);
    }
    if presence == 4 {
        made.default = values::default(dice, &made);
    }
    if !at.is_computed {
        made.keeps = made.computed && !made.has_default() && dice.one_in(2);
        made.replaces = dice.one_in(4) && (presence != 2 || made.keeps);
        made.checked = made.ty == "string" && presence != 2 && dice.one_in(2);
    }
    made
}

fn ty(dice: &mut Dice, in_collection: bool) -> Value {
    let primitive = |dice: &mut Dice| json!(dice.pick(&["string", "number", "bool"]));
    match dice.up_to(8) {
        0 => json!(["list", primitive(dice)]),
        1 => json!(["set", primitive(dice)]),
        2 => json!(["map", primitive(dice)]),
        3 if !in_collection => json!("dynamic"),
        4 => json!(["list", ["map", primitive(dice)]]),
        _ => primitive(dice),
    }
}

/// The way to every attribute, by names.
pub(super) fn paths(
    attributes: &[Attribute],
    at: &mut Vec<&'static str>,
    found: &mut Vec<Vec<&'static str>>,
) {
    for attribute in attributes {
        at.push(attribute.name);
        found.push(at.clone());
        paths(&attribute.attributes, at, found);
        at.pop();
    }
}

/// Takes one attribute away, with its part of every default. The last one of an object stays.
pub(super) fn remove(attributes: &mut Vec<Attribute>, path: &[&str]) -> bool {
    let (name, rest) = path.split_first().expect("a path has a step");
    if rest.is_empty() {
        attributes.retain(|attribute| attribute.name != *name);
        return !attributes.is_empty();
    }
    attributes
        .iter_mut()
        .filter(|attribute| attribute.name == *name)
        .all(|attribute| {
            values::remove_below(&mut attribute.default, rest);
            let stays = remove(&mut attribute.attributes, rest);
            attribute.default = values::canonical(&attribute.ty(), attribute.default.take());
            stays
        })
}
