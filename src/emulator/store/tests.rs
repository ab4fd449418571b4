use serde_json::{Value, json};
use tempfile::tempdir;

use super::*;

const APP: &str = "myapp-abcde";

fn open_at(path: &Path, app_id: &str) -> io::Result<(Store, Stored<Value, Value>)> {
    Store::open(path, app_id)
}

#[tokio::test]
async fn what_is_settled_is_there_the_next_time() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("data");
    let (store, stored) = open_at(&path, APP).unwrap();
    assert!(stored.users.is_empty() && stored.sessions.is_empty());
    let ids: Vec<_> = (0..3).map(|_| ObjectId::new()).collect();
    for id in &ids {
        store.put(Kind::User, *id, &json!({ "name": id.to_hex() }));
        store.put(Kind::Session, *id, &json!("old"));
    }
    store.put(Kind::Session, ids[0], &json!("new"));
    store.remove(Kind::Session, ids[1]);
    store.remove(Kind::User, ids[1]);
    store.end_step();
    store.settled().await.unwrap();
    store.close().await;

    let (store, again) = open_at(&path, APP).unwrap();
    let names: Vec<_> = again.users.iter().map(|user| &user["name"]).collect();
    assert_eq!(names, [&ids[0].to_hex(), &ids[2].to_hex()]);
    assert_eq!(again.sessions, ["new", "old"]);
    assert_eq!(again.about.signing_key, stored.about.signing_key);
    assert_eq!(again.about.app.domain, stored.about.app.domain);
    store.close().await;
}

#[tokio::test]
async fn a_step_that_has_not_ended_is_not_there() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("data");
    let (store, _) = open_at(&path, APP).unwrap();
    store.put(Kind::User, ObjectId::new(), &json!("whole"));
    store.put(Kind::User, ObjectId::new(), &json!("whole"));
    store.end_step();
    store.put(Kind::User, ObjectId::new(), &json!("half"));
    store.settled().await.unwrap();
    store.close().await;
    let (store, again) = open_at(&path, APP).unwrap();
    assert_eq!(again.users, ["whole", "whole"]);
    store.close().await;
}

#[tokio::test]
async fn nothing_is_settled_once_it_is_closed() {
    let folder = tempdir().unwrap();
    let (store, _) = open_at(&folder.path().join("data"), APP).unwrap();
    store.close().await;
    store.remove(Kind::User, ObjectId::new());
    store.end_step();
    assert_eq!(store.settled().await, Err("it is closed".to_owned()));
}

#[tokio::test]
async fn a_file_that_cannot_be_used_says_why() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("data");
    let refusal = |path: &Path, app_id| {
        let error = open_at(path, app_id).err().unwrap();
        let text = error.to_string();
        let start = format!("data file {}: ", path.display());
        (error.kind(), text.strip_prefix(&start).unwrap().to_owned())
    };
    let (store, _) = open_at(&path, APP).unwrap();
    let busy = "another process has it open".to_owned();
    assert_eq!(refusal(&path, APP), (io::ErrorKind::ResourceBusy, busy));
    store.close().await;
    let other = "it is the data of app 'myapp-abcde', not of 'other-abcde'".to_owned();
    let expected = (io::ErrorKind::InvalidInput, other);
    assert_eq!(refusal(&path, "other-abcde"), expected);

    let foreign = folder.path().join("foreign");
    drop(Database::create(&foreign).unwrap());
    let expected = "it is no data of this emulator".to_owned();
    assert_eq!(
        refusal(&foreign, APP),
        (io::ErrorKind::InvalidInput, expected)
    );
    fs::write(&foreign, "a text, and not a short one either").unwrap();
    assert_eq!(refusal(&foreign, APP).0, io::ErrorKind::Other);
    let nowhere = folder.path().join("missing").join("data");
    assert_eq!(refusal(&nowhere, APP).0, io::ErrorKind::Other);
}

#[test]
fn what_is_left_of_a_broken_creation_is_in_nobodys_way() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("data.new"), [0; 4096]).unwrap();
    assert!(open_at(&folder.path().join("data"), APP).is_ok());
    assert!(!folder.path().join("data.new").exists());
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempdir().unwrap();
    let path = folder.path().join("data");
    assert!(open_at(&path, APP).is_ok());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
}
