//! Values of keys, encrypted for those who may read them, and opened again. All that knows of age is here.

use std::fmt;
use std::io::{Read as _, Write as _};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::{DecryptError, Decryptor, Encryptor};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

/// How a private key of age begins, in any case of letters.
const AGE_SECRET_KEY: &str = "AGE-SECRET-KEY-";

/// How a private key that only another program can use begins.
const AGE_PLUGIN: &str = "AGE-PLUGIN-";

/// How the content of an OpenSSH private key begins, between the lines that say what it is.
const OPENSSH_PRIVATE_KEY: &str = "b3BlbnNzaC1rZXktdjE";

/// Those for whom a value is encrypted: at least one, no two of them the same key.
pub(super) struct Recipients(Vec<Recipient>);

enum Recipient {
    X25519(age::x25519::Recipient),
    Ssh(age::ssh::Recipient),
}

/// Why a text names no recipient. It never holds the text, which may be a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum InvalidRecipient {
    #[error(
        "this is a private key: treat it as leaked, make a new one, and put its public half here (`age1...`, or the line \
         of the `.pub` file)"
    )]
    PrivateKey,
    #[error(
        "recipients of age plugins and of other kinds than X25519 (`age1NAME1...`) are not supported: use `age1...`, \
         `ssh-ed25519 ...` or `ssh-rsa ...`"
    )]
    AgeKind,
    #[error(
        "SSH keys of this kind are not supported: use `ssh-ed25519 ...`, `ssh-rsa ...` or `age1...`"
    )]
    SshKind,
    #[error("an `ssh-rsa` key has to have 2,048 to 4,096 bits")]
    RsaSize,
    #[error(
        "this is no age recipient: expected one `age1...`, `ssh-ed25519 ...` or `ssh-rsa ...`, with every character of it"
    )]
    Unreadable,
    #[error("this is the same key as another element")]
    Twice,
}

impl Recipients {
    /// Reads all of them.
    ///
    /// # Errors
    ///
    /// One for each text that is no recipient, with its place. None of them is for an empty list: that is the caller's.
    pub(super) fn parse<'a>(
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Vec<(usize, InvalidRecipient)>> {
        let mut seen = Vec::new();
        let (mut recipients, mut faults) = (Vec::new(), Vec::new());
        for (place, text) in texts.into_iter().enumerate() {
            match Recipient::parse(text.trim()) {
                Ok(recipient) if seen.contains(&recipient.to_string()) => {
                    faults.push((place, InvalidRecipient::Twice));
                }
                Ok(recipient) => {
                    seen.push(recipient.to_string());
                    recipients.push(recipient);
                }
                Err(fault) => faults.push((place, fault)),
            }
        }
        if faults.is_empty() {
            Ok(Self(recipients))
        } else {
            Err(faults)
        }
    }

    /// The value as an armored age file, which each of the recipients can open. Never the same twice.
    ///
    /// # Errors
    ///
    /// When there are no recipients.
    pub(super) fn encrypt(&self, value: &SecretString) -> Result<String, age::EncryptError> {
        let recipients = self.0.iter().map(|recipient| match recipient {
            Recipient::X25519(recipient) => recipient as &dyn age::Recipient,
            Recipient::Ssh(recipient) => recipient,
        });
        let encryptor = Encryptor::with_recipients(recipients)?;
        let mut file = Vec::new();
        let armor = ArmoredWriter::wrap_output(&mut file, Format::AsciiArmor)?;
        let mut writer = encryptor.wrap_output(armor)?;
        writer.write_all(value.expose_secret().as_bytes())?;
        writer.finish()?.finish()?;
        Ok(String::from_utf8_lossy(&file).into_owned())
    }
}

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} recipients", self.0.len())
    }
}

impl Recipient {
    fn parse(text: &str) -> Result<Self, InvalidRecipient> {
        let upper = text.to_ascii_uppercase();
        if [AGE_SECRET_KEY, AGE_PLUGIN]
            .iter()
            .any(|start| upper.contains(start))
            || upper.contains("PRIVATE KEY-----")
            || text.contains(OPENSSH_PRIVATE_KEY)
        {
            return Err(InvalidRecipient::PrivateKey);
        }
        match upper.strip_prefix("AGE1") {
            Some(rest) => text.parse().map(Self::X25519).map_err(|_| {
                // The name of the kind stands before the last `1`, where plain recipients have only `age`.
                if rest.contains('1') && !text.contains(char::is_whitespace) {
                    InvalidRecipient::AgeKind
                } else {
                    InvalidRecipient::Unreadable
                }
            }),
            None => Self::parse_ssh(text),
        }
    }

