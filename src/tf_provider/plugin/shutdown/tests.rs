use proptest::prelude::*;

use super::*;

const ORPHAN: Evidence = Evidence {
    is_orphan: true,
    is_unread: false,
};
const UNREAD: Evidence = Evidence {
    is_orphan: false,
    is_unread: true,
};

/// What becomes of a process to which this happens, each time so long after the start.
fn after(mode: Mode, events: &[(u64, Event)]) -> Lifecycle {
    let start = Instant::now();
    let mut lifecycle = Lifecycle::new(mode, start);
    for (at_ms, event) in events {
        lifecycle.on(*event, start + Duration::from_millis(*at_ms));
    }
    lifecycle
}

fn hosted(events: &[(u64, Event)]) -> Option<Ending> {
    after(Mode::Hosted, events).ending()
}

#[test]
fn a_shutdown_ends_it() {
    use Event::*;
    assert_eq!(hosted(&[(1, Shutdown)]), Some(Ending::Shutdown));
    let interrupted = [(1, Connected), (2, Interrupted), (3, Disconnected)];
    assert_eq!(hosted(&interrupted), Some(Ending::Shutdown));
    let late = [(1, Connected), (2, Disconnected), (3, Interrupted)];
    assert_eq!(hosted(&late), Some(Ending::Shutdown));
}

#[test]
fn a_host_that_died_ends_it() {
    use Event::*;
    let orphan = [(1, Connected), (2, Disconnected), (3, Looked(ORPHAN))];
    assert_eq!(hosted(&orphan), Some(Ending::HostGone));
    assert_eq!(hosted(&[(1, Looked(ORPHAN))]), Some(Ending::HostGone));
    let unread = |at_ms| [(1, Connected), (2, Disconnected), (at_ms, Looked(UNREAD))];
    assert_eq!(hosted(&unread(1_000)), None, "it may come back");
    assert_eq!(hosted(&unread(2_002)), Some(Ending::HostGone));
}

#[test]
fn only_a_host_that_died_without_a_word_may_not_have_used_its_answers() {
    use Event::*;
    let vanished = |events: &[(u64, Event)]| after(Mode::Hosted, events).vanished().is_some();
    let died = [(1, Connected), (2, Disconnected), (3, Looked(ORPHAN))];
    assert!(vanished(&died));
    assert!(!vanished(&died[..2]), "it may come back");
    assert!(!vanished(&[
        (1, Connected),
        (2, Interrupted),
        (3, Disconnected),
        (4, Looked(ORPHAN))
    ]));
    assert!(!vanished(&[
        (1, Connected),
        (2, Shutdown),
        (3, Disconnected),
        (4, Looked(ORPHAN))
    ]));
    let unread = [(1, Connected), (2, Disconnected), (3_000, Looked(UNREAD))];
    assert!(!vanished(&unread), "not certain enough to delete anything");
}

#[test]
fn a_host_that_never_comes_ends_it() {
    let looked = Event::Looked(Evidence::default());
    assert_eq!(hosted(&[(59_999, looked)]), None);
    assert_eq!(hosted(&[(60_000, looked)]), Some(Ending::NoHost));
    assert_eq!(hosted(&[(1, Event::Connected), (90_000, looked)]), None);
}

#[test]
fn the_time_until_the_end_is_bounded_by_who_could_end_it_first() {
    let request = Duration::from_secs(30);
    let whole = |lifecycle: &Lifecycle| lifecycle.schedule(request).ends()[2];
    let mut lifecycle = after(Mode::Hosted, &[(1, Event::Shutdown)]);
    assert_eq!(whole(&lifecycle), Duration::from_millis(1_500));
    lifecycle.on(Event::Looked(ORPHAN), Instant::now());
    assert_eq!(
        whole(&lifecycle),
        Duration::from_secs(40),
        "no host kills it any more"
    );
    let gone = after(Mode::Hosted, &[(1, Event::Looked(ORPHAN))]);
    assert_eq!(whole(&gone), Duration::from_secs(40));
    assert!(HOST_GONE.waiting_for(Duration::MAX).ends()[2] >= Duration::MAX);
}

fn event() -> impl Strategy<Value = Event> {
    let evidence = (any::<bool>(), any::<bool>()).prop_map(|(is_orphan, is_unread)| Evidence {
        is_orphan,
        is_unread,
    });
    prop_oneof![
        Just(Event::Connected),
        Just(Event::Disconnected),
        Just(Event::Interrupted),
        evidence.prop_map(Event::Looked),
    ]
}

proptest! {
    /// Whatever signals come and whatever is observed: no process ends without Shutdown that has a connection.
    #[test]
    fn a_connection_outweighs_everything(
        before in prop::collection::vec((0..50_u64, event()), 0..8),
        during in prop::collection::vec((50..200_000_u64, event()), 0..20),
    ) {
        let mut lifecycle = after(Mode::Hosted, &before);
        let survived = lifecycle.ending().is_none();
        let now = Instant::now();
        lifecycle.on(Event::Connected, now);
        for (at_ms, event) in during {
            if event != Event::Disconnected {
                lifecycle.on(event, now + Duration::from_millis(at_ms));
            }
        }
        prop_assert_eq!(lifecycle.ending().is_none(), survived);
    }

    /// A developer's process ends when the developer says so.
    #[test]
    fn nothing_but_ctrl_c_ends_a_debugged_process(
        events in prop::collection::vec((0..200_000_u64, event()), 0..20),
    ) {
        let mut lifecycle = after(Mode::Debugged, &events);
        prop_assert_eq!(lifecycle.ending(), None);
        lifecycle.on(Event::Shutdown, Instant::now());
        prop_assert_eq!(lifecycle.ending(), Some(Ending::Shutdown));
    }

    /// A reason to end stays the same.
    #[test]
    fn what_ends_ends(events in prop::collection::vec((0..200_000_u64, event()), 0..20)) {
        let mut lifecycle = after(Mode::Hosted, &[(1, Event::Shutdown)]);
        for (at_ms, event) in events {
            lifecycle.on(event, Instant::now() + Duration::from_millis(at_ms));
        }
        prop_assert_eq!(lifecycle.ending(), Some(Ending::Shutdown));
    }
}
