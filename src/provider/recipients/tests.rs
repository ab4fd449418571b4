use std::fs;
use std::process::Command;

use age::secrecy::ExposeSecret as _;

use super::*;

const VALUE: &str = "Zk3v9QmT1xR7bN5cW8dY2fH4jL6pS0aUeGiKoMqOsQuSwUyWzYaBcDeFgHiJkLmN";

fn value() -> SecretString {
    SecretString::from(VALUE)
}

/// An age key: recipient and identity.
fn age_key() -> (String, SecretString) {
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    (
        recipient,
        SecretString::from(identity.to_string().expose_secret()),
    )
}

/// A key made by `ssh-keygen`, with a passphrase or an empty one; `None` where there is no such program.
fn ssh_key(kind: &[&str], passphrase: &str) -> Option<(String, SecretString)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-N", passphrase, "-C", "somebody@example.com", "-t"]);
    let made = command.args(kind).arg("-f").arg(&path).status().ok()?;
    assert!(made.success());
    let public = fs::read_to_string(path.with_extension("pub")).unwrap();
    Some((public, fs::read_to_string(&path).unwrap().into()))
}

fn one(text: &str) -> InvalidRecipient {
    match Recipients::parse([text]) {
        Ok(_) => panic!("{text:?} is a recipient"),
        Err(faults) => faults[0].1,
    }
}

#[test]
fn each_of_several_recipients_opens_it() {
    let mut keys = vec![age_key(), age_key()];
    keys.extend(ssh_key(&["ed25519"], ""));
    keys.extend(ssh_key(&["rsa", "-b", "2048"], ""));
    let recipients = Recipients::parse(keys.iter().map(|(recipient, _)| &**recipient)).unwrap();
    let file = recipients.encrypt(&value()).unwrap();
    assert!(file.starts_with("-----BEGIN AGE ENCRYPTED FILE-----\n"));
    assert!(file.ends_with("-----END AGE ENCRYPTED FILE-----\n"));
    assert_ne!(recipients.encrypt(&value()).unwrap(), file);
    for (recipient, identity) in &keys {
        let opened = decrypt(&file, identity).unwrap();
        assert_eq!(opened.expose_secret(), VALUE, "{recipient}");
        // As `terraform output -raw` or a text file may hand it over.
        assert!(decrypt(&format!("\n{}\n\n", file.trim()), identity).is_ok());
    }
    assert_eq!(
        decrypt(&file, &age_key().1).unwrap_err(),
        NotDecrypted::WrongIdentity
    );
}

#[test]
fn what_is_no_recipient_is_told_without_quoting_it() {
    let (recipient, identity) = age_key();
    let secret = identity.expose_secret();
    assert_eq!(one(secret), InvalidRecipient::PrivateKey);
    assert_eq!(one(&secret.to_lowercase()), InvalidRecipient::PrivateKey);
    let pem = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n";
    assert_eq!(one(pem), InvalidRecipient::PrivateKey);
    assert_eq!(one(""), InvalidRecipient::Unreadable);
    assert_eq!(one("age1"), InvalidRecipient::Unreadable);
    assert_eq!(
        one(&recipient[..recipient.len() - 1]),
        InvalidRecipient::Unreadable
    );
    let wrong = recipient.replace(
        &recipient[10..11],
        if &recipient[10..11] == "q" { "p" } else { "q" },
    );
    assert_eq!(one(&wrong), InvalidRecipient::Unreadable);
    let plugin = "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t";
    assert_eq!(one(plugin), InvalidRecipient::AgeKind);
    assert_eq!(one("age1pq1qqqqqqqq"), InvalidRecipient::AgeKind);
    for private in [
        "AGE-SECRET-KEY-PQ-1QQQQ",
        "AGE-PLUGIN-YUBIKEY-1QQQQ",
        &format!("# created: today\n# public key: {recipient}\n{secret}"),
        "-----BEGIN RSA PRIVATE KEY-----",
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ",
    ] {
        assert_eq!(one(private), InvalidRecipient::PrivateKey, "{private}");
    }
    // The file is for one of them only.
    assert_eq!(
        one(&format!("{recipient}\n{recipient}")),
        InvalidRecipient::Unreadable
    );
    if let Some((line, _)) = ssh_key(&["ed25519"], "") {
        let line = line.trim();
        let (key, _comment) = line.rsplit_once(' ').unwrap();
        for wrong in [
            format!("{line}\n{line}"),
            format!("{key}!!"),
            format!("{key}AAAA"),
            format!("{key}="),
            key[..key.len() - 4].to_owned(),
            format!("no-pty {line}"),
        ] {
            assert_eq!(one(&wrong), InvalidRecipient::Unreadable, "{wrong}");
        }
        for right in [
            key.replacen(' ', "  ", 1),
            key.replacen(' ', "\t", 1),
            format!("{key} a private key of no one\r\n"),
        ] {
            assert!(Recipients::parse([&*right]).is_ok(), "{right:?}");
        }
    }
    assert_eq!(one("ssh-ed25519 AAAA"), InvalidRecipient::Unreadable);
    for kind in [
        "ssh-dss AAAAB3NzaC1kc3MAAACB",
        "ecdsa-sha2-nistp256 AAAAE2Vj",
        "sk-ssh-ed25519@openssh.com AAAA",
    ] {
        assert_eq!(one(kind), InvalidRecipient::SshKind, "{kind}");
    }
    if let Some((small, _)) = ssh_key(&["rsa", "-b", "1024"], "") {
        assert_eq!(one(&small), InvalidRecipient::RsaSize);
    }
    if let Some((curve, _)) = ssh_key(&["ecdsa"], "") {
        assert_eq!(one(&curve), InvalidRecipient::SshKind);
    }
}

