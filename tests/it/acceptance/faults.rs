//! Cells of the fault matrix with the real Terraform and its state file.

use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use terraform_provider_appservices::emulator::{Answer, Fault, FaultEffect, When};

use crate::support::world::{CI, World};

const POST: (&str, &str) = ("POST", "/auth/api_keys");
const LIST: (&str, &str) = ("GET", "/auth/api_keys");
const DISABLE: (&str, &str) = ("PUT", "/auth/api_keys/{id}/disable");
const ENABLE: (&str, &str) = ("PUT", "/auth/api_keys/{id}/enable");
const DELETE: (&str, &str) = ("DELETE", "/auth/api_keys/{id}");
const LOGIN: (&str, &str) = ("POST", "/app/{app_id}/auth/providers/{provider}/login");
const LOCATION: (&str, &str) = ("GET", "/app/{app_id}/location");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The apply succeeds in spite of it.
    Heals,
    /// One error that speaks of this.
    Fails(&'static str),
}

/// One cell.
#[derive(Clone)]
struct Cell {
    /// How the key gets its name.
    name: &'static str,
    /// Arguments of the resource before, and what is applied in trouble; none destroys.
    from: Option<&'static str>,
    to: Option<&'static str>,
    fault: Fault,
    end: End,
}

fn fault(when: When, (method, path): (&str, &str), effect: impl Into<FaultEffect>) -> Fault {
    match when {
        When::Before => Fault::before(method, path, effect),
        When::After => Fault::after(method, path, effect),
    }
}

fn cell(from: Option<&'static str>, to: Option<&'static str>, fault: Fault, end: End) -> Cell {
    Cell {
        name: FIXED,
        from,
        to,
        fault,
        end,
    }
}

impl Cell {
    fn by_prefix(self) -> Self {
        Self {
            name: RANDOM,
            ..self
        }
    }

    fn hcl(&self, arguments: Option<&str>) -> String {
        hcl(self.name, arguments)
    }
}

const FIXED: &str = "name = \"ci\"";
const RANDOM: &str = "name_prefix = \"ci-\"";

const ON: Option<&str> = Some("");
const OFF: Option<&str> = Some("enabled = false");
const ROTATED: Option<&str> = Some("keepers = { a = \"1\" }");

fn failing(status: u16) -> Answer {
    Answer::new(status).body("text/html", "<html>not today</html>")
}

fn page() -> Answer {
    Answer::new(200).body("text/html", "<html>log in first</html>")
}

/// What happens while a key is made.
fn creations() -> Vec<Cell> {
    use When::{After, Before};
    let fails = End::Fails;
    let hang = fault(After, POST, FaultEffect::Hang).always();
    let late = fault(After, POST, failing(504)).always();
    let half = fault(Before, DISABLE, failing(500)).always();
    let anew = fault(After, POST, failing(502)).always();
    let busy = fault(Before, LOGIN, Answer::new(429)).always();
    let lost = fault(Before, LOCATION, page()).always();
    vec![
        cell(None, ON, fault(After, POST, FaultEffect::Reset), End::Heals).by_prefix(),
        cell(
            None,
            ON,
            fault(After, POST, FaultEffect::Reset),
            fails("replace_existing"),
        ),
        cell(None, ON, hang.clone(), fails("did not answer")),
        cell(None, ON, hang, fails("did not answer")).by_prefix(),
        cell(None, ON, late.clone(), fails("504")),
        cell(None, ON, late, fails("504")).by_prefix(),
        cell(None, OFF, half, fails("untaint")),
        cell(None, ON, fault(Before, LIST, failing(503)), End::Heals),
        cell(ON, ROTATED, anew.clone(), fails("502")),
        cell(ON, ROTATED, anew, fails("502")).by_prefix(),
        cell(None, ON, busy, fails("log in")),
        cell(None, ON, lost, fails("base_url")),
    ]
}

/// What happens to a key that is there.
fn changes() -> Vec<Cell> {
    use When::{After, Before};
    let fails = End::Fails;
    let ended = r#"{"error":"invalid session: failed to find refresh token","error_code":"InvalidSession"}"#;
    let ended = Answer::new(401).body("application/json", ended);
    let disable = fault(Before, DISABLE, failing(503)).always();
    let enable = fault(After, ENABLE, FaultEffect::Truncate).always();
    let delete = fault(Before, DELETE, failing(500)).always();
    let read = fault(Before, LIST, page()).always();
    vec![
        cell(
            ON,
            OFF,
            fault(After, DISABLE, FaultEffect::Reset),
            End::Heals,
        ),
        cell(ON, OFF, disable, fails("disable")),
        cell(OFF, ON, enable, fails("enable")),
        cell(
            ON,
            None,
            fault(After, DELETE, FaultEffect::Reset),
            End::Heals,
        ),
        cell(ON, None, delete, fails("delete")),
        cell(ON, None, fault(Before, DELETE, ended), End::Heals),
        cell(ON, OFF, read, fails("read")),
    ]
}

