use std::time::Duration;

use tokio::time::Instant;

use crate::appservices::{Client, Settings};
use crate::tf_provider::{Context, Diagnostic, Result};

use super::diagnose::During;

/// No operation takes longer than this, its repetitions and waits included.
const OPERATION: Duration = Duration::from_secs(120);

/// The way to the service, or the reason why there is none.
///
/// A configuration that cannot reach the service is no error in itself: most processes never need it, and while planning
/// a value may simply not be known yet. Whoever needs the service gets the reason.
#[derive(Debug, Clone)]
pub enum Access {
    /// Configured. Nothing is sent before the first call.
    Ready(Client),
    /// The configuration names no way of logging in.
    Missing(Diagnostic),
    /// The configuration depends on something that is not applied yet.
    Unknown(Diagnostic),
}

impl Access {
    /// Opens no connection.
    ///
    /// # Errors
    ///
    /// Settings that cannot make a client.
    pub(super) fn new(settings: Settings) -> Result<Self> {
        Client::new(settings)
            .map(Self::Ready)
            .during("set up the client of App Services")
    }

    /// The client, for an operation that begins now.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(super) fn client<C>(&self, cx: &Context<C>) -> Result<Client> {
        match self {
            Self::Ready(client) => {
                Ok(client.within(cx.stop().clone(), Some(Instant::now() + OPERATION)))
            }
            Self::Missing(reason) | Self::Unknown(reason) => Err(reason.clone().into()),
        }
    }

    /// Says early, in the plan, that an apply would find no way of logging in. What is only unknown yet may still come.
    ///
    /// # Errors
    ///
    /// The reason.
    pub(super) fn may_come(&self) -> Result<()> {
        match self {
            Self::Missing(reason) => Err(reason.clone().into()),
            Self::Ready(_) | Self::Unknown(_) => Ok(()),
        }
    }

    /// Closes the session that this client opened, if it did.
    pub(super) async fn log_out(&self, limit: Duration) {
        if let Self::Ready(client) = self {
            client.log_out(limit).await;
        }
    }
}
