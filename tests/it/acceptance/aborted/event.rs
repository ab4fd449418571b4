//! What happens to the terminal, and to the processes in it.

use std::time::Duration;

use tokio::process::Command;

use super::cell::Place;
use crate::support::running::signal;
use crate::support::terminal::Terminal;

const APPLY: [&str; 4] = [
    "apply",
    "-auto-approve",
    "-input=false",
    "-lock-timeout=10s",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The window is closed: SIGHUP, and no terminal any more.
    TerminalClosed,
    /// `kill -SIGNAL -GROUP`.
    Group(&'static str),
    /// `kill -SIGNAL TERRAFORM`.
    Terraform(&'static str),
    /// `kill -SIGNAL PROVIDER`.
    Provider(&'static str),
    CtrlC,
    CtrlCTwice,
    /// The time of `timeout 60 terraform apply` is up. What it does then, it does when it gets SIGALRM.
    Timeout,
    /// `nohup terraform apply`, and the window is closed.
    Nohup,
    /// SIGSTOP for five seconds, and SIGCONT.
    Stopped,
    /// `terraform apply | head`.
    StdoutClosed,
}

impl Event {
    pub(super) fn start(self, place: &Place<'_>) -> Terminal {
        match self {
            Self::Timeout => Terminal::run(under(place, "timeout", &["60"])),
            Self::Nohup => Terminal::run(under(place, "nohup", &[])),
            Self::StdoutClosed => Terminal::run_piped(place.terraform.command(&APPLY)),
            _ => Terminal::run(place.terraform.command(&APPLY)),
        }
    }

    pub(super) async fn happens(self, place: &Place<'_>, terminal: &mut Terminal) {
        match self {
            Self::TerminalClosed | Self::Nohup => terminal.close().await,
            Self::Group(which) => terminal.signal_group(which).await,
            Self::Terraform(which) => signal(which, &terminal.id.to_string()).await,
            Self::Provider(which) => {
                for provider in place.providers() {
                    signal(which, &provider).await;
                }
            }
            Self::CtrlC => terminal.press_ctrl_c().await,
            Self::CtrlCTwice => {
                terminal.press_ctrl_c().await;
                terminal.shows("Gracefully shutting down").await;
                terminal.press_ctrl_c().await;
            }
            Self::Timeout => signal("-ALRM", &terminal.id.to_string()).await,
            Self::Stopped => {
                terminal.signal_group("-STOP").await;
                tokio::time::sleep(Duration::from_secs(5)).await;
                terminal.signal_group("-CONT").await;
            }
            Self::StdoutClosed => terminal.close_stdout(),
        }
    }
}

/// Terraform, started by another program.
fn under(place: &Place<'_>, program: &str, arguments: &[&str]) -> Command {
    let terraform = place.terraform.command(&APPLY);
    let terraform = terraform.as_std();
    let mut command = Command::new(program);
    command
        .args(arguments)
        .arg(terraform.get_program())
        .args(terraform.get_args())
        .current_dir(place.terraform.directory())
        .kill_on_drop(true)
        .env_clear();
    let environment = terraform.get_envs();
    command.envs(environment.filter_map(|(name, value)| Some((name, value?))));
    command
}

pub(super) const EVENTS: [(&str, Event); 13] = [
    ("terminal_closed", Event::TerminalClosed),
    ("sighup_to_the_group", Event::Group("-HUP")),
    ("sigquit_to_the_group", Event::Group("-QUIT")),
    ("sigterm_to_the_group", Event::Group("-TERM")),
    ("sigterm_to_terraform", Event::Terraform("-TERM")),
    ("ctrl_c", Event::CtrlC),
    ("ctrl_c_twice", Event::CtrlCTwice),
    ("timeout", Event::Timeout),
    ("nohup_and_terminal_closed", Event::Nohup),
    ("sigkill_to_terraform", Event::Terraform("-KILL")),
    ("sigkill_to_the_provider", Event::Provider("-KILL")),
    ("stopped_for_5_s", Event::Stopped),
    ("stdout_closed", Event::StdoutClosed),
];
