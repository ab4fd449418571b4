//! Arbitrary bytes as the JSON of a stored state: what is read can be written, and reads back as the
//! same.

#![no_main]

#[path = "types.rs"]
mod types;

use libfuzzer_sys::fuzz_target;
use terraform_provider_appservices::tf_provider::fuzz::{from_json, from_msgpack, to_msgpack};

fuzz_target!(|input: &[u8]| {
    let Some((which, bytes)) = input.split_first() else {
        return;
    };
    let ty = types::pick(*which);
    let Ok(json) = serde_json::from_slice(bytes) else {
        return;
    };
    let Ok(value) = from_json(json, &ty) else {
        return;
    };
    let written = value.to_json();
    let again = from_json(written.clone(), &ty).expect("what was written can be read");
    // A number may be written otherwise than it was read (1E5, 1e+5), but only once.
    assert_eq!(again.to_json(), written);
    assert_eq!(format!("{again:?}"), format!("{value:?}"));

    let packed = to_msgpack(&value, &ty);
    let unpacked = from_msgpack(&packed, &ty).expect("what was packed can be unpacked");
    assert!(unpacked == value, "{value:?} became {unpacked:?}");
});
