//! Arbitrary bytes as MessagePack: what is read can be written, and reads back as the same.

#![no_main]

#[path = "types.rs"]
mod types;

use libfuzzer_sys::fuzz_target;
use terraform_provider_appservices::tf_provider::fuzz::{from_msgpack, to_msgpack};

fuzz_target!(|input: &[u8]| {
    let Some((which, bytes)) = input.split_first() else {
        return;
    };
    let ty = types::pick(*which);
    let Ok(value) = from_msgpack(bytes, &ty) else {
        return;
    };
    let written = to_msgpack(&value, &ty);
    let again = from_msgpack(&written, &ty).expect("what was written can be read");
    assert!(again == value, "{value:?} became {again:?}");
    assert_eq!(to_msgpack(&again, &ty), written);
    let _ = value.to_json();
});
