use std::fs;

use tempfile::tempdir;

use super::*;
use crate::emulator::app::{Identity, Provider};
use crate::emulator::records::Login;
use crate::emulator::secrets::KeyDigest;

const APP: &str = "myapp-abcde";

fn open_at(path: &Path, app_id: &str) -> io::Result<(Journal, Stored)> {
    Journal::open(Some(path), app_id).map(|(journal, _, stored)| (journal, stored))
}

fn user(name: &str) -> User {
    let identity = Identity {
        id: ObjectId::new(),
        provider: Provider::ApiKey,
    };
    let name = name.to_owned();
    User {
        id: ObjectId::new(),
        identity,
        login: Login::External { name },
    }
}

/// Their names, in alphabetical order.
fn names(stored: &Stored) -> Vec<&str> {
    let mut names: Vec<_> = stored
        .users
        .iter()
        .filter_map(|user| user.login.name())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn what_is_flushed_is_there_the_next_time() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("data");
    let (mut journal, about, stored) = Journal::open(Some(&path), APP).unwrap();
    assert!(stored.users.is_empty() && stored.sessions.is_empty());
    let users = ["one", "two", "three"].map(user);
    for user in &users {
        journal.put(USERS, user.id, user);
        journal.put(SESSIONS, user.id, &"no session");
    }
    journal.put(USERS, users[0].id, &user("another"));
    for user in &users {
        journal.remove(SESSIONS, user.id);
    }
    journal.flush().await.unwrap();
    // The end is a flush, too.
    journal.remove(USERS, users[1].id);
    journal.close().await;

    let (mut journal, again, stored) = Journal::open(Some(&path), APP).unwrap();
    assert_eq!(names(&stored), ["another", "three"]);
    assert!(stored.sessions.is_empty());
    assert_eq!(again.signing_key, about.signing_key);
    assert_eq!(again.app.domain, about.app.domain);
    journal.close().await;
}

#[tokio::test]
async fn nothing_is_flushed_once_it_is_closed() {
    let folder = tempdir().unwrap();
    let (mut journal, _) = open_at(&folder.path().join("data"), APP).unwrap();
    journal.close().await;
    journal.remove(USERS, ObjectId::new());
    assert_eq!(journal.flush().await, Err("it is closed".to_owned()));
}

/// Why the file cannot be opened, after it was found as it was.
fn refusal(path: &Path, app_id: &str) -> String {
    let before = fs::read(path).ok();
    let error = open_at(path, app_id).err().unwrap();
    assert_eq!(fs::read(path).ok(), before, "{error}");
    let start = format!("data file {}: ", path.display());
    let text = error.to_string();
    assert!(!text.contains('\n'), "{text}");
    text.strip_prefix(&start).unwrap().to_owned()
}

/// A file with a hundred records.
async fn filled(path: &Path) {
    let (mut journal, _) = open_at(path, APP).unwrap();
    for number in 0..100 {
        let key = Key {
            id: ObjectId::new(),
            owner: ObjectId::new(),
            identity: ObjectId::new(),
            name: format!("{number}-{}", "x".repeat(500)),
            disabled: false,
            digest: KeyDigest::of("secret"),
        };
        journal.put(KEYS, key.id, &key);
        journal.flush().await.unwrap();
    }
    journal.close().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_used_says_why() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("data");
    let (mut journal, _) = open_at(&path, APP).unwrap();
    assert_eq!(refusal(&path, APP), "another process has it open");
    journal.close().await;
    let other = "it is the data of app 'myapp-abcde', not of 'other-abcde'";
    assert_eq!(refusal(&path, "other-abcde"), other);

    let foreign = "it is not a data file of this emulator";
    let file = folder.path().join("foreign");
    drop(Database::create(&file).unwrap());
    assert_eq!(refusal(&file, APP), foreign);
    for bytes in [
        &b"a text, and not a short one either"[..],
        b"red",
        b"redb",
        &vec![0; 1 << 20],
    ] {
        fs::write(&file, bytes).unwrap();
        assert_eq!(refusal(&file, APP), foreign);
    }
    let nowhere = folder.path().join("missing").join("data");
    assert!(refusal(&nowhere, APP).contains("No such file"));
    assert!(!refusal(folder.path(), APP).is_empty());
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_stays_as_it_was() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("data");
    filled(&path).await;
    let whole = fs::read(&path).unwrap();
    let end = whole.len();
    for end in [9, 400, end / 4, end / 2, end - 100, end - 1] {
        fs::write(&path, &whole[..end]).unwrap();
        let refusal = refusal(&path, APP);
        assert!(refusal.starts_with("it is damaged"), "{end}: {refusal}");
    }
    // A block of zeros where the database keeps something is noticed; elsewhere it does no harm.
    let mut noticed = 0;
    for block in 0..whole.len() / 4096 {
        let mut broken = whole.clone();
        broken[block * 4096..][..4096].fill(0);
        fs::write(&path, &broken).unwrap();
        match open_at(&path, APP) {
            Ok((mut journal, stored)) => {
                assert_eq!(stored.keys.len(), 100, "block {block}");
                journal.close().await;
            }
            Err(error) => {
                assert_eq!(fs::read(&path).unwrap(), broken, "{error}");
                noticed += 1;
            }
        }
    }
    assert!(noticed > 10, "{noticed}");
    fs::write(&path, whole).unwrap();
    let (mut journal, stored) = open_at(&path, APP).unwrap();
    assert_eq!(stored.keys.len(), 100);
    journal.close().await;
}

#[tokio::test]
async fn an_empty_file_is_a_new_store() {
    let folder = tempdir().unwrap();
    let file = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
    let (mut journal, stored) = open_at(file.path(), APP).unwrap();
    assert!(stored.users.is_empty());
    journal.close().await;
}

#[cfg(unix)]
#[test]
fn a_special_file_is_refused_and_a_link_is_followed() {
    let folder = tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let error = open_at(&pipe, APP).err().unwrap().to_string();
    assert!(
        error.ends_with("it is not a data file of this emulator"),
        "{error}"
    );
    assert!(!fs::metadata(&pipe).unwrap().is_file());
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    fs::write(&target, "").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    assert!(open_at(&link, APP).is_ok());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::metadata(&target).unwrap().len() > 0);
    fs::remove_file(&target).unwrap();
    assert!(open_at(&link, APP).is_ok(), "to nothing yet");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::metadata(&target).unwrap().len() > 0);
}

#[test]
fn files_of_other_programs_beside_it_are_left_alone() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("data.new"), "precious").unwrap();
    assert!(open_at(&folder.path().join("data"), APP).is_ok());
    let names = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["data", "data.new"]);
    let precious = fs::read(folder.path().join("data.new")).unwrap();
    assert_eq!(precious, b"precious");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_starters_on_one_new_file_one_wins() {
    for _ in 0..20 {
        let folder = tempdir().unwrap();
        let path = folder.path().join("data");
        let starters = (0..4).map(|_| {
            let path = path.clone();
            tokio::task::spawn_blocking(move || open_at(&path, APP).map(|(journal, _)| journal))
        });
        let mut winners = Vec::new();
        for starter in starters.collect::<Vec<_>>() {
            match starter.await.unwrap() {
                Ok(journal) => winners.push(journal),
                Err(error) => {
                    assert!(
                        error.to_string().ends_with("another process has it open"),
                        "{error}"
                    );
                }
            }
        }
        assert_eq!(winners.len(), 1);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempdir().unwrap();
    let path = folder.path().join("data");
    for _ in 0..2 {
        let (mut journal, _) = open_at(&path, APP).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{mode:o}");
        journal.close().await;
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    }
}