fn hcl(name: &str, arguments: Option<&str>) -> String {
    arguments.map_or(String::new(), |arguments| {
        format!("resource \"appservices_user_api_key\" \"ci\" {{\n  {name}\n  {arguments}\n}}")
    })
}

/// What holds at any time between the server and the state file. After an error, a key of a fixed name may be on the server
/// alone: the error names it.
async fn stands(world: &World, cell: &Cell, failed: bool) {
    let state = world.state(CI);
    let keys = world.server.emulator.keys();
    assert!(keys.len() <= 1, "{keys:?} after {:?}", cell.fault);
    for key in keys {
        let is_named = failed && cell.name == FIXED && state.is_null();
        let unseen = is_named || state.is_object() && state["id"].is_null();
        assert!(
            unseen || state["id"] == key.id.as_str(),
            "{key:?} is not in {state} after {:?}",
            cell.fault
        );
        if let Value::String(value) = &state["key"] {
            let login = world.server.log_in_with(value).await;
            assert_eq!(login.is_success(), !key.disabled, "{:?}", cell.fault);
        } else {
            assert!(unseen, "a value that no state holds: {:?}", cell.fault);
        }
    }
}

async fn run(cell: Cell) {
    let Some(world) = World::start().await else {
        return;
    };
    world.provider(&format!(
        "{}\n  max_retries = 1\n  request_timeout = \"2s\"",
        world.arguments()
    ));
    if cell.from.is_some() {
        world.apply(&cell.hcl(cell.from)).await.succeeds();
    }
    let value = world.state(CI)["key"].clone();
    let injected = world.server.emulator.inject(cell.fault.clone());
    let injected = injected.expect("a fault");
    let ran = world.apply(&cell.hcl(cell.to)).await;
    assert!(injected.hits() > 0, "{:?}: {}", cell.fault, ran.whole());
    match cell.end {
        End::Heals => ran.succeeds(),
        End::Fails(phrase) => ran.fails_with(&[phrase]),
    };
    world.server.emulator.clear_faults();
    stands(&world, &cell, cell.end != End::Heals).await;
    let replaces = cell.to.is_some_and(|to| to.contains("keepers"));
    if cell.from.is_some() && cell.to.is_some() && !replaces {
        assert_eq!(world.state(CI)["key"], value, "{:?}", cell.fault);
    }
    // The same again, without trouble, and with what the error says to do about a key of a fixed name.
    let is_left = world.state(CI).is_null() && !world.server.emulator.keys().is_empty();
    let healed = cell.to.map(|to| format!("{to}\n  replace_existing = true"));
    let to = if is_left { healed.as_deref() } else { cell.to };
    world.apply(&cell.hcl(to)).await.succeeds();
    stands(&world, &cell, false).await;
    let expected = usize::from(cell.to.is_some());
    assert_eq!(world.server.emulator.keys().len(), expected);
    world.has_nothing_to_do(&cell.hcl(to)).await;
}

async fn walk(cells: Vec<Cell>) {
    stream::iter(cells)
        .for_each_concurrent(3, |cell| async { run(cell).await })
        .await;
}

#[tokio::test]
async fn a_key_is_made_through_faults() {
    walk(creations()).await;
}

#[tokio::test]
async fn a_key_is_changed_and_deleted_through_faults() {
    walk(changes()).await;
}

#[tokio::test]
async fn a_lagging_server_shows_terraform_nothing_to_do_after_an_apply() {
    use std::time::Duration;
    use terraform_provider_appservices::emulator::{Lag, Options};
    for lag in [Lag::Time(Duration::from_millis(600)), Lag::Reads(2)] {
        let Some(world) = World::of(Options {
            lag,
            ..Options::default()
        })
        .await
        else {
            return;
        };
        for arguments in ["", "enabled = false", "keepers = { a = \"1\" }"] {
            let hcl = hcl(FIXED, Some(arguments));
            world.apply(&hcl).await.succeeds();
            world.has_nothing_to_do(&hcl).await;
        }
        world.destroy().await.succeeds();
        let plan = world.plan(&hcl(FIXED, ON)).await;
        plan.does(CI, "create");
    }
}
