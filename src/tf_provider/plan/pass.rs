use super::super::modifiers::Planned;
use super::super::path::Path;
use super::super::schema::{Nesting, Shape, Spec};
use super::super::value::{InOrder, Value};
use super::elements::{self, At};
use super::{Attributes, each};

/// Lets the modifiers have their say, at every depth, and gathers the paths that need a replacement.
///
/// What is inside comes first: an object differs by nothing once its parts are what they were.
pub(super) struct Pass {
    creates: bool,
    pub(super) requires_replace: Vec<Path>,
    pub(super) merged: Vec<Path>,
}

/// Where an object stands.
pub(super) struct Place {
    path: Path,
    /// No path leads into a set. It ends there.
    in_set: bool,
}

impl Place {
    pub(super) fn root() -> Self {
        Self {
            path: Path::root(),
            in_set: false,
        }
    }

    fn attribute(&self, name: &str) -> Self {
        self.then(|path| path.attribute(name))
    }

    fn element(&self, at: At<'_>) -> Self {
        match at {
            At::Itself => self.then(Clone::clone),
            At::Index(index) => self.then(|path| path.index(index)),
            At::Key(key) => self.then(|path| path.key(key)),
            At::InSet => Self {
                path: self.path.clone(),
                in_set: true,
            },
        }
    }

    fn then(&self, step: impl FnOnce(&Path) -> Path) -> Self {
        Self {
            path: if self.in_set {
                self.path.clone()
            } else {
                step(&self.path)
            },
            in_set: self.in_set,
        }
    }
}

impl Pass {
    pub(super) fn new(creates: bool) -> Self {
        Self {
            creates,
            requires_replace: Vec::new(),
            merged: Vec::new(),
        }
    }

    /// Plans the attributes of one object. It has no prior when it was not there before.
    pub(super) fn attributes(
        &mut self,
        specs: &[Spec],
        (config, prior): (&Attributes, Option<&Attributes>),
        planned: &mut Attributes,
        at: &Place,
    ) {
        const NULL: &Value = &Value::Null;
        let mut before_in_order = prior.map(InOrder::of);
        for (spec, configured, value) in each(specs, config, planned) {
            let before = before_in_order.as_mut();
            let before = before
                .and_then(|before| before.find(spec.name))
                .unwrap_or(NULL);
            if let Shape::Nested(nesting, inner) = &spec.shape {
                let place = at.attribute(spec.name);
                self.nested((*nesting, inner), (configured, before), value, &place);
            }
            // As the prior state has them, so that equal sets are equal values.
            if before != value && before.is_same(value, &spec.shape.ty()) {
                value.clone_from(before);
            }
            let prior_value = (!self.creates).then_some(before);
            let mut attribute = Planned::new(configured, prior_value, value);
            attribute.is_new = prior.is_none();
            for modifier in &spec.modifiers {
                modifier.modify(&mut attribute);
            }
            if attribute.requires_replace() {
                self.replace(at.attribute(spec.name).path);
            }
        }
    }

    /// Plans the nested objects of an attribute, with those that are there no more.
    fn nested(
        &mut self,
        (nesting, inner): (Nesting, &[Spec]),
        (config, prior): (&Value, &Value),
        planned: &mut Value,
        at: &Place,
    ) {
        if planned.is_unknown() {
            return;
        }
        let nothing = Attributes::new();
        let before = planned.clone();
        let paired = elements::paired(nesting, inner, &before, prior);
        let places = elements::places(nesting, &before);
        // The plan has the configuration's elements, in its order.
        let mut configured = elements::objects(nesting, config);
        let pairs = paired.pairs.iter().zip(places);
        for (element, (pair, place)) in elements::objects_mut(nesting, planned).zip(pairs) {
            let config = match configured.next() {
                Some(Value::Map(config)) => config,
                _ => &nothing,
            };
            if let Value::Map(element) = element {
                self.attributes(
                    inner,
                    (config, pair.counterpart),
                    element,
                    &at.element(place),
                );
            } else if let (Value::Null, Some(gone)) = (element, pair.counterpart) {
                self.gone(inner, gone, &at.element(place));
            }
        }
        for (place, gone) in paired.left {
            self.gone(inner, gone, &at.element(place));
        }
        // Core counts what is configured, and does not look into sets.
        let counts = nesting == Nesting::Set && !at.in_set && !config.is_null();
        if counts && elements::has_equal(inner, planned) {
            self.merged.push(at.path.clone());
        }
    }

    /// An object that is not planned to be there any more: everything in it becomes null.
    fn gone(&mut self, inner: &[Spec], prior: &Attributes, at: &Place) {
        let (nothing, mut planned) = (Attributes::new(), Attributes::new());
        self.attributes(inner, (&nothing, Some(prior)), &mut planned, at);
    }

    fn replace(&mut self, path: Path) {
        if !self.requires_replace.contains(&path) {
            self.requires_replace.push(path);
        }
    }
}
