//! What has to hold after each cell.

use std::path::Path;

use super::cell::{Cell, Place};
use super::event::Event;
use super::situation::Situation;

const SWEEP: &str = "examples/ephemeral-resources/appservices_user_api_key/sweep";
const PREFIX: &str = "terraform-ephemeral-";

impl Cell {
    /// Nothing can be expected of a process that was killed.
    fn kills_the_provider(&self) -> bool {
        matches!(self.event, Event::Provider("-KILL"))
    }
}

/// The provider has logged out.
pub(super) async fn no_session(cell: &Cell, place: &Place<'_>) {
    // After Shutdown, core kills within two seconds: on a busy machine that may be before the answer to the logout.
    if cell.kills_the_provider() || matches!(cell.event, Event::CtrlCTwice) {
        return;
    }
    for seen in place.detour.seen() {
        if seen.path.ends_with("/login") {
            let session = seen.answer["refresh_token"].as_str().expect("a session");
            assert!(!place.server.is_alive(session).await, "a session is left");
        }
    }
}

/// Each key is in the state. One that was killed for may be left, and a fixed name whose creation is never answered.
pub(super) async fn no_key(cell: &Cell, place: &Place<'_>, screen: &str) {
    if cell.kills_the_provider() && cell.situation == Situation::Ephemeral {
        sweep(place).await;
    }
    let in_state = place.ids_in_state();
    let is_left = |key: &str| !in_state.iter().any(|id| id == key);
    for key in place.keys() {
        let is_excused = match cell.situation {
            Situation::Answered | Situation::Rotation => cell.kills_the_provider(),
            // Shutdown leaves a second and a half. What that is not enough for, the log has to tell.
            Situation::Unanswered => {
                cell.kills_the_provider() || key.name == "ci" || tells(screen, &key.name)
            }
            _ => false,
        };
        assert!(
            is_excused || !is_left(&key.id),
            "{key:?} is in no state. The state has {in_state:?}; the terminal:\n{screen}"
        );
    }
}

/// Whether the provider's last line names this.
fn tells(screen: &str, name: &str) -> bool {
    let mut lines = screen.lines();
    lines.any(|line| line.contains("left_behind") && line.contains(name))
}

/// As the page of the ephemeral key shows it.
async fn sweep(place: &Place<'_>) {
    assert_eq!(place.keys().len(), 1, "the key that was open");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(SWEEP);
    let script = script.to_str().expect("UTF-8");
    let folder = place.terraform.directory();
    let swept = place.terraform.script(folder, script, &[PREFIX, "0"]).await;
    swept
        .succeeds()
        .mentions(&["Deleting terraform-ephemeral-"]);
}

/// The next apply makes it right; where it meets a fixed name that is taken, it says how to go on.
pub(super) async fn a_way_on(cell: &Cell, place: &Place<'_>) {
    place.terraform.write("main.tf", cell.situation.next());
    let ran = place
        .terraform
        .run(&["apply", "-auto-approve", "-input=false"])
        .await;
    let in_state = place.ids_in_state();
    let keys = place.keys();
    if cell.situation != Situation::Ephemeral {
        let mut prefixed = keys.iter().filter(|key| key.name != "ci");
        assert!(
            prefixed.any(|key| in_state.contains(&key.id)),
            "no key of the prefix: {}",
            ran.whole()
        );
    }
    if ran.code == 0 {
        let has_fixed_name = keys.iter().any(|key| key.name == "ci");
        assert!(has_fixed_name || !cell.situation.has_fixed_name());
        return;
    }
    assert!(
        keys.iter()
            .any(|key| key.name == "ci" && !in_state.contains(&key.id)),
        "the only excuse is a key of the fixed name: {}",
        ran.whole()
    );
    ran.fails_with(&["replace_existing", "terraform import"]);
}
