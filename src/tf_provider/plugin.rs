//! The go-plugin runtime: processes, sockets and signals, and nothing of what Terraform asks.

mod arguments;
mod handshake;
mod listener;
mod log;
pub(crate) mod panics;
mod services;
mod tls;

use std::error::Error;
use std::ffi::OsString;
use std::future::Future;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::signal;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::{Connected, Router};

use self::arguments::Wish;
use self::handshake::{Address, Host, Refusal};
use self::listener::{Connections, Listener, Open};
use super::proto::plugin::grpc_broker_server::GrpcBrokerServer;
use super::proto::plugin::grpc_controller_server::GrpcControllerServer;
use super::proto::plugin::grpc_stdio_server::GrpcStdioServer;
use super::proto::tfplugin6::provider_server::ProviderServer;
use super::provider::Provider;
use super::server::Server;

pub(crate) use self::listener::ConnectionId;

/// What `HashiCorp`'s own SDK takes; a state with thousands of keys passes the usual 4 MiB.
const LARGEST_MESSAGE: usize = 256 * 1024 * 1024;
/// The host kills a process that is still there 2 s after it said goodbye.
const LAST_WORDS: Duration = Duration::from_millis(1_500);
/// Nobody kills a process whose host is gone, and what it began may need a while to be taken back.
const ORPHANED: Duration = Duration::from_secs(60);
/// How long the answer to the goodbye may take to reach the host.
const GOODBYE: Duration = Duration::from_millis(50);
/// How often a process without connections looks whether its host is still alive.
#[cfg(unix)]
const LOOK_FOR_THE_HOST: Duration = Duration::from_millis(250);

/// Runs a provider binary: serves the host that started it, or the person at the terminal.
///
/// `environment` stands for the process's own, so that only `main` touches it.
pub fn serve<P: Provider>(
    provider: P,
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl Fn(&str) -> Option<String>,
) -> ExitCode {
    let debug = match arguments::parse::<P>(arguments) {
        Wish::Serve => false,
        Wish::Debug => true,
        Wish::Read {
            text,
            mistaken: false,
        } => return say(&mut io::stdout(), &text, ExitCode::SUCCESS),
        Wish::Read {
            text,
            mistaken: true,
        } => return say(&mut io::stderr(), &text, ExitCode::from(2)),
    };
    let host = match Host::from_environment(&environment) {
        Ok(host) => Some(host),
        Err(Refusal::ByHand) if debug => None,
        Err(refusal) => {
            return say(
                &mut io::stderr(),
                &explained::<P>(&refusal),
                ExitCode::FAILURE,
            );
        }
    };
    // Before the hook, which hides what a panic says: here its author is told of a provider that cannot be served.
    let server = Server::new(provider);
    log::install(P::NAME, std::any::type_name::<P>(), environment);
    panics::install_hook();
    let outcome = catch_unwind(AssertUnwindSafe(|| run(server, host.filter(|_| !debug))));
    let complaint = match outcome {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(error)) => format!("The provider could not start: {error}\n"),
        // Terraform shows what begins like this as the reason why the provider is gone.
        Err(_) => format!("panic: the provider ended at {}\n", panics::last_place()),
    };
    say(&mut io::stderr(), &complaint, ExitCode::FAILURE)
}

/// Serves one connection for as long as it is polled, without handshake and TLS: for tests that play the host of a
/// provider in their own process.
pub async fn serve_connection<P: Provider, S>(provider: P, stream: S)
where
    S: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
{
    let server = Server::new(provider);
    let incoming = stream::iter([Ok::<_, io::Error>(stream)]).chain(stream::pending());
    // It cannot fail: there is no listener.
    let _ = router(&server, CancellationToken::new())
        .serve_with_incoming(incoming)
        .await;
}

/// Serves the host, or without one whoever attaches.
fn run<P: Provider>(server: Server<P>, host: Option<Host>) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let outcome = match host {
        Some(host) => runtime.block_on(serve_host(server, &host)),
        None => runtime.block_on(serve_debugger(server)),
    };
    // A DNS lookup that hangs is not waited for.
    runtime.shutdown_background();
    outcome
}

fn explained<P: Provider>(refusal: &Refusal) -> String {
    match refusal {
        Refusal::ByHand => format!(
            "This program is the Terraform provider {}, and Terraform starts it by itself.\n\
             Name it in `required_providers` and run `terraform init`.\n\
             To start it by hand for a debugger, use --debug. To see what else there is, use --help.\n",
            P::ADDRESS
        ),
        other => format!("The provider could not start: {other}.\n"),
    }
}

fn say(stream: &mut impl Write, text: &str, code: ExitCode) -> ExitCode {
    // With nobody to read it there is nothing to be done.
    let _ = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
    code
}

