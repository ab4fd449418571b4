use std::collections::{BTreeMap, HashMap};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::Request;

use super::super::action::AnyAction;
use super::super::block::Block;
use super::super::context::{Context, LeftBehind};
use super::super::data_source::AnyDataSource;
use super::super::diagnostics::{Diagnostic, Diagnostics, Result, ShownCauses};
use super::super::ephemeral_resource::AnyEphemeralResource;
use super::super::function::AnyFunction;
use super::super::list_resource::AnyListResource;
use super::super::proto::tfplugin6 as proto;
use super::super::provider::{Provider, check_parts};
use super::super::resource::AnyResource;
use super::open_ephemerals::OpenEphemerals;
use super::recent_changes::RecentChanges;

/// One RPC under way: what it shares with the others, and whether the host still waits for its answer.
pub(super) struct Call<P: Provider> {
    pub(super) shared: Arc<Shared<P>>,
    /// Through which the request came.
    pub(super) connection: Option<ConnectionId>,
    /// Cancelled when the host disconnected before it had the answer.
    pub(super) gone: CancellationToken,
}

impl<P: Provider> Call<P> {
    /// The end of the connection is not watched yet. An answer that is a stream ends by itself when the host stops receiving.
    pub(super) fn new<T>(shared: &Arc<Shared<P>>, request: &Request<T>) -> Self {
        Self {
            shared: shared.clone(),
            connection: request.extensions().get().copied(),
            gone: shared.abandoned.child_token(),
        }
    }

    /// Interrupts what is under way for this host.
    pub(super) fn interrupt(&self) {
        if let Some(stop) = self.stops().remove(&self.connection) {
            stop.cancel();
        }
    }

    /// What the connection's last configuration made. A host that came back with a new connection means the latest.
    async fn client(&self) -> Option<P::Client> {
        let clients = self.clients.read().await;
        let mut latest = clients.iter().rev();
        let own = latest.clone().find(|(of, _)| *of == self.connection);
        let (_, client) = own.or_else(|| latest.next())?;
        Some(client.clone())
    }

    /// The messages of a failed operation, without what this host was told before in the same run.
    pub(super) fn shorten(&self, diagnostics: Diagnostics) -> Diagnostics {
        let mut causes = self
            .shown_causes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        causes
            .entry(self.connection)
            .or_default()
            .shorten(diagnostics)
    }

    /// The same for the warnings of an operation.
    pub(super) fn shorten_warnings(&self, mut warnings: Vec<Diagnostic>) -> Vec<Diagnostic> {
        if warnings.is_empty() {
            return warnings;
        }
        let mut causes = self
            .shown_causes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let causes = causes.entry(self.connection).or_default();
        causes.shorten_all(&mut warnings);
        warnings
    }

    /// Begins a run, in which every cause is told in full once.
    pub(super) fn forget_shown_causes(&self) {
        let mut causes = self
            .shown_causes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        causes.remove(&self.connection);
    }

    /// For an operation that ends early when the practitioner interrupts the run.
    pub(super) async fn context(&self, private: Vec<u8>) -> Result<Context<P::Client>> {
        let stop = self.stops().entry(self.connection).or_default().clone();
        self.context_until(stop, private).await
    }

    pub(super) async fn context_until(
        &self,
        stop: CancellationToken,
        private: Vec<u8>,
    ) -> Result<Context<P::Client>> {
        let client = self.client().await.ok_or_else(|| {
            Diagnostic::error("The provider is not configured")
                .detail("Terraform asked for this before it sent the provider's configuration. Please report this.")
        })?;
        Ok(Context::new(client, stop, private)
            .until(self.shutdown_imminent.clone())
            .reporting_to(self.left_behind.clone()))
    }

    /// Why an operation has to wait for another run, if the host lets it: the configuration has values that are not known
    /// yet, which is never so while applying.
    pub(super) async fn deferral(
        &self,
        capabilities: Option<&proto::ClientCapabilities>,
    ) -> Option<proto::Deferred> {
        let is_allowed = capabilities.is_some_and(|capabilities| capabilities.deferral_allowed);
        (is_allowed && self.waits_for_configuration().await).then(|| proto::Deferred {
            reason: proto::deferred::Reason::ProviderConfigUnknown.into(),
        })
    }

    /// Whether the configuration has values that are not known yet, so that the client cannot work.
    pub(super) async fn waits_for_configuration(&self) -> bool {
        let client = self.client().await;
        client.is_some_and(|client| self.provider.waits_for_configuration(&client))
    }
}

impl<P: Provider> Deref for Call<P> {
    type Target = Shared<P>;

    fn deref(&self) -> &Shared<P> {
        &self.shared
    }
}

