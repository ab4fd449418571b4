//! Arbitrary bytes as an answer of the API, read in every way that answers are read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;
use terraform_provider_appservices::appservices::fuzz::messages;

const SECRET: &str = "canary";

fuzz_target!(|body: &[u8]| {
    let secret = SecretString::from(SECRET);
    for text in messages(body, &[&secret]) {
        assert!(!text.contains(SECRET), "{text}");
        assert!(text.len() <= 2048, "{} bytes", text.len());
        assert!(!text.contains(char::is_control), "{text:?}");
    }
});
