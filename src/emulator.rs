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
//! let ci = User { email: "ci@example.com".to_owned(), password: "correct-horse".to_owned() };
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
//! Inside, knowledge is split so that each file knows one thing: `door`, `connection` and `tls` the sockets, `routes`
//! the paths and JSON shapes, `bearer` which token a call takes, `frame` what every answer carries, `faults` what goes
//! wrong on demand, `control` how to ask for it over HTTP, `requests` what was asked, `mails` what users
//! are told elsewhere, `refusal` the words of every no, `clock` the time, `hands` what goes on
//! behind a client's back, `state` the rules, `state::tables` the memory behind them, `store` the file behind that,
//! `tokens`, `custom_jwt` and `secrets` the cryptography, `setup` what there is before the first request.

mod app;
mod bearer;
mod clock;
mod connection;
mod control;
mod custom_jwt;
mod door;
mod faults;
mod frame;
mod hands;
mod mails;
mod options;
mod refusal;
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
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use self::custom_jwt::{CustomJwt, JwtKey};
pub use self::faults::{Answer, Effect, Fault, Injected, InvalidFault, When};
pub use self::hands::StoredKey;
pub use self::mails::{Mail, MailKind};
pub use self::options::{
    Confirmation, External, ExternalUser, InvalidUser, Lag, LocalUserpass, Options, PasswordReset,
    ServerKey, User, Verdict,
};
pub use self::requests::{Request, Status};
pub use self::tls::Tls;

use self::app::{App, Provider};
use self::clock::Clock;
use self::custom_jwt::Verifier;
use self::door::Door;
use self::faults::Faults;
use self::mails::Mails;
use self::requests::Requests;
use self::state::{Rules, State};
use self::store::Store;
use self::tokens::Tokens;

/// How long [`Emulator::stop`] waits for answers that are on their way. A client that never finishes its
/// request must not keep the emulator alive.
const GRACE: Duration = Duration::from_secs(2);

/// A running emulator. It stops when this handle is dropped.
pub struct Emulator {
    url: String,
    shared: Arc<Shared>,
    door: Door,
    stopping: DropGuard,
    made_server_keys: Vec<ServerKey>,
}