/// Tells connections apart: to a debugger's process come several, each with a configuration of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// What all RPCs of one process share.
pub(super) struct Shared<P: Provider> {
    pub(super) provider: P,
    pub(super) config: Block<P::Config>,
    pub(super) resources: BTreeMap<String, Box<dyn AnyResource<P::Client>>>,
    pub(super) data_sources: BTreeMap<String, Box<dyn AnyDataSource<P::Client>>>,
    pub(super) ephemeral_resources: BTreeMap<String, Box<dyn AnyEphemeralResource<P::Client>>>,
    pub(super) list_resources: BTreeMap<String, Box<dyn AnyListResource<P::Client>>>,
    pub(super) actions: BTreeMap<String, Box<dyn AnyAction<P::Client>>>,
    /// By their names alone: a function's name has the provider's in front of it anyway.
    pub(super) functions: BTreeMap<String, Box<dyn AnyFunction>>,
    /// One for each configuration so far; of each connection the last one counts. Terraform configures a process once; a
    /// debugger's process gets all configurations of all walks, each through a connection of its own.
    pub(super) clients: RwLock<Vec<(Option<ConnectionId>, P::Client)>>,
    /// The creates and updates that were answered a moment ago.
    pub(super) recent_changes: RecentChanges<P::Client>,
    /// The ephemeral resources that were opened and not closed yet.
    pub(super) open_ephemerals: OpenEphemerals<P::Client>,
    /// The tokens that the RPCs under way watch, by their connection. An interrupt takes it away, so that later RPCs
    /// still work.
    stops: Mutex<HashMap<Option<ConnectionId>, CancellationToken>>,
    /// What has failed of causes that operations share, by connection.
    shown_causes: Mutex<HashMap<Option<ConnectionId>, ShownCauses>>,
    /// Cancelled with the first interrupt, whatever it interrupts.
    pub(super) interrupted: CancellationToken,
    /// Cancelled when the process is about to end: what is not answered by then is to be undone.
    pub(super) shutdown_imminent: CancellationToken,
    /// Cancelled when no host uses an answer any more.
    pub(super) abandoned: CancellationToken,
    /// Cancelled when no more time is left for undoing.
    pub(super) stop_waiting: CancellationToken,
    /// What could not be cleaned up.
    pub(super) left_behind: LeftBehind,
    /// The RPCs under way. They run apart from their connection: a create whose host disconnected still ends properly.
    pub(super) running: TaskTracker,
    /// Those of them that may make something: what a shutdown waits for.
    pub(super) changes: TaskTracker,
}

impl<P: Provider> Shared<P> {
    pub(super) fn new(provider: P) -> Self {
        let parts = provider.parts();
        let config = Block::new(P::DESCRIPTION);
        check_parts(&parts, &config.schema, P::NAME);
        Self {
            config,
            resources: named::<P, _>(parts.resources),
            data_sources: named::<P, _>(parts.data_sources),
            ephemeral_resources: named::<P, _>(parts.ephemeral_resources),
            list_resources: named::<P, _>(parts.list_resources),
            actions: named::<P, _>(parts.actions),
            functions: parts
                .functions
                .into_iter()
                .map(|(name, function)| (name.to_owned(), function))
                .collect(),
            clients: RwLock::default(),
            recent_changes: RecentChanges::default(),
            open_ephemerals: OpenEphemerals::default(),
            stops: Mutex::default(),
            interrupted: CancellationToken::new(),
            shown_causes: Mutex::default(),
            shutdown_imminent: CancellationToken::new(),
            abandoned: CancellationToken::new(),
            stop_waiting: CancellationToken::new(),
            left_behind: LeftBehind::default(),
            running: TaskTracker::new(),
            changes: TaskTracker::new(),
            provider,
        }
    }

    pub(super) fn resource(&self, type_name: &str) -> Result<&dyn AnyResource<P::Client>> {
        found(&self.resources, "resource", type_name)
    }

    pub(super) fn data_source(&self, type_name: &str) -> Result<&dyn AnyDataSource<P::Client>> {
        found(&self.data_sources, "data source", type_name)
    }

    pub(super) fn ephemeral_resource(
        &self,
        type_name: &str,
    ) -> Result<&dyn AnyEphemeralResource<P::Client>> {
        found(&self.ephemeral_resources, "ephemeral resource", type_name)
    }

    pub(super) fn list_resource(&self, type_name: &str) -> Result<&dyn AnyListResource<P::Client>> {
        found(&self.list_resources, "list resource", type_name)
    }

    pub(super) fn action(&self, type_name: &str) -> Result<&dyn AnyAction<P::Client>> {
        found(&self.actions, "action", type_name)
    }

    fn stops(&self) -> MutexGuard<'_, HashMap<Option<ConnectionId>, CancellationToken>> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Interrupts whatever is under way.
    pub(super) fn interrupt_all(&self) {
        self.interrupted.cancel();
        for (_, stop) in self.stops().drain() {
            stop.cancel();
        }
    }
}

/// The parts under the names that configurations call them by.
fn named<P: Provider, T>(parts: BTreeMap<&'static str, T>) -> BTreeMap<String, T> {
    parts
        .into_iter()
        .map(|(name, part)| (format!("{}_{name}", P::NAME), part))
        .collect()
}

fn found<'a, T: ?Sized>(
    parts: &'a BTreeMap<String, Box<T>>,
    kind: &str,
    type_name: &str,
) -> Result<&'a T> {
    let unknown = || {
        Diagnostic::error(format!("Unknown {kind} type")).detail(format!(
            "This provider has no {kind} of the type {type_name:?}."
        ))
    };
    parts
        .get(type_name)
        .map(|part| &**part)
        .ok_or_else(|| unknown().into())
}
