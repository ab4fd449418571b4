//! A local App Services: the client API for sessions and user API keys, over HTTP or HTTPS, in memory or in a file.
//!
//! [`Emulator::start`] binds a port and answers in the background until the handle is stopped or dropped.
//! The official `realm-web` SDK, curl and this project's own client all work against it; point them at
//! [`Emulator::url`].
//!
//! ```
//! use terraform_provider_appservices::emulator::{Emulator, Options, User};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let ci = User { email: "ci@example.com".to_owned(), password: "correct-horse".into() };
//! let emulator = Emulator::start(Options { users: vec![ci], ..Options::default() }).await?;
//! assert!(emulator.url().starts_with("http://127.0.0.1:"));
//! emulator.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! Status, headers and bodies follow what the vendor's SDKs send and what their tests saw the real service
//! answer. Where nothing is known, the answer is a choice of ours: the item that makes it says ASSUMED, and an
//! error text of ours starts with `emulator:`. Clients should rely on neither.
//!
//! Inside, each file knows one thing, which its first line tells.
//!
//! It imports nothing else of this crate, and nothing else imports it. A path of the API is added in `routes`, a rule in
//! `state`, a refusal in `refusal`, an option and its flag in `options`.

mod api_error;
mod app;
mod bearer;
mod clock;
mod connection;
mod custom_jwt;
mod faults;
mod frame;
mod hosts;
mod http_admin;
mod lines;
mod logins;
mod object_id;
mod options;
mod places;
mod records;
mod requests;
mod routes;
mod secrets;
mod setup;
mod state;
mod store;
mod tls;
mod tokens;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

pub use self::faults::{Answer, Fault, FaultEffect, Injected, When};
pub use self::lines::Lines;
pub use self::logins::{External, ExternalUser, ServerKey, User};
pub use self::options::{Lag, Options};
pub use self::requests::Request;
pub use self::state::StoredKey;
pub use self::tls::{Tls, text_file};

use self::app::{App, Provider};
use self::clock::Clock;
use self::connection::Server;
use self::custom_jwt::Verifier;
use self::faults::Faults;
use self::hosts::Hosts;
use self::requests::Requests;
use self::setup::Secrets;
use self::state::State;
use self::store::Journal;
use self::tokens::Tokens;

/// How long [`Emulator::stop`] waits for answers that are on their way. A client that never finishes its
/// request must not keep the emulator alive.
const GRACE: Duration = Duration::from_millis(500);

/// A running emulator. It stops when this handle is dropped.
pub struct Emulator {
    shared: Arc<Shared>,
    /// Those of all connections, and the one that accepts them.
    tasks: TaskTracker,
    stopping: DropGuard,
    made_server_keys: Vec<(String, SecretString)>,
}