/// Serves the host that started this process until it says goodbye or is gone.
async fn serve_host<P: Provider>(server: Server<P>, host: &Host) -> Result<(), Box<dyn Error>> {
    let tls = host
        .certificate
        .clone()
        .map(tls::Identity::generate)
        .transpose()?;
    let listener = Listener::bind(host.socket_folder.as_deref(), host.ports.clone()).await?;
    let line = handshake::line(
        host,
        &listener.address()?,
        tls.as_ref().map(|identity| &identity.certificate),
    );
    let mut interrupts = interrupts()?;
    tokio::spawn(async move { while interrupts.recv().await.is_some() {} });
    let terminated = termination()?;

    let goodbye = CancellationToken::new();
    let Connections { stream, open } = listener.connections(tls.map(|identity| identity.config));
    let serving = tokio::spawn(router(&server, goodbye.clone()).serve_with_incoming(stream));
    say(&mut io::stdout(), &line, ExitCode::SUCCESS);

    let limit = tokio::select! {
        () = goodbye.cancelled() => {
            // The host closes the connection when it has the answer. Its other streams would stay open for ever.
            let _ = tokio::time::timeout(GOODBYE, open.only_the_listener()).await;
            LAST_WORDS
        }
        () = host_is_gone(&open) => {
            tracing::warn!("the host is gone");
            ORPHANED
        }
        () = terminated => {
            tracing::warn!("asked to terminate");
            LAST_WORDS
        }
    };
    if tokio::time::timeout(limit, server.finish(limit))
        .await
        .is_err()
    {
        tracing::warn!("ended before everything was finished");
    }
    serving.abort();
    // The listener's task lets go of the socket, and with it of the file.
    let _ = serving.await;
    let _ = tokio::time::timeout(GOODBYE, open.nothing()).await;
    Ok(())
}

/// Serves whoever connects, without TLS, until a person interrupts.
async fn serve_debugger<P: Provider>(server: Server<P>) -> Result<(), Box<dyn Error>> {
    let listener = Listener::bind(None, 0..=0).await?;
    let text = reattach::<P>(&listener.address()?);
    let mut interrupts = interrupts()?;
    let terminated = termination()?;
    let Connections { stream, open } = listener.connections(None);
    let serving =
        tokio::spawn(router(&server, CancellationToken::new()).serve_with_incoming(stream));
    say(&mut io::stdout(), &text, ExitCode::SUCCESS);
    tokio::select! {
        _ = interrupts.recv() => {}
        () = terminated => {}
    }
    let _ = tokio::time::timeout(LAST_WORDS, server.finish(LAST_WORDS)).await;
    serving.abort();
    let _ = serving.await;
    let _ = tokio::time::timeout(GOODBYE, open.nothing()).await;
    Ok(())
}

fn reattach<P: Provider>(address: &Address) -> String {
    // `Test` has to be true: with false, the host takes the protocol for version 5.
    let how = serde_json::json!({ P::ADDRESS: {
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": address.network(), "String": address.to_string() },
    }});
    format!(
        "The provider is running. To attach Terraform, set this in its environment; Ctrl-C here ends the provider.\n\n\
         \tTF_REATTACH_PROVIDERS='{how}'\n"
    )
}

fn router<P: Provider>(server: &Server<P>, goodbye: CancellationToken) -> Router {
    let provider = ProviderServer::new(server.clone())
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE);
    let (reporter, health) = tonic_health::server::health_reporter();
    tokio::spawn(async move {
        reporter
            .set_service_status("plugin", tonic_health::ServingStatus::Serving)
            .await;
    });
    tonic::transport::Server::builder()
        .add_service(provider)
        .add_service(health)
        .add_service(GrpcControllerServer::new(services::Controller {
            server: server.clone(),
            goodbye,
        }))
        .add_service(GrpcStdioServer::new(services::Stdio))
        .add_service(GrpcBrokerServer::new(services::Broker))
}

/// From here on, Ctrl-C comes through this and no longer ends the process.
///
/// It reaches the whole process group. The host reacts to it, with an RPC; a create under way must not die of it.
#[cfg(unix)]
fn interrupts() -> io::Result<signal::unix::Signal> {
    signal::unix::signal(signal::unix::SignalKind::interrupt())
}

#[cfg(windows)]
fn interrupts() -> io::Result<signal::windows::CtrlC> {
    signal::windows::ctrl_c()
}

/// Ends when somebody asks this process to terminate; asked for before the first output, so that no moment is left in
/// which that would end it without a clean-up.
#[cfg(unix)]
fn termination() -> io::Result<impl Future<Output = ()>> {
    let mut signal = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    Ok(async move {
        let _ = signal.recv().await;
    })
}

#[cfg(windows)]
fn termination() -> io::Result<impl Future<Output = ()>> {
    Ok(std::future::pending())
}

/// Waits until the process that started this one has died. A host that lives may come back with a new connection.
async fn host_is_gone(open: &Open) {
    #[cfg(unix)]
    {
        let host = std::os::unix::process::parent_id();
        loop {
            open.only_the_listener().await;
            if std::os::unix::process::parent_id() != host {
                return;
            }
            tokio::time::sleep(LOOK_FOR_THE_HOST).await;
        }
    }
    #[cfg(not(unix))]
    {
        let _ = open;
        std::future::pending().await
    }
}
