use super::*;
use crate::emulator::app::Identity;

fn identity(provider: Provider) -> Identity {
    Identity {
        id: ObjectId::new(),
        provider,
    }
}

fn insert(tables: &mut Tables, provider: Provider, login: Login) -> ObjectId {
    let id = ObjectId::new();
    tables.insert_user(User {
        id,
        identity: identity(provider),
        login,
    });
    id
}

/// Opens a session among ten at most.
fn open(tables: &mut Tables, user: ObjectId) -> ObjectId {
    let id = ObjectId::new();
    let session = Session {
        id,
        user,
        identity: identity(Provider::AnonUser),
        key: None,
        expires_at: jiff::Timestamp::MAX,
    };
    tables.open_session(session, 10);
    id
}

#[test]
fn the_oldest_session_ends_for_one_too_many_and_an_anonymous_user_with_it() {
    let mut tables = Tables::new(Lag::None, Stored::default(), None);
    let anonymous = insert(&mut tables, Provider::AnonUser, Login::Anonymous);
    let name = "one".to_owned();
    let user = insert(
        &mut tables,
        Provider::LocalUserpass,
        Login::External { name },
    );
    open(&mut tables, anonymous);
    let second = open(&mut tables, user);
    for _ in 0..8 {
        open(&mut tables, user);
    }
    assert_eq!(tables.open_sessions(), 10);
    assert!(tables.user(anonymous).is_some());
    open(&mut tables, user);
    assert!(tables.user(anonymous).is_none() && tables.session(second).is_some());
    open(&mut tables, user);
    assert!(tables.session(second).is_none());
    assert_eq!(tables.close_sessions(user), 10);
    assert!(tables.user(user).is_some());
    assert_eq!(tables.open_sessions(), 0);
}

#[test]
fn a_removed_user_leaves_nothing() {
    let mut tables = Tables::new(Lag::None, Stored::default(), None);
    let (name, digest) = ("backend".to_owned(), KeyDigest::of("secret"));
    let login = Login::ServerKey { name, digest };
    let user = insert(&mut tables, Provider::ApiKey, login);
    open(&mut tables, user);
    assert!(tables.by_digest(digest).is_some());
    assert!(tables.remove_user(user) && !tables.remove_user(user));
    assert!(tables.by_digest(digest).is_none());
    assert!(tables.user_by_name(Provider::ApiKey, "backend").is_none());
    assert_eq!((tables.open_sessions(), tables.user_count()), (0, 0));
}
