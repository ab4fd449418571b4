//! `Value` to and from the MessagePack that Terraform speaks. Both directions are driven by the type.

use std::collections::BTreeMap;

use rmp::{Marker, decode, encode};

use super::number::{Number, Repr};
use super::text::normalized;
use super::{InOrder, Mismatch, Name, Refinements, Type, Value, equality};
use crate::tf_provider::path::Step;

type Decoded<T = Value> = Result<T, Mismatch>;

/// The extension code of an unknown value of which something is known. Every other code is plainly unknown.
const REFINED: i8 = 12;
/// Levels of values within values. Types are finite, but a dynamic value may hold another one without end.
const DEEPEST: usize = 128;
/// Hosts refuse a longer refinement, so a longer one is not handed back.
const LONGEST_REFINEMENT: usize = 1024;

/// Reads one value; nothing may follow it.
///
/// # Errors
///
/// Where the bytes are not a value of this type. No input panics, and none makes this reserve more than its own length.
pub(crate) fn from_slice(mut input: &[u8], ty: &Type) -> Decoded {
    let value = read(&mut input, ty, DEEPEST)?;
    if input.is_empty() {
        Ok(value)
    } else {
        Err(Mismatch::new(format!(
            "{} bytes follow the value",
            input.len()
        )))
    }
}

/// Writes one value.
pub(crate) fn to_vec(value: &Value, ty: &Type) -> Vec<u8> {
    let mut output = Vec::with_capacity(512);
    // Writing to a vector cannot fail.
    let _ = write(&mut output, value, ty);
    output
}

/// `depth` is how many levels may follow.
fn read(input: &mut &[u8], ty: &Type, depth: usize) -> Decoded {
    match peek(input)? {
        Marker::Null => {
            *input = &input[1..];
            Ok(Value::Null)
        }
        Marker::FixExt1
        | Marker::FixExt2
        | Marker::FixExt4
        | Marker::FixExt8
        | Marker::FixExt16
        | Marker::Ext8
        | Marker::Ext16
        | Marker::Ext32 => unknown(input),
        _ => {
            let too_deep = || Mismatch::new("the value is nested too deeply");
            known_value(input, ty, depth.checked_sub(1).ok_or_else(too_deep)?)
        }
    }
}

fn known_value(input: &mut &[u8], ty: &Type, depth: usize) -> Decoded {
    match ty {
        Type::String => text(input).map(|text| Value::String(text.to_owned())),
        Type::Bool => decode::read_bool(input)
            .map(Value::Bool)
            .map_err(|_| wanted("a bool")),
        Type::Number => number(input).map(Value::Number),
        Type::List(element) => list(input, element, depth),
        Type::Set(element) => set(input, element, depth),
        Type::Tuple(elements) => tuple(input, elements, depth),
        Type::Map(element) => map(input, element, depth),
        Type::Object(attributes) => object(input, attributes, depth),
        Type::Dynamic => dynamic(input, depth),
    }
}

fn unknown(input: &mut &[u8]) -> Decoded {
    let meta = decode::read_ext_meta(input).map_err(|_| truncated())?;
    let payload = take(input, meta.size as usize)?;
    let refined = meta.typeid == REFINED && payload.len() <= LONGEST_REFINEMENT;
    Ok(Value::Unknown(Refinements(if refined {
        payload.to_vec()
    } else {
        Vec::new()
    })))
}

fn text<'a>(input: &mut &'a [u8]) -> Decoded<&'a str> {
    let length = match peek(input)? {
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => decode::read_bin_len(input).ok(),
        _ => decode::read_str_len(input).ok(),
    };
    let length = length.ok_or_else(|| wanted("a string"))?;
    std::str::from_utf8(take(input, length as usize)?)
        .map_err(|_| Mismatch::new("the text is not UTF-8"))
}

fn number(input: &mut &[u8]) -> Decoded<Number> {
    let found = match peek(input)? {
        Marker::F32 => decode::read_f32(input)
            .ok()
            .and_then(|float| Number::from_f64(float.into())),
        Marker::F64 => decode::read_f64(input).ok().and_then(Number::from_f64),
        Marker::U64 => decode::read_u64(input).ok().map(Number::from),
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
            Number::parse(text(input)?)
        }
        _ => decode::read_int::<i64, _>(input).ok().map(Number::from),
    };
    found.ok_or_else(|| wanted("a number"))
}

