//! A local App Services for quick starts and tests. See `--help`, and the library's module `emulator`.

#[path = "appservices-emulator/arguments.rs"]
mod arguments;

use std::env;
use std::io;
use std::panic;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Error, Parser};
use secrecy::ExposeSecret;
use terraform_provider_appservices::emulator::{Emulator, Lines, Options};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::timeout;

use arguments::{Arguments, USERS, refused};

/// How long an end may take: what is asked for is answered, and the data file closed.
const END: Duration = Duration::from_millis(700);

/// How long streams that are not read are waited for after that.
const REST: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let options =
        Arguments::try_parse().and_then(|arguments| arguments.options(env::var_os(USERS)));
    let code = match options.map(serve) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Err(error) => told(&error),
        Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidInput => told(&refused(error)),
        Ok(Err(error)) => {
            Lines::stderr().write(&format_args!("error: {error}"));
            ExitCode::FAILURE
        }
    };
    Lines::stderr().flush(REST);
    code
}

fn serve(options: Options) -> io::Result<()> {
    let runtime = Runtime::new()?;
    // One of its own, in which a signal is heard and the time kept while all threads of the other are busy.
    let control = Builder::new_current_thread().enable_all().build()?;
    let served = control.block_on(run(options, runtime.handle()));
    control.shutdown_background();
    runtime.shutdown_background();
    served
}

async fn run(options: Options, runtime: &Handle) -> io::Result<()> {
    let listen = options.listen;
    let clear = options.tls.is_none();
    // Before the first line goes out: its reader may send the signal at once.
    let mut stopped = pin!(stop_signal()?);
    // A database that finds its file broken may panic. That is told as an error, and not twice.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let started = tokio::select! {
        started = runtime.spawn(Emulator::start(options)) => started?,
        () = &mut stopped => return Ok(()),
    };
    panic::set_hook(hook);
    let emulator = started?;
    let url = emulator.url();
    Lines::stdout().write(&format_args!("listening on {url}"));
    for (name, value) in emulator.made_server_keys() {
        let value = value.expose_secret();
        Lines::stdout().write(&format_args!("server key {name}: {value}"));
    }
    if listen.ip().is_unspecified() {
        Lines::stderr().write(&format_args!(
            "it listens on all addresses of this machine, not only on {url}"
        ));
    }
    if clear && !listen.ip().is_loopback() {
        Lines::stderr().write(&format_args!(
            "warning: it can be reached from outside, where passwords and keys travel unencrypted"
        ));
    }
    stopped.await;
    // What is left undone then was not answered.
    let _ = timeout(END, emulator.stop()).await;
    Ok(())
}

/// Help and version on stdout; a wrong argument in one line on stderr.
fn told(error: &Error) -> ExitCode {
    if !error.use_stderr() {
        // A stdout that is closed has no reader.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<_> = paragraph.split_whitespace().collect();
    Lines::stderr().write(&format_args!("{} (see --help)", words.join(" ")));
    ExitCode::from(2)
}

/// Starts to listen for Ctrl-C and SIGTERM, on Windows for Ctrl-C and Ctrl-Break. The future is ready once either has come.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let (mut one, mut other) = {
        use tokio::signal::unix::{SignalKind, signal};
        (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        )
    };
    #[cfg(windows)]
    let (mut one, mut other) = {
        use tokio::signal::windows::{ctrl_break, ctrl_c};
        (ctrl_c()?, ctrl_break()?)
    };
    Ok(async move {
        tokio::select! {
            _ = one.recv() => {}
            _ = other.recv() => {}
        }
    })
}
