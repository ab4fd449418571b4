//! A local App Services for quick starts and tests. See `--help`, and the library's module `emulator`.

#[path = "appservices-emulator/arguments.rs"]
mod arguments;

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use terraform_provider_appservices::emulator::{Emulator, Options};

use arguments::{Arguments, refused};

#[tokio::main]
async fn main() -> ExitCode {
    let options = Arguments::parse().options();
    let options = options.unwrap_or_else(|error| error.exit());
    let listen = options.listen;
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            refused(ErrorKind::ValueValidation, error).exit()
        }
        Err(error) => {
            complain(format_args!("error: could not serve on {listen}: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> io::Result<()> {
    let outside = !options.listen.ip().is_loopback();
    let clear = options.tls.is_none();
    // Before the first line goes out: whoever reads it may send the signal at once.
    let stopped = stop_signal()?;
    let emulator = Emulator::start(options).await?;
    if outside && clear {
        let url = emulator.url();
        complain(format_args!(
            "warning: {url} can be reached from outside; passwords and keys travel unencrypted"
        ));
    }
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {}", emulator.url())?;
    for key in emulator.made_server_keys() {
        writeln!(stdout, "server key {}: {}", key.name, key.value)?;
    }
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