fn list(input: &mut &[u8], element: &Type, depth: usize) -> Decoded {
    let length = array_length(input)?;
    let mut elements = Vec::with_capacity(length.min(input.len()));
    for index in 0..length {
        elements.push(read(input, element, depth).map_err(at_index(index))?);
    }
    Ok(Value::List(elements))
}

fn set(input: &mut &[u8], element: &Type, depth: usize) -> Decoded {
    let length = array_length(input)?;
    let elements =
        (0..length).map(|_| read(input, element, depth).map_err(Mismatch::of_an_element));
    elements.collect::<Decoded<_>>().map(Value::List)
}

fn tuple(input: &mut &[u8], types: &[Type], depth: usize) -> Decoded {
    let length = array_length(input)?;
    if length != types.len() {
        return Err(Mismatch::new(format!(
            "{} elements are required, and these are {length}",
            types.len()
        )));
    }
    let elements = types
        .iter()
        .enumerate()
        .map(|(index, ty)| read(input, ty, depth).map_err(at_index(index)));
    elements.collect::<Decoded<_>>().map(Value::List)
}

fn map(input: &mut &[u8], element: &Type, depth: usize) -> Decoded {
    let length = decode::read_map_len(input).map_err(|_| wanted("a map"))?;
    let elements = (0..length).map(|_| {
        let key = text(input)?.to_owned();
        let value = read(input, element, depth)
            .map_err(|mismatch| mismatch.inside(Step::Key(key.clone())))?;
        Ok((key.into(), value))
    });
    elements.collect::<Decoded<_>>().map(Value::Map)
}

/// Attributes that are left out read as null, so that the result always holds every one.
///
/// The host writes all attributes in the order of their names, so nearly always it is known which comes next. Any other
/// order and selection is read too.
fn object(input: &mut &[u8], types: &BTreeMap<Name, Type>, depth: usize) -> Decoded {
    let length = decode::read_map_len(input).map_err(|_| wanted("an object"))?;
    let mut in_order = types.iter().peekable();
    let attributes = (0..length).map(|_| {
        let next = in_order.next_if(|(next, _)| skip_name(input, next));
        let (name, ty) = if let Some(next) = next {
            next
        } else {
            let name = text(input)?;
            let there_is_none = || Mismatch::new(format!("there is no attribute {name:?}"));
            types.get_key_value(name).ok_or_else(there_is_none)?
        };
        let value = read(input, ty, depth)
            .map_err(|mismatch| mismatch.inside(Step::Attribute(name.to_string())))?;
        Ok((name.clone(), value))
    });
    let mut attributes = attributes.collect::<Decoded<BTreeMap<_, _>>>()?;
    if attributes.len() < types.len() {
        for name in types.keys() {
            attributes.entry(name.clone()).or_default();
        }
    }
    Ok(Value::Map(attributes))
}

/// Passes a name if it is this one, in its shortest form.
fn skip_name(input: &mut &[u8], name: &str) -> bool {
    let rest = input
        .split_first()
        .and_then(|(marker, rest)| match Marker::from_u8(*marker) {
            Marker::FixStr(length) if usize::from(length) == name.len() => {
                rest.strip_prefix(name.as_bytes())
            }
            _ => None,
        });
    if let Some(rest) = rest {
        *input = rest;
    }
    rest.is_some()
}

fn dynamic(input: &mut &[u8], depth: usize) -> Decoded {
    if decode::read_array_len(input).ok() != Some(2) {
        return Err(wanted("a pair of type and value"));
    }
    let json = serde_json::from_str(text(input)?).ok();
    let ty = json
        .as_ref()
        .and_then(Type::from_json)
        .ok_or_else(|| wanted("the JSON form of a type"))?;
    let value = read(input, &ty, depth)?;
    Ok(Value::Dynamic(Box::new((ty, value))))
}

fn array_length(input: &mut &[u8]) -> Decoded<usize> {
    decode::read_array_len(input)
        .map(|length| length as usize)
        .map_err(|_| wanted("a list"))
}

