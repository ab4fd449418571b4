use super::*;
use crate::emulator::options::Lag;
use crate::emulator::state::keys::Keys;

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn identity(provider: Provider) -> Identity {
    Identity {
        id: ObjectId::new(),
        provider,
    }
}

fn insert(tables: &mut Tables, provider: Provider) -> ObjectId {
    let mut user = User::new(ObjectId::new(), Keys::new(Lag::None));
    let id = user.id;
    user.identities.push(identity(provider));
    tables.insert_user(user);
    id
}

/// Opens a session that expires at 100, by an identity of this provider. Access tokens are valid for 10.
fn open(tables: &mut Tables, user: ObjectId, provider: Provider, now: i64) -> ObjectId {
    let session = Session {
        id: ObjectId::new(),
        user,
        identity: identity(provider),
        expires_at: second(100),
    };
    let id = session.id;
    tables.open_session(session, second(now), second(now + 10));
    id
}

#[test]
fn an_anonymous_user_is_forgotten_after_the_last_access_token() {
    let mut tables = Tables::default();
    let anonymous = insert(&mut tables, Provider::AnonUser);
    let linked = insert(&mut tables, Provider::AnonUser);
    let other = insert(&mut tables, Provider::LocalUserpass);
    for user in [anonymous, linked] {
        let session = open(&mut tables, user, Provider::AnonUser, 1);
        tables.close_session(session, second(11));
    }
    let session = open(&mut tables, other, Provider::LocalUserpass, 2);
    tables.close_session(session, second(12));
    let more = identity(Provider::LocalUserpass);
    tables.change_user(linked, |user| user.identities.push(more));

    open(&mut tables, other, Provider::LocalUserpass, 10);
    assert!(tables.user(anonymous).is_some());
    open(&mut tables, other, Provider::LocalUserpass, 12);
    assert!(tables.user(anonymous).is_none());
    assert!(tables.user(linked).is_some() && tables.user(other).is_some());
}

#[test]
fn an_anonymous_user_whose_session_expires_is_forgotten() {
    let mut tables = Tables::default();
    let anonymous = insert(&mut tables, Provider::AnonUser);
    open(&mut tables, anonymous, Provider::AnonUser, 1);
    let other = insert(&mut tables, Provider::LocalUserpass);
    for _ in 1..MANY_SESSIONS {
        open(&mut tables, other, Provider::LocalUserpass, 2);
    }
    open(&mut tables, other, Provider::LocalUserpass, 101);
    assert!(tables.user(anonymous).is_some());
    open(&mut tables, other, Provider::LocalUserpass, 111);
    assert!(tables.user(anonymous).is_none());
}

#[test]
fn expired_sessions_do_not_pile_up() {
    let mut tables = Tables::default();
    let user = ObjectId::new();
    let identity = identity(Provider::AnonUser);
    let mut open = |expires_at, now| {
        let id = ObjectId::new();
        let session = Session {
            id,
            user,
            identity,
            expires_at: second(expires_at),
        };
        tables.open_session(session, second(now), second(now));
        tables.open_sessions()
    };
    for _ in 0..10 * MANY_SESSIONS {
        assert!(open(1, 1) <= MANY_SESSIONS);
    }
    // Those that are valid all stay, and are not looked through at each login.
    for n in 1..=2 * MANY_SESSIONS {
        assert!(open(2, 1) >= n);
    }
    assert!(tables.room > MANY_SESSIONS);
}
