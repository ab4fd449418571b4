use terraform_provider_appservices::tf_provider::Type;

/// Types that schemas have, one of each kind, and one that lets the input choose.
const TYPES: [&str; 12] = [
    r#""string""#,
    r#""number""#,
    r#""bool""#,
    r#""dynamic""#,
    r#"["list","string"]"#,
    r#"["set","number"]"#,
    r#"["map","string"]"#,
    r#"["map",["list","dynamic"]]"#,
    r#"["tuple",["string","number","bool"]]"#,
    r#"["tuple",[]]"#,
    r#"["object",{}]"#,
    r#"["object",{"name":"string","enabled":"bool","key":"string","keepers":["map","string"],"timeouts":["object",{"create":"string"}],"any":"dynamic","n":"number"}]"#,
];

/// The type that a byte stands for.
pub fn pick(which: u8) -> Type {
    let text = TYPES[usize::from(which) % TYPES.len()];
    let json = serde_json::from_str(text).expect("JSON");
    Type::from_json(&json).expect("a type")
}
