use jiff::SignedDuration;

use super::*;
use crate::emulator::store::Journal;

/// Nobody is there, and ten sessions may be open.
fn empty() -> State {
    let options = Options {
        max_sessions: 10,
        ..Options::default()
    };
    let offset = SignedDuration::ZERO;
    let (journal, _, stored) = Journal::open(None, &options.app_id).unwrap();
    State::new(Arc::new(options), Clock { offset }, journal, stored)
}

fn open(state: &mut State, provider: Provider, login: Login) -> Session {
    let credentials = Credentials::User(provider, login);
    state.log_in(credentials).unwrap()
}

fn open_named(state: &mut State) -> Session {
    let name = "one".to_owned();
    open(state, Provider::LocalUserpass, Login::External { name })
}

#[test]
fn the_oldest_session_ends_for_one_too_many_and_an_anonymous_user_with_it() {
    let mut state = empty();
    let anonymous = open(&mut state, Provider::AnonUser, Login::Anonymous).user;
    let second = open_named(&mut state);
    for _ in 0..8 {
        open_named(&mut state);
    }
    assert_eq!(state.sessions.len(), 10);
    assert!(state.user(anonymous).is_some());
    open_named(&mut state);
    assert!(state.user(anonymous).is_none() && state.session(second.id).is_ok());
    open_named(&mut state);
    assert!(state.session(second.id).is_err());
    assert_eq!(
        state.close_sessions(|session| session.user == second.user),
        10
    );
    assert!(state.user(second.user).is_some());
    assert_eq!(state.sessions.len(), 0);
}

#[test]
fn a_removed_user_leaves_nothing() {
    let mut state = empty();
    let (name, digest) = ("backend".to_owned(), KeyDigest::of("secret"));
    let login = Login::ServerKey { name, digest };
    let user = open(&mut state, Provider::ApiKey, login).user;
    assert!(state.log_in(Credentials::Key(digest)).is_ok());
    assert_eq!(state.delete_user(user), Ok(()));
    assert_eq!(state.delete_user(user), Err(ApiError::USER_DELETED));
    assert!(state.log_in(Credentials::Key(digest)).is_err());
    assert!(state.key_by_digest.is_empty() && state.user_by_name.is_empty());
    assert!(state.sessions.is_empty() && state.accounts.is_empty());
}
