//! A small go-plugin host: an independent reading of what Terraform does with a provider's process.
//!
//! Nothing is repeated or waited for that Terraform does not repeat or wait for: the first connection goes out as soon
//! as the line is there.

mod door;
mod identity;
mod plugin;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;
use tokio::process::Command;

pub(crate) use door::{Address, Presented, Versions, raw_stream, silent_stream};
pub(crate) use identity::Identity;
pub(crate) use plugin::{Ended, Plugin};

use super::patient;
use super::proto::plugin::Empty;
use super::proto::plugin::grpc_controller_client::GrpcControllerClient;
use super::rpc::Calls;
use super::server::Server;

/// The same for all versions of Terraform and `OpenTofu`.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// How a provider's process is started: as Terraform does it, until a test says otherwise.
pub(crate) struct Launch {
    program: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    identity: Identity,
    is_deaf: bool,
}

impl Launch {
    pub(crate) fn like_terraform() -> Self {
        let identity = Identity::like_terraforms();
        let environment = [
            ("TF_PLUGIN_MAGIC_COOKIE", COOKIE),
            ("PLUGIN_PROTOCOL_VERSIONS", "5,6"),
            ("PLUGIN_CLIENT_CERT", &identity.pem()),
            ("PLUGIN_MIN_PORT", "10000"),
            ("PLUGIN_MAX_PORT", "25000"),
        ];
        let environment = environment
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        Self {
            program: env!("CARGO_BIN_EXE_terraform-provider-appservices").into(),
            arguments: Vec::new(),
            environment,
            identity,
            is_deaf: false,
        }
    }

    /// Keeps stderr open and never reads it.
    pub(crate) fn deaf(self) -> Self {
        Self {
            is_deaf: true,
            ..self
        }
    }

    /// Another provider.
    pub(crate) fn of(self, program: PathBuf) -> Self {
        Self { program, ..self }
    }

    /// As a person starts it in a shell.
    pub(crate) fn by_hand(arguments: &[&str]) -> Self {
        let arguments = arguments
            .iter()
            .map(|&argument| argument.to_owned())
            .collect();
        Self {
            arguments,
            environment: BTreeMap::new(),
            ..Self::like_terraform()
        }
    }

    pub(crate) fn with(mut self, variable: &str, value: &str) -> Self {
        self.environment
            .insert(variable.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, variable: &str) -> Self {
        self.environment.remove(variable);
        self
    }

    /// Starts the process and reads nothing yet.
    pub(crate) fn spawn(self) -> (Plugin, Identity) {
        let home = tempfile::tempdir().expect("a temporary directory");
        let mut command = Command::new(self.program);
        command
            .args(self.arguments)
            .env_clear()
            .env("TMPDIR", home.path())
            .envs(self.environment);
        command
            .current_dir(home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command
            .kill_on_drop(true)
            .spawn()
            .expect("the provider's binary starts");
        (Plugin::of(child, home, self.is_deaf), self.identity)
    }

    /// Runs a process that is expected to end by itself.
    pub(crate) async fn run(self) -> Ended {
        self.spawn().0.end().await
    }
}

/// The line that a plugin prints when it is ready, taken apart.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) line: String,
    pub(crate) fields: Vec<String>,
}

impl Handshake {
    fn of(line: String) -> Self {
        let fields = line.split('|').map(str::to_owned).collect::<Vec<_>>();
        assert!(
            matches!(fields.len(), 6 | 7),
            "six fields, or seven when asked: {line}"
        );
        Self { line, fields }
    }

    /// What Terraform takes as the version of the protocol.
    pub(crate) fn protocol(&self) -> &str {
        &self.fields[1]
    }

    pub(crate) fn address(&self) -> Address {
        Address::new(&self.fields[2], &self.fields[3])
    }

    /// The server's certificate; none when it speaks plain HTTP/2.
    pub(crate) fn certificate(&self) -> Option<CertificateDer<'static>> {
        let text = Some(&self.fields[5]).filter(|text| !text.is_empty())?;
        let der = STANDARD_NO_PAD
            .decode(text)
            .expect("the certificate is base64 without padding");
        Some(der.into())
    }
}

