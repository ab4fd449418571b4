//! The vectors are what Terraform 1.11.4 put on the wire (docs/sources.md, "Captured values").

use super::*;

fn ty(json: &str) -> Type {
    Type::from_json(&serde_json::from_str(json).expect("JSON")).expect("a type")
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hex"))
        .collect()
}

const VECTORS: [(&str, &str); 44] = [
    (r#""string""#, "c0"),
    (r#""string""#, "d40000"),
    (r#""string""#, "a26869"),
    (r#""string""#, "a0"),
    (r#""string""#, "a2c3a9"),
    (
        r#""string""#,
        "d9206161616161616161616161616161616161616161616161616161616161616161",
    ),
    (r#""bool""#, "c3"),
    (r#""bool""#, "c2"),
    (r#""number""#, "00"),
    (r#""number""#, "7f"),
    (r#""number""#, "cc80"),
    (r#""number""#, "ccff"),
    (r#""number""#, "cd0100"),
    (r#""number""#, "ce00010000"),
    (r#""number""#, "cf0000000100000000"),
    (r#""number""#, "cf7fffffffffffffff"),
    (r#""number""#, "b43138343436373434303733373039353531363135"),
    (r#""number""#, "ff"),
    (r#""number""#, "e0"),
    (r#""number""#, "d0df"),
    (r#""number""#, "d1ff7f"),
    (r#""number""#, "d2ffff7fff"),
    (r#""number""#, "d38000000000000000"),
    (r#""number""#, "cb3ff8000000000000"),
    (r#""number""#, "a3302e31"),
    (r#"["list","string"]"#, "92a161a162"),
    (r#"["list","string"]"#, "90"),
    (r#"["list","string"]"#, "92a161c0"),
    (r#"["list","string"]"#, "92d40000a161"),
    (r#"["set","string"]"#, "92a161a162"),
    (r#"["map","number"]"#, "82a161cb4004000000000000a16b01"),
    (r#"["map","number"]"#, "80"),
    (
        r#"["object",{"x":"string","y":"number"}]"#,
        "82a178a171a17907",
    ),
    (
        r#"["object",{"x":"string","y":"number"}]"#,
        "82a178d40000a17901",
    ),
    (r#"["tuple",["string","number","bool"]]"#, "93a16101c3"),
    (r#""dynamic""#, "92c40822737472696e6722a178"),
    (r#""dynamic""#, "92c408226e756d6265722205"),
    (
        r#""dynamic""#,
        "92c4115b226c697374222c22737472696e67225d91a170",
    ),
    (r#""dynamic""#, "c0"),
    (r#""dynamic""#, "92c40822737472696e6722d40000"),
    (r#""string""#, "c7030c8101c2"),
    (r#""string""#, "c7090c8201c202a46b65792d"),
    (r#""number""#, "c7070c8201c2039200c3"),
    (r#""number""#, "c70b0c8301c2039201c3049202c3"),
];

#[test]
fn captured_values_survive_to_the_byte() {
    for (json, hex) in VECTORS {
        let ty = ty(json);
        let value =
            from_slice(&bytes(hex), &ty).unwrap_or_else(|error| panic!("{json} {hex}: {error}"));
        assert_eq!(to_vec(&value, &ty), bytes(hex), "{json} {hex}");
    }
}

#[test]
fn every_extension_reads_as_unknown() {
    for hex in [
        "d47f00",
        "d50c8080",
        "c70005",
        "c8000100ff",
        "d80000000000000000000000000000000000",
    ] {
        assert!(
            from_slice(&bytes(hex), &Type::String)
                .expect(hex)
                .is_unknown()
        );
    }
}

#[test]
fn other_writers_of_the_same_values_are_understood() {
    assert_eq!(
        from_slice(&bytes("c4026869"), &Type::String),
        Ok(Value::String("hi".into()))
    );
    assert_eq!(
        from_slice(&bytes("ca3fc00000"), &Type::Number),
        from_slice(&bytes("cb3ff8000000000000"), &Type::Number)
    );
    assert_eq!(
        from_slice(&bytes("d30000000000000001"), &Type::Number),
        Ok(Value::Number(Number::from(1_i64)))
    );
}

#[test]
fn an_object_always_has_all_its_attributes() {
    let ty = ty(r#"["object",{"x":"string","y":"number"}]"#);
    let value = from_slice(&bytes("81a17907"), &ty).expect("an object");
    assert_eq!(to_vec(&value, &ty), bytes("82a178c0a17907"));
    let extra = Value::Map(BTreeMap::from([("z".into(), Value::Bool(true))]));
    assert_eq!(to_vec(&extra, &ty), bytes("82a178c0a179c0"));
}

#[test]
fn what_does_not_fit_says_where() {
    let ty = ty(r#"["object",{"tags":["map",["list","string"]]}]"#);
    let error =
        from_slice(&bytes("81a47461677381a16b92a16101"), &ty).expect_err("a number among strings");
    assert_eq!(error.path.to_string(), r#"tags["k"][1]"#);
    assert_eq!(error.message, "a string is required");
}

#[test]
fn broken_bytes_are_refused() {
    for (json, hex) in [
        (r#""string""#, ""),
        (r#""string""#, "a3"),
        (r#""string""#, "a1ff"),
        (r#""string""#, "a16100"),
        (r#""string""#, "dbffffffff"),
        (r#""string""#, "c7"),
        (r#""number""#, "cb7ff8000000000001"),
        (r#""number""#, "a178"),
        (r#""bool""#, "01"),
        (r#"["list","string"]"#, "ddffffffff"),
        (r#"["map","string"]"#, "dfffffffff"),
        (r#"["map","string"]"#, "8101a161"),
        (r#"["tuple",["string"]]"#, "90"),
        (r#"["object",{"x":"string"}]"#, "81a179a161"),
        (r#"["object",{"x":"string"}]"#, "91a161"),
        (r#""dynamic""#, "91a161"),
        (r#""dynamic""#, "92c403666f6fa161"),
        (r#""string""#, "c1"),
    ] {
        assert!(from_slice(&bytes(hex), &ty(json)).is_err(), "{json} {hex}");
    }
}

#[test]
fn a_value_without_an_end_is_refused() {
    let nested = |levels| [&b"\x92\xa9\"dynamic\"".repeat(levels)[..], b"\xc0"].concat();
    assert!(from_slice(&nested(DEEPEST), &Type::Dynamic).is_ok());
    for levels in [DEEPEST + 1, 100_000] {
        let error = from_slice(&nested(levels), &Type::Dynamic).unwrap_err();
        assert_eq!(error.message, "the value is nested too deeply");
    }
}

#[test]
fn an_element_that_the_author_puts_into_a_set_twice_reaches_the_host_once() {
    let elements = ["a", "b", "a"].map(|text| Value::String(text.to_owned()));
    let set = ty(r#"["set","string"]"#);
    let mut output = Vec::new();
    write(&mut output, &Value::List(elements.into()), &set).expect("a vector takes any value");
    assert_eq!(output, bytes("92a161a162"));
    let unknown = vec![Value::UNKNOWN, Value::UNKNOWN];
    output.clear();
    write(&mut output, &Value::List(unknown), &set).expect("a vector takes any value");
    assert_eq!(output, bytes("92d40000d40000"), "they may yet differ");
}

#[test]
fn text_and_keys_of_an_author_reach_the_host_in_the_form_that_it_compares() {
    let decomposed = || "e\u{301}".to_owned();
    let map = Value::Map([(decomposed().into(), Value::String(decomposed()))].into());
    let mut output = Vec::new();
    write(&mut output, &map, &ty(r#"["map","string"]"#)).expect("a vector takes any value");
    assert_eq!(output, bytes("81a2c3a9a2c3a9"));
}
