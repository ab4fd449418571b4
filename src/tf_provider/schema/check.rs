//! What an author may not say, because nothing could honour it: found when the provider is built, all of it at once.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::super::modifiers::Effect;
use super::super::value::Type;
use super::{Kind, Presence, Schema, Shape, Spec};

/// Where an attribute stands.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and any may go with any"
)]
#[derive(Clone, Default)]
struct Place {
    path: String,
    is_nested: bool,
    /// Only the provider sets what is in here.
    is_computed: bool,
    /// What is in here is hidden as a whole.
    is_sensitive: bool,
    in_set: bool,
    /// Inside a collection of collections, where only types are told to Terraform, and none of an attribute's flags.
    is_flattened: bool,
}

impl Schema {
    /// What is said in it that cannot be honoured where it is used for this, each with its path.
    pub(crate) fn check(&self, kind: Kind) -> Vec<String> {
        let mut check = Check {
            kind,
            faults: Vec::new(),
        };
        if self.version < 0 {
            let fault = format!("has the version {}, which is below zero", self.version);
            check.faults.push(fault);
        }
        check.attributes(&self.attributes, &Place::default());
        check.faults
    }
}

/// Whether Terraform can read it as the name of an attribute or a type.
pub(crate) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    let starts = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    // An underscore alone is the block in which reserved names are escaped.
    bytes.next().is_some_and(starts)
        && bytes.all(|byte| starts(byte) || byte.is_ascii_digit())
        && text != "_"
}

/// Whether Terraform can read it as the name of a function or a parameter.
pub(crate) fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|one| one.is_alphanumeric() || matches!(one, '_' | '-'))
}

struct Check {
    kind: Kind,
    faults: Vec<String>,
}

impl Check {
    fn attributes(&mut self, specs: &[Spec], outer: &Place) {
        let mut names = BTreeSet::new();
        for spec in specs {
            let path = match &outer.path[..] {
                "" => spec.name.to_owned(),
                path => format!("{path}.{}", spec.name),
            };
            let place = Place {
                path,
                ..outer.clone()
            };
            if !names.insert(spec.name) {
                self.fault(&place, "is described twice");
            }
            self.attribute(spec, &place);
        }
    }

    fn attribute(&mut self, spec: &Spec, place: &Place) {
        self.name(spec, place);
        self.presence(spec, place);
        self.room(spec, place);
        self.flags(spec, place);
        self.default(spec, place);
        self.modifiers(spec, place);
        self.validators(spec, place);
        self.types(spec, place);
        let (elements, inner, flattens) = match &spec.shape {
            Shape::Plain(_) => return,
            Shape::Nested(nesting, inner) => (nesting.elements(), inner, false),
            Shape::Flattened(_, inner) => ("[*][*]", inner, true),
        };
        let inside = Place {
            path: format!("{}{elements}", place.path),
            is_nested: true,
            is_computed: place.is_computed || spec.presence == Presence::Computed,
            is_sensitive: place.is_sensitive || spec.sensitive,
            in_set: place.in_set || matches!(spec.shape.ty(), Type::Set(_)),
            is_flattened: place.is_flattened || flattens,
        };
        self.attributes(inner, &inside);
    }

    fn name(&mut self, spec: &Spec, place: &Place) {
        if self.kind == Kind::Parameters && !place.is_nested {
            if !is_identifier(spec.name) {
                self.fault(place, "is no name of a parameter");
            }
        } else if !is_name(spec.name) {
            self.fault(
                place,
                "is no name: lower-case letters, digits and `_` are, and no digit comes first",
            );
        }
        if !place.is_nested && self.kind.reserved().contains(&spec.name) {
            self.fault(place, "is a name that Terraform keeps for itself");
        }
    }

    fn presence(&mut self, spec: &Spec, place: &Place) {
        for fault in &spec.faults {
            self.fault(place, fault);
        }
        if spec.is_computed() && spec.default.is_none() && !self.kind.has_results() {
            self.fault(place, "is computed, where the provider answers nothing");
        }
        let is_optional = spec.presence == Presence::Optional;
        if is_optional && place.is_flattened && !place.is_computed && self.kind.is_configured() {
            self.fault(
                place,
                "is optional inside a collection of collections, where Terraform demands every attribute: make it \
                 required, and an `Option`",
            );
        }
    }

    /// Whether the author's type can hold what will come.
    fn room(&mut self, spec: &Spec, place: &Place) {
        if place.is_computed || spec.default.is_some() || spec.presence == Presence::Required {
            return;
        }
        let plans = self.kind == Kind::Resource && spec.is_computed();
        if plans && !(spec.takes_unknown && spec.takes_null) {
            self.fault(
                place,
                "is computed, so that a plan does not know it and an import may not find it, and its Rust type has no \
                 room for that: make it a `Field`",
            );
        } else if !spec.takes_null && self.kind != Kind::Output {
            self.fault(
                place,
                "may be null, and its Rust type has no room for that: make it an `Option` or a `Field`",
            );
        }
    }

