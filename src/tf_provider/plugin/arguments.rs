//! The command line. Hosts give no arguments; people do.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

use super::super::provider::Provider;

/// What a person wants of the program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Invocation {
    /// To be served as a host.
    Serve,
    /// To attach a debugger first and a host afterwards.
    Debug,
    /// To read a text: help, the version, or what was wrong with the arguments.
    Read { text: String, mistaken: bool },
}

pub(super) fn parse<P: Provider>(arguments: impl IntoIterator<Item = OsString>) -> Invocation {
    let mut arguments = arguments.into_iter().peekable();
    let program = arguments.next().unwrap_or_default();
    if arguments.peek().is_none() {
        return Invocation::Serve;
    }
    match command::<P>().try_get_matches_from(std::iter::once(program).chain(arguments)) {
        Ok(matches) if matches.get_flag("debug") => Invocation::Debug,
        Ok(_) => Invocation::Serve,
        Err(error) => Invocation::Read {
            text: error.to_string(),
            mistaken: error.use_stderr(),
        },
    }
}

fn command<P: Provider>() -> Command {
    let debug = Arg::new("debug")
        .long("debug")
        .action(ArgAction::SetTrue)
        .help("Serve without Terraform, and print the TF_REATTACH_PROVIDERS that makes Terraform attach");
    Command::new(P::ADDRESS)
        .bin_name(format!("terraform-provider-{}", P::NAME))
        .display_name(format!("terraform-provider-{}", P::NAME))
        .version(P::VERSION)
        .about(format!(
            "The Terraform provider {}. Terraform starts it; see --debug for starting it by hand.",
            P::ADDRESS
        ))
        .arg(debug)
}