fn peek(input: &[u8]) -> Decoded<Marker> {
    input
        .first()
        .copied()
        .map(Marker::from_u8)
        .ok_or_else(truncated)
}

fn take<'a>(input: &mut &'a [u8], length: usize) -> Decoded<&'a [u8]> {
    let (taken, rest) = input.split_at_checked(length).ok_or_else(truncated)?;
    *input = rest;
    Ok(taken)
}

fn at_index(index: usize) -> impl Fn(Mismatch) -> Mismatch {
    move |mismatch| mismatch.inside(Step::at(index))
}

fn truncated() -> Mismatch {
    Mismatch::new("the value ends too early")
}

fn wanted(what: &str) -> Mismatch {
    Mismatch::new(format!("{what} is required"))
}

type Written = std::io::Result<()>;

fn write(output: &mut Vec<u8>, value: &Value, ty: &Type) -> Written {
    match value {
        Value::Null => encode::write_nil(output),
        Value::Unknown(refinements) => write_unknown(output, refinements),
        Value::Bool(bool) => encode::write_bool(output, *bool),
        Value::String(text) => write_text(output, text),
        Value::Number(number) => match number.repr() {
            Repr::Int(int) => Ok(encode::write_sint(output, *int).map(drop)?),
            Repr::Float(float) => Ok(encode::write_f64(output, *float)?),
            Repr::Decimal(digits) => Ok(encode::write_str(output, digits)?),
        },
        Value::List(elements) => match ty {
            Type::Set(element) => write_set(output, elements, element),
            ty => write_list(output, elements, ty),
        },
        Value::Map(elements) => match ty {
            Type::Object(types) => write_object(output, elements, types),
            Type::Map(element) => write_map(output, elements, element),
            other => write_map(output, elements, other),
        },
        Value::Dynamic(typed) => {
            let (ty, value) = &**typed;
            encode::write_array_len(output, 2)?;
            let json = ty.to_json().to_string();
            encode::write_bin(output, json.as_bytes())?;
            write(output, value, ty)
        }
    }
}

fn write_text(output: &mut Vec<u8>, text: &str) -> Written {
    Ok(encode::write_str(output, &normalized(text))?)
}

fn write_unknown(output: &mut Vec<u8>, Refinements(payload): &Refinements) -> Written {
    if payload.is_empty() {
        encode::write_ext_meta(output, 1, 0)?;
        output.push(0);
    } else {
        encode::write_ext_meta(output, length(payload.len()), REFINED)?;
        output.extend_from_slice(payload);
    }
    Ok(())
}

fn write_list(output: &mut Vec<u8>, elements: &[Value], ty: &Type) -> Written {
    encode::write_array_len(output, length(elements.len()))?;
    for (index, element) in elements.iter().enumerate() {
        let ty = match ty {
            Type::List(ty) => ty,
            Type::Tuple(types) => types.get(index).unwrap_or(&Type::Dynamic),
            other => other,
        };
        write(output, element, ty)?;
    }
    Ok(())
}

fn write_set(output: &mut Vec<u8>, elements: &[Value], ty: &Type) -> Written {
    let once = equality::once(elements, ty);
    encode::write_array_len(output, length(once.len()))?;
    once.into_iter()
        .try_for_each(|element| write(output, element, ty))
}

fn write_map(output: &mut Vec<u8>, elements: &BTreeMap<Name, Value>, ty: &Type) -> Written {
    encode::write_map_len(output, length(elements.len()))?;
    for (key, element) in elements {
        write_text(output, key)?;
        write(output, element, ty)?;
    }
    Ok(())
}

/// Writes exactly the attributes of the type: the host refuses an object with one more or one less.
fn write_object(
    output: &mut Vec<u8>,
    values: &BTreeMap<Name, Value>,
    types: &BTreeMap<Name, Type>,
) -> Written {
    encode::write_map_len(output, length(types.len()))?;
    let mut values = InOrder::of(values);
    for (name, ty) in types {
        encode::write_str(output, name)?;
        write(output, values.find(name).unwrap_or(&Value::Null), ty)?;
    }
    Ok(())
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
