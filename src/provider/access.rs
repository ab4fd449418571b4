use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::appservices::{Client, Settings};
use crate::tf_provider::{Context, Diagnostic, ErrorContext, Result};

use super::run::{Names, Run};

/// How long an operation may take, its retries and waits included, unless `timeouts` says otherwise.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// The way to the service, or the reason why there is none.
///
/// A configuration that cannot reach the service is no error in itself: most processes never need it, and while planning
/// a value may simply not be known yet. An operation that needs the service gets the reason.
#[derive(Debug, Clone)]
pub enum Access {
    /// Configured. Nothing is sent before the first call.
    Ready(Service),
    /// Neither the provider block nor the environment has credentials.
    Missing(Diagnostic),
    /// The configuration depends on something that is not applied yet.
    Unknown(Diagnostic),
}

/// The service as this process knows it.
#[derive(Debug, Clone)]
pub struct Service {
    client: Client,
    app_id: Arc<str>,
    names: Arc<Names>,
    run: Arc<Run>,
}

impl Access {
    /// Opens no connection.
    ///
    /// # Errors
    ///
    /// Settings that cannot make a client.
    pub(super) fn new(settings: Settings) -> Result<Self> {
        let app_id = settings.app_id.as_str().into();
        let client = Client::new(settings).context("set up the client of App Services")?;
        Ok(Self::Ready(Service {
            client,
            app_id,
            names: Arc::default(),
            run: Arc::default(),
        }))
    }

    /// The same access for a run of Terraform.
    pub(super) fn of_run(mut self, run: Run) -> Self {
        if let Self::Ready(service) = &mut self {
            service.run = Arc::new(run);
        }
        self
    }

    /// The client, for an operation that begins now and ends within [`DEFAULT_TIMEOUT`].
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(super) fn client<C>(&self, cx: &Context<C>) -> Result<Client> {
        Ok(self.service()?.client(cx, DEFAULT_TIMEOUT))
    }

    /// The service itself, for operations that need more of it.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(super) fn service(&self) -> Result<&Service> {
        match self {
            Self::Ready(service) => Ok(service),
            Self::Missing(reason) | Self::Unknown(reason) => Err(reason.clone().into()),
        }
    }

    /// Says early, in the plan, that an apply would find no credentials. What is only unknown yet may still come.
    ///
    /// # Errors
    ///
    /// The reason.
    pub(super) fn check_configured(&self) -> Result<()> {
        match self {
            Self::Missing(reason) => Err(reason.clone().into()),
            Self::Ready(_) | Self::Unknown(_) => Ok(()),
        }
    }

    /// How long one request may take; none can be sent without a client.
    pub(super) fn request_timeout(&self) -> Duration {
        match self {
            Self::Ready(service) => service.client.request_timeout(),
            Self::Missing(_) | Self::Unknown(_) => Duration::ZERO,
        }
    }

    /// Closes the session that this client opened, if it did.
    pub(super) async fn log_out(&self, limit: Duration) {
        if let Self::Ready(service) = self {
            service.client.log_out(limit).await;
        }
    }
}

impl Service {
    /// The client, for an operation that begins now, ends within `limit`, and begins nothing after an interrupt.
    pub(super) fn client<C>(&self, cx: &Context<C>, limit: Duration) -> Client {
        self.client
            .within(cx.stop().clone(), Some(Instant::now() + limit))
    }

    /// The app that the provider is configured for.
    pub(super) fn app_id(&self) -> &str {
        &self.app_id
    }

    /// What the operations of this run know of each other.
    pub(super) fn run(&self) -> &Run {
        &self.run
    }

    /// The names that this process makes keys under.
    pub(super) fn names(&self) -> &Names {
        &self.names
    }
}
