use super::*;
use crate::emulator::app::Identity;

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn identity(provider: Provider) -> Identity {
    Identity {
        id: ObjectId::new(),
        provider,
    }
}

fn tables() -> Tables {
    Tables::in_memory(Lag::None)
}

fn insert(tables: &mut Tables, provider: Provider, login: Login) -> ObjectId {
    let id = ObjectId::new();
    tables.insert_user(User {
        id,
        identity: identity(provider),
        login,
        disabled: false,
    });
    id
}

/// Opens a session among ten at most.
fn open(tables: &mut Tables, user: ObjectId, now: i64, expires_at: i64) -> ObjectId {
    let id = ObjectId::new();
    let session = Session {
        id,
        user,
        identity: identity(Provider::AnonUser),
        key: None,
        expires_at: second(expires_at),
    };
    tables.open_session(session, 10, (second(now), second(now + 10)));
    id
}

#[test]
fn an_anonymous_user_is_gone_after_the_last_access_token() {
    let mut tables = tables();
    let anonymous = insert(&mut tables, Provider::AnonUser, Login::Anonymous);
    let name = "other".to_owned();
    let other = insert(
        &mut tables,
        Provider::LocalUserpass,
        Login::External { name },
    );
    for user in [anonymous, other] {
        let session = open(&mut tables, user, 1, 100);
        tables.close_session(session, second(11));
    }
    open(&mut tables, other, 10, 100);
    assert!(tables.user(anonymous).is_some());
    open(&mut tables, other, 11, 100);
    assert!(tables.user(anonymous).is_none());
    assert!(tables.user(other).is_some());
}

#[test]
fn expired_sessions_go_first_and_then_the_oldest() {
    let mut tables = tables();
    let name = "one".to_owned();
    let user = insert(
        &mut tables,
        Provider::LocalUserpass,
        Login::External { name },
    );
    let first = open(&mut tables, user, 1, 100);
    let short = open(&mut tables, user, 1, 5);
    for _ in 0..8 {
        open(&mut tables, user, 1, 100);
    }
    assert_eq!(tables.open_sessions(), 10);
    open(&mut tables, user, 5, 100);
    assert!(tables.session(first).is_some() && tables.session(short).is_none());
    open(&mut tables, user, 5, 100);
    assert!(tables.session(first).is_none());
    assert_eq!(tables.open_sessions(), 10);
    assert_eq!(tables.close_sessions(user, second(5)), 10);
    assert_eq!((tables.expiries.len(), tables.open_sessions()), (0, 0));
}

#[test]
fn a_removed_user_leaves_nothing() {
    let mut tables = tables();
    let (name, digest) = ("backend".to_owned(), KeyDigest::of("secret"));
    let login = Login::ServerKey { name, digest };
    let user = insert(&mut tables, Provider::ApiKey, login);
    open(&mut tables, user, 1, 100);
    assert!(tables.user_by_server_key(digest).is_some());
    assert!(tables.remove_user(user) && !tables.remove_user(user));
    assert!(tables.user_by_server_key(digest).is_none());
    assert!(tables.user_by_name(Provider::ApiKey, "backend").is_none());
    assert_eq!((tables.open_sessions(), tables.user_count()), (0, 0));
}
