use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::super::context::Context;
use super::super::data_source::AnyDataSource;
use super::super::diagnostics::{Diagnostic, Result};
use super::super::model::Fields;
use super::super::provider::Provider;
use super::super::resource::AnyResource;
use super::super::schema::Schema;

/// One RPC under way: what it shares with the others, and whether anybody still listens.
pub(super) struct Call<P: Provider> {
    pub(super) shared: Arc<Shared<P>>,
    /// Cancelled when the host went away before it had the answer.
    pub(super) gone: CancellationToken,
}

impl<P: Provider> Deref for Call<P> {
    type Target = Shared<P>;

    fn deref(&self) -> &Shared<P> {
        &self.shared
    }
}

/// What all RPCs of one process share.
pub(super) struct Shared<P: Provider> {
    pub(super) provider: P,
    pub(super) fields: Fields<P::Config>,
    pub(super) schema: Schema,
    pub(super) resources: BTreeMap<String, Box<dyn AnyResource<P::Client>>>,
    pub(super) data_sources: BTreeMap<String, Box<dyn AnyDataSource<P::Client>>>,
    /// One for each configuration so far; the last one counts. Terraform configures a process once, a debugger's host
    /// does so for every walk.
    pub(super) clients: RwLock<Vec<P::Client>>,
    /// What the RPCs under way were told to watch. An interrupt replaces it, so that later RPCs still work.
    pub(super) stop: Mutex<CancellationToken>,
    /// Cancelled when the process has a second left.
    pub(super) last_call: CancellationToken,
    /// The RPCs under way. They run apart from their connection: a create whose host went away still ends properly.
    pub(super) running: TaskTracker,
}

impl<P: Provider> Shared<P> {
    pub(super) fn new(provider: P) -> Self {
        let parts = provider.parts();
        let named = |name: &str| format!("{}_{name}", P::NAME);
        let (fields, specs) = Fields::described();
        Self {
            fields,
            schema: Schema::new(P::DESCRIPTION, specs),
            resources: parts
                .resources
                .into_iter()
                .map(|(name, part)| (named(name), part))
                .collect(),
            data_sources: parts
                .data_sources
                .into_iter()
                .map(|(name, part)| (named(name), part))
                .collect(),
            clients: RwLock::default(),
            stop: Mutex::default(),
            last_call: CancellationToken::new(),
            running: TaskTracker::new(),
            provider,
        }
    }

    pub(super) fn resource(&self, type_name: &str) -> Result<&dyn AnyResource<P::Client>> {
        self.resources
            .get(type_name)
            .map(|part| &**part)
            .ok_or_else(|| unknown("resource", type_name).into())
    }

    pub(super) fn data_source(&self, type_name: &str) -> Result<&dyn AnyDataSource<P::Client>> {
        self.data_sources
            .get(type_name)
            .map(|part| &**part)
            .ok_or_else(|| unknown("data source", type_name).into())
    }

    /// For an operation that ends early when the practitioner interrupts the run.
    pub(super) async fn context(&self, private: Vec<u8>) -> Result<Context<P::Client>> {
        let stop = self
            .stop
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        self.context_until(stop, private).await
    }

    pub(super) async fn context_until(
        &self,
        stop: CancellationToken,
        private: Vec<u8>,
    ) -> Result<Context<P::Client>> {
        let client = self.clients.read().await.last().cloned().ok_or_else(|| {
            Diagnostic::error("The provider is not configured")
                .detail("Terraform asked for this before it sent the provider's configuration. Please report this.")
        })?;
        Ok(Context::new(client, stop, private).until(self.last_call.clone()))
    }

    pub(super) fn interrupt(&self) {
        std::mem::take(&mut *self.stop.lock().unwrap_or_else(PoisonError::into_inner)).cancel();
    }
}

fn unknown(kind: &str, type_name: &str) -> Diagnostic {
    Diagnostic::error(format!("Unknown {kind} type")).detail(format!(
        "This provider has no {kind} of the type {type_name:?}."
    ))
}
