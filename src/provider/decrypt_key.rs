use secrecy::{ExposeSecret, SecretString};

use crate::tf_provider::{Diagnostic, Fields, Function, Model, Result};

use super::recipients::decrypt;

/// Opens `encrypted_key` where its value is needed.
#[derive(Debug)]
pub(super) struct DecryptKey;

/// What it takes.
#[derive(Default)]
pub(super) struct Arguments {
    encrypted_key: SecretString,
    identity: SecretString,
}

impl Model for Arguments {
    fn describe(fields: &mut Fields<Self>) {
        fields
            .required("encrypted_key", |m| &mut m.encrypted_key)
            .doc("The armored age file in `encrypted_key` of a key.");
        fields.required("identity", |m| &mut m.identity).doc(
            "An identity of one of the recipients: an age identity (`AGE-SECRET-KEY-1...`), or an OpenSSH private key \
             without a passphrase (ed25519 or RSA). Give it by an ephemeral variable.",
        );
    }
}

impl Function for DecryptKey {
    const NAME: &'static str = "decrypt_key";
    const SUMMARY: &'static str = "Decrypts the value of a user API key";
    const DESCRIPTION: &'static str = "The value of a key that was made with `recipients`. With an ephemeral identity the result \
        is ephemeral too, and in no state and no plan.";
    type Arguments = Arguments;
    type Output = SecretString;

    fn call(&self, arguments: Arguments) -> Result<SecretString> {
        let file = arguments.encrypted_key.expose_secret();
        decrypt(file, &arguments.identity).map_err(|fault| {
            let argument = if fault.is_of_identity() {
                "identity"
            } else {
                "encrypted_key"
            };
            let what = Diagnostic::error("Could not decrypt the key").at(argument);
            what.detail(fault.to_string()).into()
        })
    }
}
