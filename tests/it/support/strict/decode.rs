//! Values read as core reads them, by their type, and more narrowly: what core only tolerates is a finding here.

use std::collections::BTreeMap;

use rmpv::Value as Msgpack;

use super::report::Report;
use super::rules::Rule;
use super::types::Type;
use super::val::{Bound, Number, Refined, Val};
use crate::support::proto::tfplugin6::DynamicValue;

/// No schema goes as deep.
const DEEPEST: usize = 128;

/// Core rejects refinements that are larger.
const MOST_REFINEMENTS: usize = 1024;

/// A value of an answer. None if nothing can be said about it beyond what was reported.
pub(super) fn answered(
    value: Option<&DynamicValue>,
    of: &Type,
    what: &str,
    report: &mut Report,
) -> Option<Val> {
    let Some(value) = value.filter(|value| !value.msgpack.is_empty() || !value.json.is_empty())
    else {
        report.add(Rule::ValueMissing, what, "core takes it for null");
        return None;
    };
    if !value.json.is_empty() {
        report.add(Rule::ValueAsJson, what, "a value as JSON");
        return None;
    }
    let mut bytes = value.msgpack.as_slice();
    let Ok(read) = rmpv::decode::read_value_with_max_depth(&mut bytes, DEEPEST) else {
        report.add(Rule::ValueUnreadable, what, format!("{:?}", value.msgpack));
        return None;
    };
    if !bytes.is_empty() {
        report.add(
            Rule::ValueTrailing,
            what,
            format!("{} bytes more", bytes.len()),
        );
    }
    let before = report.len();
    let value = typed(read, of, what, report);
    (report.len() == before).then_some(value)
}

/// A value of a request. None if it is not one: then the answer is judged without it.
pub(super) fn asked(value: Option<&DynamicValue>, of: &Type) -> Option<Val> {
    answered(value, of, "", &mut Report::default())
}

fn typed(value: Msgpack, of: &Type, at: &str, report: &mut Report) -> Val {
    match (value, of) {
        (Msgpack::Nil, _) => Val::Null,
        (Msgpack::Ext(kind, payload), of) => unknown(kind, &payload, of, at, report),
        (value, Type::Dynamic) => dynamic(value, at, report),
        (Msgpack::Boolean(value), Type::Bool) => Val::Bool(value),
        (Msgpack::String(text), Type::Text) => self::text(text, at, report),
        (
            value @ (Msgpack::Integer(_) | Msgpack::F32(_) | Msgpack::F64(_) | Msgpack::String(_)),
            Type::Number,
        ) => number(&value, at, report),
        (Msgpack::Array(items), Type::List(of)) => Val::List(all(items, of, at, report)),
        (Msgpack::Array(items), Type::Set(of)) => set(all(items, of, at, report), at, report),
        (Msgpack::Array(items), Type::Tuple(of)) if items.len() == of.len() => {
            let items = items.into_iter().zip(of).enumerate();
            Val::List(
                items
                    .map(|(place, (item, of))| typed(item, of, &format!("{at}[{place}]"), report))
                    .collect(),
            )
        }
        (Msgpack::Map(members), Type::Map(of)) => map(members, |_| Some(of.as_ref()), at, report),
        (Msgpack::Map(members), Type::Object(of)) => object(members, of, at, report),
        (value, of) => {
            report.add(Rule::ValueOfOtherType, at, format!("{value} is not {of:?}"));
            Val::Null
        }
    }
}

fn unknown(kind: i8, payload: &[u8], of: &Type, at: &str, report: &mut Report) -> Val {
    let refined = match kind {
        0 if payload == [0] => Some(Refined::default()),
        12 if payload.len() <= MOST_REFINEMENTS => refinements(payload, of),
        _ => None,
    };
    if refined.is_none() {
        report.add(
            Rule::UnknownForm,
            at,
            format!("extension {kind} with {payload:?} for {of:?}"),
        );
    }
    Val::Unknown(refined.unwrap_or_default())
}