impl Emulator {
    /// Binds the address, makes the users, and answers requests in a background task from then on.
    ///
    /// Call it within a tokio runtime with time and I/O enabled.
    ///
    /// # Errors
    ///
    /// The error of binding, for example `AddrInUse`; `InvalidInput` when a user cannot be registered because
    /// the password's length is refused or the e-mail address stands twice, when the payload of an external user is no
    /// JSON object, when a server key's name stands twice, when `tls` or `custom_jwt` cannot be used, or when the data
    /// file is another app's or none; other errors when it cannot be opened.
    pub async fn start(options: Options) -> io::Result<Self> {
        let tls = options.tls.as_ref().map(Tls::acceptor).transpose()?;
        let custom_jwt = options.custom_jwt.clone();
        let custom_jwt = custom_jwt.map(|jwt| Verifier::new(jwt, &options.app_id));
        let custom_jwt = custom_jwt.transpose()?;
        let clock = Clock {
            offset: options.clock_offset,
        };
        let rules = Rules {
            max_keys: options.max_keys,
            lag: options.lag,
            clock,
            session_ttl: options.refresh_token_ttl,
            access_token_ttl: options.access_token_ttl,
            local_userpass: options.local_userpass.clone(),
        };
        let (about, tables, store) = setup::load(&options, &rules)?;
        let state = State::new(rules, tables);
        let externals = options.external_users.iter().map(|user| user.provider);
        let externals = externals.collect();
        setup::register(&state, options.users).await?;
        for user in options.external_users {
            setup::add_external(&state, &user)?;
        }
        let made_server_keys = setup::add_server_keys(&state, options.server_keys)?;
        if let Some(store) = &store {
            store.settled().await.map_err(io::Error::other)?;
        }
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            tokens: Tokens::new(
                about.app.domain,
                about.signing_key,
                options.access_token_ttl,
            ),
            app: about.app,
            externals,
            custom_jwt,
            state,
            store,
            origin: format!(
                "{}://{address}",
                if tls.is_some() { "https" } else { "http" }
            ),
            latency: options.latency,
            clock,
            date_header: options.date_header,
            requests: Requests::new(options.log),
            mails: Mails::new(options.log),
            faults: Arc::new(Faults::new(stop.clone())),
        });
        let mut router = routes::router(Arc::clone(&shared));
        if options.fault_endpoint {
            router = router.merge(control::faults(Arc::clone(&shared.faults)));
        }
        if options.local_userpass.mail_endpoint {
            router = router.merge(control::mails(Arc::clone(&shared)));
        }
        Ok(Self {
            url: shared.origin.clone(),
            shared,
            door: Door::new(listener, router, tls, stop.clone())?,
            stopping: stop.drop_guard(),
            made_server_keys,
        })
    }

    /// The base URL for clients, `http://HOST:PORT` with the port that was bound; `https` with TLS.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The client app id that the paths of location, registration and login must name.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.shared.app.id
    }

    /// The server keys for which a value was made at this start, because the options gave none.
    #[must_use]
    pub fn made_server_keys(&self) -> &[ServerKey] {
        &self.made_server_keys
    }

    /// Makes something go wrong from now on.
    ///
    /// # Errors
    ///
    /// When the fault's path is not one below `/api/client/v2.0`, or its answer has no form in HTTP.
    pub fn inject(&self, fault: Fault) -> Result<Injected, InvalidFault> {
        self.shared.faults.inject(fault)
    }

    /// Ends all faults, and lets the requests that they delay go on.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Refuses connections from now on, as if nobody listened, and takes no more requests on those that are open.
    ///
    /// Requests under way are answered, each as the last of its connection.
    pub async fn refuse_connections(&self) {
        self.door.close().await;
    }

    /// Takes connections again, on the same port.
    ///
    /// # Errors
    ///
    /// When somebody else has taken the port meanwhile.
    pub async fn accept_connections(&self) -> io::Result<()> {
        self.door.open().await
    }

    /// The latest requests (10,000 at most) in the order in which they were answered or otherwise ended.
    ///
    /// A record for tests that count calls. A request is in it before its answer leaves.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.latest()
    }

    /// The latest mails (1,000 at most), the oldest first: where the tokens come out that confirm users and reset
    /// passwords.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.mails.latest()
    }

    /// How many sessions were opened by a login and not ended since, neither by logging out nor with their user.
    #[must_use]
    pub fn open_sessions(&self) -> usize {
        self.shared.state.open_sessions()
    }

    /// Takes no more connections and returns when the requests under way are answered, or after two seconds. The data
    /// file is closed then.
    pub async fn stop(self) {
        drop(self.stopping);
        // Late and in time come to the same here: the listener is closed and nobody asks for more.
        let _ = timeout(GRACE, self.door.wait()).await;
        if let Some(store) = &self.shared.store {
            store.close().await;
        }
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("url", &self.url)
            .field("app_id", &self.app_id())
            .finish_non_exhaustive()
    }
}

/// What every request handler can reach.
struct Shared {
    app: App,
    /// The providers that are set up by a table of secrets.
    externals: Vec<External>,
    custom_jwt: Option<Verifier>,
    state: State,
    store: Option<Arc<Store>>,
    tokens: Tokens,
    /// Scheme, host and port.
    origin: String,
    latency: Duration,
    clock: Clock,
    date_header: bool,
    requests: Requests,
    mails: Mails,
    faults: Arc<Faults>,
}

impl Shared {
    /// Sends a mail, if there is one.
    fn mail(&self, mail: Option<Mail>) {
        if let Some(mail) = mail {
            self.mails.send(mail);
        }
    }

    /// Whether logins by this provider are on.
    fn offers(&self, provider: Provider) -> bool {
        match provider {
            Provider::External(External::CustomToken) if self.custom_jwt.is_some() => true,
            Provider::External(external) => self.externals.contains(&external),
            _ => true,
        }
    }
}