#[test]
fn two_spellings_of_one_key_are_told() {
    let (recipient, _) = age_key();
    let twice = [format!("{recipient}\n"), recipient.to_uppercase()];
    let faults = Recipients::parse(twice.iter().map(String::as_str)).unwrap_err();
    assert_eq!(faults, [(1, InvalidRecipient::Twice)]);
    if let Some((line, _)) = ssh_key(&["ed25519"], "") {
        let bare = line
            .split_whitespace()
            .take(2)
            .collect::<Vec<_>>()
            .join(" ");
        let faults = Recipients::parse([&*line, &*bare]).unwrap_err();
        assert_eq!(faults, [(1, InvalidRecipient::Twice)]);
    }
}

#[test]
fn what_cannot_be_opened_names_the_argument_to_blame() {
    let (recipient, identity) = age_key();
    let recipients = Recipients::parse([&*recipient]).unwrap();
    let file = recipients.encrypt(&value()).unwrap();
    let with = |identity: &str| decrypt(&file, &SecretString::from(identity)).unwrap_err();
    assert_eq!(with(""), NotDecrypted::Identity);
    assert_eq!(with(&recipient), NotDecrypted::Identity);
    assert_eq!(with("AGE-SECRET-KEY-1QQQ"), NotDecrypted::Identity);
    assert_eq!(
        with("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"),
        NotDecrypted::Identity
    );
    if let Some((_, locked)) = ssh_key(&["ed25519"], "a passphrase") {
        assert_eq!(with(locked.expose_secret()), NotDecrypted::Passphrase);
    }
    if let Some((_, curve)) = ssh_key(&["ecdsa"], "") {
        assert_eq!(with(curve.expose_secret()), NotDecrypted::IdentityKind);
    }
    // As `age-keygen` writes it.
    let commented = format!(
        "# created: today\n# public key: {recipient}\n{}\n",
        identity.expose_secret()
    );
    assert!(decrypt(&file, &commented.clone().into()).is_ok());
    // Several, of which one is right; line ends of another system.
    let several = format!("{}\n{commented}", age_key().1.expose_secret());
    assert!(decrypt(&file, &several.replace('\n', "\r\n").into()).is_ok());
    assert!(decrypt(&file.replace('\n', "\r\n"), &identity).is_ok());
    assert_eq!(with(&format!("{several}nonsense")), NotDecrypted::Identity);
    for kind in ["AGE-SECRET-KEY-PQ-1QQQQ", "AGE-PLUGIN-YUBIKEY-1QQQQ"] {
        assert_eq!(with(kind), NotDecrypted::IdentityKind, "{kind}");
    }
    // The bytes themselves, without the armor, and a file for a passphrase.
    let (_, body) = file.trim().split_once('\n').unwrap();
    let (body, _) = body.rsplit_once('\n').unwrap();
    assert_eq!(decrypt(body, &identity).unwrap_err(), NotDecrypted::File);
    assert_eq!(
        decrypt("age-encryption.org/v1\n-> X25519 x\n", &identity).unwrap_err(),
        NotDecrypted::File
    );
    if let Some((public, private)) = ssh_key(&["ed25519"], "") {
        let recipients = Recipients::parse([&*public]).unwrap();
        let file = recipients.encrypt(&value()).unwrap();
        let windows = private.expose_secret().replace('\n', "\r\n");
        assert!(decrypt(&file, &windows.into()).is_ok());
    }

    for end in 0..file.trim_end().len() {
        assert_eq!(
            decrypt(&file[..end], &identity).unwrap_err(),
            NotDecrypted::File,
            "cut at {end}"
        );
    }
    let lines: Vec<_> = file.lines().collect();
    for place in 1..lines.len() - 1 {
        let changed = if lines[place].starts_with('A') {
            "B"
        } else {
            "A"
        };
        let mut tampered = lines.clone();
        let line = format!("{changed}{}", &lines[place][1..]);
        tampered[place] = &line;
        let error = decrypt(&tampered.join("\n"), &identity).unwrap_err();
        assert!(
            matches!(error, NotDecrypted::File | NotDecrypted::WrongIdentity),
            "line {place}: {error}"
        );
    }
}