impl Emulator {
    /// Binds the address, makes the users, and answers requests in a background task from then on.
    ///
    /// Call it within a tokio runtime with time and I/O enabled.
    ///
    /// # Errors
    ///
    /// The error of binding, for example `AddrInUse`; `InvalidInput` when a user cannot be registered because
    /// the password's length is refused or the e-mail address stands twice, when the payload of a custom function is no
    /// JSON object, when a server key's name stands twice, or when a certificate or public key cannot be used; other errors
    /// when the data file cannot be opened.
    pub async fn start(mut options: Options) -> io::Result<Self> {
        let tls = options.tls.as_ref().map(Tls::acceptor).transpose()?;
        let custom_jwt = Verifier::of(&options)?;
        let clock = Clock {
            offset: options.clock_offset,
        };
        let app_id = options.app_id.clone();
        let (journal, about, stored) = Journal::open(options.data.as_deref(), &app_id)?;
        // What is secret of them is kept as hashes only.
        let users = mem::take(&mut options.users);
        let external = mem::take(&mut options.custom_functions).into_iter();
        let external = external.chain(mem::take(&mut options.third_parties));
        let server_keys = mem::take(&mut options.server_keys);
        let options = Arc::new(options);
        let mut state = State::new(Arc::clone(&options), clock, journal, stored);
        setup::add_users(&mut state, &app_id, users).await?;
        let secrets = setup::add_external_users(&mut state, &app_id, external)?;
        let made_server_keys = setup::add_server_keys(&mut state, server_keys)?;
        let written = state.journal.flush().await;
        written
            .map_err(|why| io::Error::other(format!("the data file cannot be written: {why}")))?;
        let listen = options.listen;
        let socket = TcpListener::bind(listen).await.map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("could not listen on {listen}: {error}"),
            )
        })?;
        let address = socket.local_addr()?;
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            tokens: Tokens::new(
                about.app.domain,
                about.signing_key,
                options.access_token_ttl,
            ),
            app: about.app,
            secrets,
            custom_jwt,
            state: Mutex::new(state),
            origin: tls::origin(options.tls.as_ref(), address, &options.allowed_hosts),
            hosts: Hosts::new(address, &options.allowed_hosts),
            clock,
            requests: Requests::new(options.log),
            faults: Faults::new(routes::names(), stop.clone()),
            options: Arc::clone(&options),
        });
        let mut router = routes::router(Arc::clone(&shared));
        if options.fault_endpoint {
            router = http_admin::router(Arc::clone(&shared)).merge(router);
        }
        Ok(Self {
            shared,
            tasks: Server::start(router, tls, socket, &stop),
            stopping: stop.drop_guard(),
            made_server_keys,
        })
    }

    /// The base URL for clients on this machine, `http://HOST:PORT` with the port that was bound; `https` with TLS, and
    /// then a host that the certificate is for, if there is one.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.origin
    }

    /// The client app id that the paths of location, registration and login must name.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.shared.app.id
    }

    /// Names and values of the server keys for which a value was made at this start, because the options gave none.
    #[must_use]
    pub fn made_server_keys(&self) -> &[(String, SecretString)] {
        &self.made_server_keys
    }

    /// Makes something go wrong from now on.
    ///
    /// # Errors
    ///
    /// When no request can ever meet the fault, or its answer has no form in HTTP: with the member that is wrong.
    pub fn inject(&self, fault: Fault) -> Result<Injected, String> {
        self.shared.faults.inject(fault)
    }

    /// Ends all faults, and lets the requests that they delay go on.
    pub fn clear_faults(&self) {
        self.shared.faults.list().iter().for_each(Injected::clear);
    }

    /// The latest requests (10,000 at most) in the order in which they were answered or otherwise ended.
    ///
    /// A record for tests that count calls. A request is in it before its answer leaves.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.latest()
    }

    /// Takes no more connections and returns when the requests under way are answered, or after half a second. The data
    /// file is closed then.
    pub async fn stop(self) {
        drop(self.stopping);
        self.tasks.close();
        // Late and in time come to the same here: the listener is closed and no request comes.
        let _ = timeout(GRACE, self.tasks.wait()).await;
        let closed = self.shared.state().journal.close();
        closed.await;
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

/// The error of a start for what the options say.
fn invalid(place: impl fmt::Display, why: impl fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{place}: {why}"))
}

/// What every request handler can reach.
struct Shared {
    options: Arc<Options>,
    app: App,
    secrets: Secrets,
    custom_jwt: Option<Verifier>,
    state: Mutex<State>,
    tokens: Tokens,
    /// Scheme, host and port, as a client on this machine can use them.
    origin: String,
    hosts: Hosts,
    clock: Clock,
    requests: Requests,
    faults: Faults,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether logins by this provider are on.
    fn offers(&self, provider: Provider) -> bool {
        match provider {
            Provider::External(External::CustomToken) if self.custom_jwt.is_some() => true,
            Provider::External(external) => self.secrets.keys().any(|(one, _)| *one == external),
            _ => true,
        }
    }
}