/// A provider that is up and answers: its process, and through `Deref` the calls to it.
pub(crate) struct Host {
    pub(crate) handshake: Handshake,
    pub(crate) identity: Identity,
    pub(crate) plugin: Plugin,
    calls: Calls,
}

impl Deref for Host {
    type Target = Calls;

    fn deref(&self) -> &Calls {
        &self.calls
    }
}

impl Host {
    /// Its log is shown when the test fails.
    pub(crate) async fn start() -> Self {
        Self::launch(Launch::like_terraform().with("TF_LOG_PROVIDER", "DEBUG")).await
    }

    /// Starts a process, reads its line and connects as Terraform does.
    pub(crate) async fn launch(launch: Launch) -> Self {
        let (mut plugin, identity) = launch.spawn();
        let handshake = Handshake::of(plugin.line().await);
        let presented = Presented::Certificate(&identity);
        let channel = door::channel(
            handshake.address(),
            handshake.certificate(),
            presented,
            Versions::Any,
        )
        .await;
        let channel = channel.expect("the host that started the provider may connect");
        let log = plugin.log();
        Self {
            handshake,
            identity,
            plugin,
            calls: Calls::logged(channel, log),
        }
    }

    /// One more connection, by any client, and one call over it.
    pub(crate) async fn knock(
        &self,
        presented: Presented<'_>,
        versions: Versions,
    ) -> Result<(), String> {
        let (address, certificate) = (self.handshake.address(), self.handshake.certificate());
        let channel = door::channel(address, certificate, presented, versions).await;
        let channel = channel.map_err(|error| format!("no connection: {error:?}"))?;
        Calls::over(channel)
            .try_metadata()
            .await
            .map_err(|status| format!("no answer: {status:?}"))
    }

    /// Hangs up without Shutdown, and waits for the end of the process.
    pub(crate) async fn hang_up(self) -> Ended {
        drop(self.calls);
        self.plugin.end().await
    }

    /// Shuts the provider down as Terraform does. It has to end cleanly, and leave nothing behind.
    pub(crate) async fn shut_down(self) -> Ended {
        let mut controller = GrpcControllerClient::new(self.channel());
        patient("the answer to Shutdown", controller.shutdown(Empty {}))
            .await
            .expect("Shutdown is answered");
        let ended = self.plugin.end().await;
        assert_eq!(
            ended.status.code(),
            Some(0),
            "the exit status; stderr: {}",
            ended.stderr
        );
        assert_eq!(ended.stdout, "", "stdout belongs to the one line");
        assert!(!ended.left_a_file, "the socket goes away with the process");
        ended
    }
}

/// A provider that works on this server.
pub(crate) async fn configured(server: &Server) -> Host {
    let host = Host::start().await;
    host.configure(server.config()).await.fine();
    host
}

/// The same with a server of its own.
pub(crate) async fn configured_with_server() -> (Server, Host) {
    let server = Server::start().await;
    let host = configured(&server).await;
    (server, host)
}

/// A provider that a developer started with `--debug`, and where it listens. It lets every host in.
pub(crate) async fn debugged(launch: Launch) -> (Plugin, Address) {
    let (mut plugin, _) = launch.spawn();
    let printed = plugin.reattach().await;
    let address = &printed["registry.terraform.io/appservices/appservices"]["Addr"];
    let [network, address] =
        ["Network", "String"].map(|part| address[part].as_str().expect("an address"));
    let address = Address::new(network, address);
    (plugin, address)
}

/// A connection to a provider with `--debug`: no process, no certificate, no shutdown.
pub(crate) async fn attached(address: &Address) -> Calls {
    let channel = door::channel(address.clone(), None, Presented::Plain, Versions::Any).await;
    let channel = channel.expect("a provider with --debug lets every host in");
    Calls::over(channel)
}
