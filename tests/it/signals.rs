//! Whatever happens to the terminal, in the middle of whatever Terraform does: nothing is left that no state knows.
//!
//! A matrix with a real Terraform in a real pseudo-terminal in each cell. The cells mostly wait, so all of those that were
//! asked for run at the same time: `cargo test --test it signals::` runs the table, `signals::in_a_delete` a row of it, and
//! `signals::in_a_delete::terminal_closed` a cell.
#![cfg(target_os = "linux")]

mod cell;
mod event;
mod left;
mod matrix;
mod situation;

use event::Event;
use situation::Situation;

macro_rules! matrix {
    ($($situation:ident: $in:ident,)+ ; $events:tt) => {
        const SITUATIONS: &[(&str, Situation)] = &[$((stringify!($situation), Situation::$in)),+];
        $(matrix!(@row $situation $events);)+
    };
    (@row $situation:ident [$($event:ident,)+]) => {
        mod $situation {
            $(#[test]
            fn $event() {
                super::matrix::run(stringify!($situation), stringify!($event));
            })+
        }
    };
}

matrix! {
    creating_for_3_s: Answered,
    creating_for_ever: Unanswered,
    in_a_refresh: Refresh,
    while_a_key_is_open: Ephemeral,
    in_a_delete: Delete,
    idle: Idle,
    in_a_rotation: Rotation,
    ;
    [
        terminal_closed,
        sighup_to_the_group,
        sigquit_to_the_group,
        sigterm_to_the_group,
        sigterm_to_terraform,
        ctrl_c,
        ctrl_c_twice,
        timeout,
        nohup_and_terminal_closed,
        sigkill_to_terraform,
        sigkill_to_the_provider,
        stopped_for_5_s,
        stdout_closed,
    ]
}

const EVENTS: &[(&str, Event)] = &[
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
