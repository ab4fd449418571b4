//! The go-plugin runtime: processes, sockets and signals, and nothing of what Terraform asks.
//!
//! `arguments` and `handshake` read what the host or a developer wants, `listener` and `tls` let the host in, `services` are
//! go-plugin's own, `log` writes stderr, `shutdown` owns the end. May name `server` and `provider`, never a schema or a
//! value. Nothing else in the crate touches stdin, stdout, signals or the environment of the host.

mod arguments;
mod handshake;
mod listener;
mod log;
mod services;
mod shutdown;
mod tls;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use futures_util::{StreamExt, stream};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tonic::transport::server::{Connected, Router};

use self::arguments::Invocation;
use self::handshake::{Address, HandshakeError, Host};
use self::listener::{Connections, Listener};
use self::shutdown::{Mode, Watch};
use super::panics;
use super::proto::plugin::grpc_broker_server::GrpcBrokerServer;
use super::proto::plugin::grpc_controller_server::GrpcControllerServer;
use super::proto::plugin::grpc_stdio_server::GrpcStdioServer;
use super::proto::tfplugin6::provider_server::ProviderServer;
use super::provider::Provider;
use super::server::Server;

/// What `HashiCorp`'s own SDK takes; a state with thousands of keys passes the usual 4 MiB.
const LARGEST_MESSAGE: usize = 256 * 1024 * 1024;

/// Runs a provider binary: serves the host that started it, or the person at the terminal.
///
/// `environment` stands for the process's own, so that only `main` touches it.
pub fn serve<P: Provider>(
    provider: P,
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl Fn(&str) -> Option<String>,
) -> ExitCode {
    let debug = match arguments::parse::<P>(arguments) {
        Invocation::Serve => false,
        Invocation::Debug => true,
        Invocation::Read {
            text,
            mistaken: false,
        } => return say(&mut io::stdout(), &text, ExitCode::SUCCESS),
        Invocation::Read {
            text,
            mistaken: true,
        } => return say(&mut io::stderr(), &text, ExitCode::from(2)),
    };
    let host = match Host::from_environment(&environment) {
        Ok(host) => Some(host),
        Err(HandshakeError::ByHand) if debug => None,
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
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("The provider could not start: {error}\n")),
        // Terraform shows what begins like this as the reason why the provider is gone.
        Err(_) => Some(format!(
            "panic: the provider ended at {}\n",
            panics::last_place()
        )),
    };
    if let Some(complaint) = &complaint {
        log::plain(complaint);
    }
    log::flush();
    complaint.map_or(ExitCode::SUCCESS, |_| ExitCode::FAILURE)
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

/// Serves the host, or without one any host that attaches.
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

fn explained<P: Provider>(refusal: &HandshakeError) -> String {
    match refusal {
        HandshakeError::ByHand => format!(
            "This program is the Terraform provider {}, and Terraform starts it by itself.\n\
             Name it in `required_providers` and run `terraform init`.\n\
             To start it by hand for a debugger, use --debug. To see what else there is, use --help.\n",
            P::ADDRESS
        ),
        other => format!("The provider could not start: {other}.\n"),
    }
}

fn say(stream: &mut impl Write, text: &str, code: ExitCode) -> ExitCode {
    // Without a reader there is nothing to do.
    let _ = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
    code
}

/// Serves the host that started this process until there is a reason to end.
async fn serve_host<P: Provider>(server: Server<P>, host: &Host) -> Result<(), Box<dyn Error>> {
    let shutdown = CancellationToken::new();
    let watch = Watch::begin(Mode::Hosted, server.clone(), shutdown.clone())?;
    let tls = host
        .certificate
        .clone()
        .map(tls::ServerIdentity::generate)
        .transpose()?;
    let listener = Listener::bind(host.socket_folder.as_deref(), host.ports.clone()).await?;
    let line = handshake::line(
        host,
        &listener.address()?,
        tls.as_ref().map(|identity| &identity.certificate),
    );
    let connections = listener.connections(tls.map(|identity| identity.config));
    let router = router(&server, shutdown);
    serve_until_the_end(router, connections, &line, watch).await;
    Ok(())
}

/// Serves any host that connects, without TLS, until the developer interrupts.
async fn serve_debugger<P: Provider>(server: Server<P>) -> Result<(), Box<dyn Error>> {
    let watch = Watch::begin(Mode::Debugged, server.clone(), CancellationToken::new())?;
    let listener = Listener::bind(None, 0..=0).await?;
    let text = reattach::<P>(&listener.address()?);
    let router = router(&server, CancellationToken::new());
    serve_until_the_end(router, listener.connections(None), &text, watch).await;
    Ok(())
}

/// Says `greeting` once connections are accepted.
async fn serve_until_the_end<P: Provider>(
    router: Router,
    Connections { stream, open }: Connections,
    greeting: &str,
    watch: Watch<P>,
) {
    let serving = tokio::spawn(router.serve_with_incoming(stream));
    say(&mut io::stdout(), greeting, ExitCode::SUCCESS);
    watch.until_the_end(&open).await;
    serving.abort();
    // The listener's task lets go of the socket, and with it of the file.
    let _ = serving.await;
    let _ = tokio::time::timeout(shutdown::HANG_UP, open.nothing()).await;
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

fn router<P: Provider>(server: &Server<P>, shutdown: CancellationToken) -> Router {
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
            shutdown,
        }))
        .add_service(GrpcStdioServer::new(services::Stdio))
        .add_service(GrpcBrokerServer::new(services::Broker))
}