/// None for what cannot be read, or says something that values of the type have not.
fn refinements(mut payload: &[u8], of: &Type) -> Option<Refined> {
    let mut refined = Refined::default();
    let Msgpack::Map(all) = rmpv::decode::read_value_with_max_depth(&mut payload, DEEPEST).ok()?
    else {
        return None;
    };
    if *of == Type::Dynamic {
        return Some(refined);
    }
    let is_collection = matches!(of, Type::List(_) | Type::Set(_) | Type::Map(_));
    for (key, value) in all {
        match key.as_u64()? {
            1 => refined.not_null = !value.as_bool()?,
            2 if *of == Type::Text => value.as_str()?.clone_into(&mut refined.prefix),
            3 if *of == Type::Number => refined.number.0 = Some(bound(&value)?),
            4 if *of == Type::Number => refined.number.1 = Some(bound(&value)?),
            5 if is_collection => refined.length.0 = Some(value.as_u64()?),
            6 if is_collection => refined.length.1 = Some(value.as_u64()?),
            2..=6 => return None,
            _ => {}
        }
    }
    Some(refined)
}

fn bound(value: &Msgpack) -> Option<Bound> {
    let [number, included] = &value.as_array()?[..] else {
        return None;
    };
    Some((as_number(number)?, included.as_bool()?))
}

fn dynamic(value: Msgpack, at: &str, report: &mut Report) -> Val {
    let text = format!("{value}");
    if let Msgpack::Array(pair) = value
        && let Ok([Msgpack::Binary(kind), value]) = <[Msgpack; 2]>::try_from(pair)
        && let Some(of) = Type::parse(&kind)
        && of != Type::Dynamic
    {
        let value = typed(value, &of, at, report);
        return Val::Typed(String::from_utf8_lossy(&kind).into_owned(), value.into());
    }
    report.add(Rule::DynamicForm, at, text);
    Val::Null
}

fn text(text: rmpv::Utf8String, at: &str, report: &mut Report) -> Val {
    let Some(text) = text.into_str() else {
        report.add(Rule::TextForm, at, "not UTF-8");
        return Val::Null;
    };
    if !is_composed(&text) {
        report.add(Rule::TextForm, at, format!("{text:?} is not normalized"));
    }
    Val::Text(text)
}

/// Whether text is in normalization form C.
pub(super) fn is_composed(text: &str) -> bool {
    icu_normalizer::ComposingNormalizerBorrowed::new_nfc().is_normalized(text)
}

fn number(value: &Msgpack, at: &str, report: &mut Report) -> Val {
    if let Some(number) = as_number(value) {
        return Val::Number(number);
    }
    report.add(Rule::NumberForm, at, format!("{value}"));
    Val::Null
}

fn as_number(value: &Msgpack) -> Option<Number> {
    match value {
        Msgpack::String(text) => Number::parse(text.as_str()?),
        Msgpack::F32(value) => Number::parse(&value.to_string()),
        Msgpack::F64(value) => Number::parse(&value.to_string()),
        Msgpack::Integer(value) => Number::parse(&value.to_string()),
        _ => None,
    }
}

fn all(items: Vec<Msgpack>, of: &Type, at: &str, report: &mut Report) -> Vec<Val> {
    let items = items.into_iter().enumerate();
    items
        .map(|(place, item)| typed(item, of, &format!("{at}[{place}]"), report))
        .collect()
}

/// Unknown elements may well turn out different.
fn set(mut items: Vec<Val>, at: &str, report: &mut Report) -> Val {
    items.sort();
    let twice = items
        .windows(2)
        .find(|pair| pair[0] == pair[1] && pair[0].is_wholly_known());
    if let Some(twice) = twice {
        report.add(Rule::SetElementTwice, at, twice[0].to_string());
    }
    Val::Set(items)
}

fn object(
    members: Vec<(Msgpack, Msgpack)>,
    of: &BTreeMap<String, Type>,
    at: &str,
    report: &mut Report,
) -> Val {
    let read = map(members, |name| of.get(name), at, report);
    let Val::Map(members) = &read else {
        return read;
    };
    for name in of.keys().filter(|name| !members.contains_key(*name)) {
        report.add(Rule::ObjectKeys, at, format!("{name} is missing"));
    }
    read
}

fn map<'a>(
    members: Vec<(Msgpack, Msgpack)>,
    of: impl Fn(&str) -> Option<&'a Type>,
    at: &str,
    report: &mut Report,
) -> Val {
    let mut read = BTreeMap::new();
    for (name, value) in members {
        let Some(name) = name.as_str() else {
            report.add(Rule::ObjectKeys, at, format!("{name} is no name"));
            continue;
        };
        let Some(of) = of(name) else {
            report.add(Rule::ObjectKeys, at, format!("{name} is not in the schema"));
            continue;
        };
        let value = typed(value, of, &format!("{at}.{name}"), report);
        if read.insert(name.to_owned(), value).is_some() {
            report.add(Rule::ObjectKeys, at, format!("{name} is there twice"));
        }
    }
    Val::Map(read)
}
