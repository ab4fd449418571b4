//! Values as Terraform compares them: sets without an order and with each element once, text by its normalized form.

use super::text::normalized;
use super::{Type, Value};

impl Value {
    /// Whether Terraform takes both for the same value of this type: equality leaves sets in the order, and text in the
    /// form, in which they came.
    pub(crate) fn is_same(&self, other: &Self, ty: &Type) -> bool {
        if self == other {
            return true;
        }
        match (ty, self, other) {
            (Type::String, Self::String(one), Self::String(other)) => {
                !(one.is_ascii() && other.is_ascii()) && normalized(one) == normalized(other)
            }
            (Type::List(element), Self::List(one), Self::List(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(a, b)| a.is_same(b, element))
            }
            (Type::Set(element), Self::List(one), Self::List(other)) => {
                is_within(one, other, element) && is_within(other, one, element)
            }
            (Type::Map(element), Self::Map(one), Self::Map(other)) => {
                one.keys().eq(other.keys())
                    && one
                        .values()
                        .zip(other.values())
                        .all(|(a, b)| a.is_same(b, element))
            }
            (Type::Object(types), Self::Map(one), Self::Map(other)) => {
                types.iter().all(|(name, ty)| {
                    one.get(name)
                        .zip(other.get(name))
                        .is_some_and(|(a, b)| a.is_same(b, ty))
                })
            }
            (Type::Dynamic, Self::Dynamic(one), Self::Dynamic(other)) => {
                one.0 == other.0 && one.1.is_same(&other.1, &one.0)
            }
            _ => false,
        }
    }
}

/// Whether every element of a set is one of another set, too.
fn is_within(set: &[Value], other: &[Value], element: &Type) -> bool {
    set.iter()
        .all(|a| other.iter().any(|b| a.is_same(b, element)))
}

/// The elements of a set, each once, however often its author gave it. Unknown ones may yet differ.
pub(super) fn once<'a>(elements: &'a [Value], ty: &Type) -> Vec<&'a Value> {
    let mut once = Vec::<&Value>::with_capacity(elements.len());
    for element in elements {
        let is_there = || once.iter().any(|other| other.is_same(element, ty));
        if !element.is_wholly_known() || !is_there() {
            once.push(element);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::super::json::from_json;
    use super::*;

    #[test]
    fn sets_are_the_same_in_any_order_at_any_depth_and_lists_are_not() {
        for (ty, one, other, expected) in [
            (r#"["set","string"]"#, r#"["a","b"]"#, r#"["b","a"]"#, true),
            (
                r#"["set","string"]"#,
                r#"["a","b","a"]"#,
                r#"["b","a"]"#,
                true,
            ),
            (r#"["set","string"]"#, r#"["a","b"]"#, r#"["a"]"#, false),
            (
                r#"["list","string"]"#,
                r#"["a","b"]"#,
                r#"["b","a"]"#,
                false,
            ),
            (
                r#"["set",["map",["set","number"]]]"#,
                r#"[{"k":[1,2]},{"k":[]}]"#,
                r#"[{"k":[]},{"k":[2,1]}]"#,
                true,
            ),
            (
                r#""dynamic""#,
                r#"{"type":["set","bool"],"value":[true,false]}"#,
                r#"{"type":["set","bool"],"value":[false,true]}"#,
                true,
            ),
            (
                r#""dynamic""#,
                r#"{"type":["set","bool"],"value":[true]}"#,
                r#"{"type":["list","bool"],"value":[true]}"#,
                false,
            ),
            (
                r#"["object",{"a":["set","bool"]}]"#,
                r#"{"a":[true,false]}"#,
                r#"{"a":null}"#,
                false,
            ),
        ] {
            let ty = Type::from_json(&serde_json::from_str(ty).unwrap()).unwrap();
            let read = |text| from_json(serde_json::from_str(text).unwrap(), &ty).unwrap();
            assert_eq!(
                read(one).is_same(&read(other), &ty),
                expected,
                "{one} {other}"
            );
        }
    }
}
