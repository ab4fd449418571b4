use super::*;
use crate::emulator::clock::object_id;
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
fn an_anonymous_user_is_forgotten_after_90_days() {
    let mut tables = Tables::default();
    let day = |n: i64| second(n * 24 * 60 * 60);
    let (anonymous, linked) = (
        insert(&mut tables, Provider::AnonUser),
        insert(&mut tables, Provider::AnonUser),
    );
    let more = identity(Provider::LocalUserpass);
    tables.change_user(linked, |user| user.identities.push(more));
    let mut open = |user, now: Timestamp| {
        let session = Session {
            id: object_id(now),
            user,
            identity: identity(Provider::AnonUser),
            expires_at: day(1000),
        };
        tables.open_session(session, now, now);
        // As if there were many.
        tables.room = 0;
        [anonymous, linked].map(|user| tables.user(user).is_some())
    };
    open(anonymous, day(0));
    for _ in 1..MANY_SESSIONS {
        open(linked, day(0));
    }
    assert_eq!(open(linked, day(89)), [true, true]);
    assert_eq!(open(linked, day(90)), [false, true]);
    assert_eq!(tables.open_sessions(), MANY_SESSIONS + 1);
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