    fn flags(&mut self, spec: &Spec, place: &Place) {
        if !spec.sensitive || place.is_sensitive {
            return;
        }
        match self.kind {
            Kind::Identity => self.fault(place, "is sensitive, and an identity is always shown"),
            Kind::Parameters | Kind::Output => {
                self.fault(place, "is sensitive, which a function cannot say");
            }
            _ if place.is_flattened => self.fault(
                place,
                "is sensitive inside a collection of collections, where Terraform is told of types alone: make the \
                 whole attribute sensitive",
            ),
            _ => {}
        }
    }

    fn default(&mut self, spec: &Spec, place: &Place) {
        let Some(default) = &spec.default else {
            return;
        };
        if !self.kind.is_configured() {
            self.fault(place, "has a default, where nothing is configured");
        } else if place.is_flattened {
            self.fault(
                place,
                "has a default inside a collection of collections, where it would never apply",
            );
        } else if place.is_computed {
            self.fault(
                place,
                "has a default inside of what only the provider sets, where it would never apply",
            );
        }
        let mut value = default.clone();
        if !default.is_wholly_known() || default.is_null() {
            self.fault(place, "has a default that is no value");
        } else if let Err(mismatch) = value.fit(&spec.shape.ty()) {
            let fault = format!("has a default of the wrong type: {}", mismatch.message);
            self.fault(place, &fault);
        }
    }

    fn modifiers(&mut self, spec: &Spec, place: &Place) {
        if spec.modifiers.is_empty() {
            return;
        }
        if self.kind != Kind::Resource {
            self.fault(place, "has a plan modifier, and only resources are planned");
        } else if place.is_flattened {
            self.fault(
                place,
                "has a plan modifier inside a collection of collections: give it to the whole attribute",
            );
        } else if place.is_computed {
            self.fault(
                place,
                "has a plan modifier inside of what only the provider sets: give it to the whole attribute",
            );
        }
        let has = |effect| spec.modifiers.iter().any(|one| one.effect() == effect);
        let becomes_unknown = spec.is_computed() && spec.default.is_none();
        if has(Effect::KeepsPrior) && !becomes_unknown {
            self.fault(
                place,
                "uses the state for unknown, and is never unknown unless configured so",
            );
        }
        let is_replaced = has(Effect::Replaces) && !has(Effect::KeepsPrior);
        if is_replaced && spec.presence == Presence::Computed {
            self.fault(
                place,
                "requires replacement and becomes unknown with every update: it has to use the state for unknown too",
            );
        }
    }

    fn validators(&mut self, spec: &Spec, place: &Place) {
        if spec.checks.is_empty() {
            return;
        }
        if self.kind == Kind::Output || place.is_computed || spec.presence == Presence::Computed {
            self.fault(place, "has a check, and is never configured");
        } else if place.is_flattened {
            self.fault(
                place,
                "has a check inside a collection of collections, where none is made: check it in `validate`",
            );
        }
        let ty = spec.shape.ty();
        if spec.checks.iter().any(|check| !check.applies_to(&ty)) {
            let fault = format!("has a check of another type than its own, {ty}");
            self.fault(place, &fault);
        }
    }

    fn types(&mut self, spec: &Spec, place: &Place) {
        let ty = match &spec.shape {
            Shape::Plain(ty) | Shape::Flattened(ty, _) => ty,
            Shape::Nested(..) if self.kind == Kind::Identity => {
                return self.fault(place, IDENTITY_TYPES);
            }
            Shape::Nested(..) => return,
        };
        if self.kind == Kind::Identity && !names_objects(ty) {
            self.fault(place, IDENTITY_TYPES);
        } else if place.in_set && holds_dynamic(ty) {
            self.fault(
                place,
                "is dynamic inside a set, whose elements have one type",
            );
        } else if collects_dynamic(ty) {
            self.fault(
                place,
                "is a collection of dynamic values, whose elements have one type: make the whole attribute dynamic",
            );
        }
    }

    fn fault(&mut self, place: &Place, what: &str) {
        self.faults.push(format!("`{}` {what}", place.path));
    }
}

const IDENTITY_TYPES: &str =
    "is of a type that no identity has: those are strings, numbers, bools, and lists of these";

fn names_objects(ty: &Type) -> bool {
    let is_primitive = |ty: &Type| matches!(ty, Type::String | Type::Number | Type::Bool);
    match ty {
        Type::List(element) => is_primitive(element),
        plain => is_primitive(plain),
    }
}

fn holds_dynamic(ty: &Type) -> bool {
    match ty {
        Type::Dynamic => true,
        Type::String | Type::Number | Type::Bool => false,
        Type::List(element) | Type::Set(element) | Type::Map(element) => holds_dynamic(element),
        Type::Tuple(types) => types.iter().any(holds_dynamic),
        Type::Object(types) => types.values().any(holds_dynamic),
    }
}

fn collects_dynamic(ty: &Type) -> bool {
    match ty {
        Type::Dynamic | Type::String | Type::Number | Type::Bool => false,
        Type::List(element) | Type::Set(element) | Type::Map(element) => holds_dynamic(element),
        Type::Tuple(types) => types.iter().any(collects_dynamic),
        Type::Object(types) => types.values().any(collects_dynamic),
    }
}