    /// Reads a line of a `.pub` file, with its comment or without.
    fn parse_ssh(text: &str) -> Result<Self, InvalidRecipient> {
        use age::ssh::ParseRecipientKeyError as Ssh;

        let mut words = text.split_whitespace();
        let (kind, key) = (words.next(), words.next());
        let line = [kind, key].map(Option::unwrap_or_default).join(" ");
        let read = line.parse().map_err(|error| match error {
            Ssh::RsaModulusTooLarge | Ssh::RsaModulusTooSmall => InvalidRecipient::RsaSize,
            Ssh::Ignore | Ssh::Unsupported(_) => InvalidRecipient::SshKind,
            Ssh::Invalid(_) if is_other_ssh_kind(text) => InvalidRecipient::SshKind,
            _ => InvalidRecipient::Unreadable,
        });
        let recipient = Self::Ssh(read?);
        // The reader ignores what follows the key. A second line would be a recipient who cannot open the file.
        if recipient.to_string() == line && text.lines().count() == 1 {
            Ok(recipient)
        } else {
            Err(InvalidRecipient::Unreadable)
        }
    }
}

/// The key alone, in one spelling.
impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::X25519(recipient) => recipient.fmt(f),
            Self::Ssh(recipient) => recipient.fmt(f),
        }
    }
}

/// Whether the text begins like a public key of SSH of another kind.
fn is_other_ssh_kind(text: &str) -> bool {
    let kind = text.split_whitespace().next().unwrap_or_default();
    let known = matches!(kind, "ssh-ed25519" | "ssh-rsa");
    !known
        && ["ssh-", "ecdsa-", "sk-"]
            .iter()
            .any(|start| kind.starts_with(start))
}

/// Why a file could not be opened. It holds nothing of file or identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotDecrypted {
    #[error(
        "this is no identity: expected `AGE-SECRET-KEY-1...`, or an OpenSSH private key that has no passphrase"
    )]
    Identity,
    #[error(
        "the private key has a passphrase: give a copy without one (`ssh-keygen -p`), or an age identity"
    )]
    Passphrase,
    #[error(
        "private keys of this kind are not supported: expected an age identity (`AGE-SECRET-KEY-1...`), or an OpenSSH key of \
         the kind ed25519 or RSA"
    )]
    IdentityKind,
    #[error("the file is not encrypted for this identity")]
    WrongIdentity,
    #[error("this is no whole age file: it is cut, changed, or something else")]
    File,
}

impl NotDecrypted {
    /// Whether the identity is to blame, and not the file.
    pub(super) fn is_of_identity(self) -> bool {
        !matches!(self, Self::File)
    }
}

/// What an armored age file holds.
///
/// # Errors
///
/// When the identity cannot open it, or it is no age file of a text.
pub(super) fn decrypt(file: &str, identity: &SecretString) -> Result<SecretString, NotDecrypted> {
    let identities = identities(identity)?;
    let reader = ArmoredReader::new(file.trim().as_bytes());
    let decryptor = Decryptor::new_buffered(reader).map_err(|_| NotDecrypted::File)?;
    let opened = decryptor.decrypt(identities.iter().map(|identity| &**identity));
    let mut reader = opened.map_err(|error| match error {
        DecryptError::NoMatchingKeys | DecryptError::KeyDecryptionFailed => {
            NotDecrypted::WrongIdentity
        }
        _ => NotDecrypted::File,
    })?;
    let mut value = Zeroizing::new(String::new());
    reader
        .read_to_string(&mut value)
        .map_err(|_| NotDecrypted::File)?;
    Ok(SecretString::from(value.as_str()))
}

/// The identities of a text: one or more of age, as `age-keygen` writes them, with comments; or one private key of SSH.
fn identities(text: &SecretString) -> Result<Vec<Box<dyn age::Identity>>, NotDecrypted> {
    let text = text.expose_secret();
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let first = lines.clone().next().unwrap_or_default();
    let upper = Zeroizing::new(first.to_ascii_uppercase());
    if upper.starts_with("AGE-SECRET-KEY-1") {
        let identities = lines.map(|line| match line.parse::<age::x25519::Identity>() {
            Ok(identity) => Ok(Box::new(identity) as Box<dyn age::Identity>),
            Err(_) => Err(NotDecrypted::Identity),
        });
        return identities.collect();
    }
    if upper.starts_with(AGE_SECRET_KEY) || upper.starts_with(AGE_PLUGIN) {
        return Err(NotDecrypted::IdentityKind);
    }
    if !first.starts_with("-----BEGIN") {
        return Err(NotDecrypted::Identity);
    }
    // The reader wants the line end after the last line, which texts from files have lost by the time they are here.
    let text = Zeroizing::new(format!("{}\n", text.trim()));
    let read = age::ssh::Identity::from_buffer(text.as_bytes(), None);
    match read.map_err(|_| NotDecrypted::Identity)? {
        age::ssh::Identity::Encrypted(_) => Err(NotDecrypted::Passphrase),
        age::ssh::Identity::Unsupported(_) => Err(NotDecrypted::IdentityKind),
        identity @ age::ssh::Identity::Unencrypted(_) => Ok(vec![Box::new(identity)]),
    }
}

#[cfg(test)]
mod tests;
