//! A local App Services for quick starts and tests. See `--help`, and the library's module `emulator`.

use std::fmt::Display;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::builder::NonEmptyStringValueParser;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use terraform_provider_appservices::emulator::{Emulator, Options, User};

/// A local Atlas App Services: sessions and user API keys over plain HTTP, in memory
#[derive(Parser)]
#[command(
    name = "appservices-emulator",
    version,
    after_help = "The first line on stdout is `listening on http://HOST:PORT`. Stop it with Ctrl-C or SIGTERM."
)]
struct Arguments {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9090")]
    listen: SocketAddr,

    /// Client app id that callers name in their URLs
    #[arg(long, value_name = "ID", default_value = "myapp-abcde", value_parser = NonEmptyStringValueParser::new())]
    app_id: String,

    /// User that exists from the start; repeat it for more users
    #[arg(long = "user", value_name = "EMAIL:PASSWORD")]
    users: Vec<User>,

    /// How many API keys one user may own
    #[arg(long, value_name = "N", default_value_t = 20)]
    max_keys: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments {
        listen,
        app_id,
        users,
        max_keys,
    } = Arguments::parse();
    match run(Options {
        listen,
        app_id,
        users,
        max_keys,
        ..Options::default()
    })
    .await
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Arguments::command()
            .error(ErrorKind::ValueValidation, error)
            .exit(),
        Err(error) => {
            complain(format_args!("error: could not serve on {listen}: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> io::Result<()> {
    let listen = options.listen;
    // Before the first line goes out: whoever reads it may send the signal at once.
    let stopped = stop_signal()?;
    let emulator = Emulator::start(options).await?;
    if !listen.ip().is_loopback() {
        let url = emulator.url();
        complain(format_args!(
            "warning: {url} can be reached from outside; passwords and keys travel unencrypted"
        ));
    }
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {}", emulator.url())?;
    stdout.flush()?;
    stopped.await;
    emulator.stop().await;
    Ok(())
}

/// Starts to listen for SIGINT and SIGTERM. The future is ready once either has come.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Starts to listen for Ctrl-C and Ctrl-Break. The future is ready once either has come.
#[cfg(windows)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::windows::{ctrl_break, ctrl_c};

    let mut interrupt = ctrl_c()?;
    let mut terminate = ctrl_break()?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Says it on stderr. When nobody can hear it there, nobody can be told either.
fn complain(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_sound_and_have_the_documented_defaults() {
        Arguments::command().debug_assert();
        let arguments = Arguments::parse_from(["appservices-emulator"]);
        assert_eq!(arguments.listen.to_string(), "127.0.0.1:9090");
        assert_eq!(arguments.app_id, Options::default().app_id);
        assert_eq!(arguments.max_keys, Options::default().max_keys);
    }
}
