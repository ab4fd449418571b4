//! How the server ends. When, and how long each step may take, is up to `plugin`.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::super::provider::Provider;
use super::{Server, ephemeral_resource, resource};

impl<P: Provider> Server<P> {
    /// Interrupts whatever is under way: what is in flight is finished and answered, and nothing is begun.
    pub(crate) fn interrupt(&self) {
        self.0.interrupt_all();
    }

    /// Waits for the first interrupt, from a host or a signal.
    pub(crate) async fn interrupted(&self) {
        self.0.interrupted.cancelled().await;
    }

    /// Ends well: begins nothing more, lets what is under way finish or be undone, closes what was left open, and then gives
    /// back what the clients hold. A host that vanished, at some moment, may not have used what it was answered last.
    pub(crate) async fn finish(&self, vanished: Option<Instant>) {
        self.interrupt();
        self.0.running.close();
        let finished = async {
            let closed = ephemeral_resource::close_the_rest(&self.0);
            let undone = async {
                if let Some(vanished) = vanished {
                    resource::rollback_unused(&self.0, vanished).await;
                }
            };
            tokio::join!(self.0.running.wait(), undone, closed);
            // What was opened in the meantime.
            ephemeral_resource::close_the_rest(&self.0).await;
        };
        tokio::select! {
            () = finished => {}
            () = self.0.stop_waiting.cancelled() => {}
        }
        let clients = std::mem::take(&mut *self.0.clients.write().await);
        join_all(
            clients
                .into_iter()
                .map(|(_, client)| self.0.provider.release(client)),
        )
        .await;
    }

    /// While [`finish`](Self::finish) waits: what is not answered by now is to be undone.
    pub(crate) fn announce_end(&self) {
        self.0.shutdown_imminent.cancel();
    }

    /// While [`finish`](Self::finish) waits: what is not done by now is left.
    pub(crate) fn stop_waiting(&self) {
        self.0.left_behind.give_up();
        self.0.stop_waiting.cancel();
    }

    /// While [`finish`](Self::finish) waits: the process ends.
    pub(crate) fn give_up(&self) {
        self.0
            .left_behind
            .push("a session that was not closed in time".to_owned());
    }

    /// What could not be cleaned up, or is not yet.
    pub(crate) fn left_behind(&self) -> Vec<String> {
        self.0.left_behind.list()
    }

    /// The longest time that one request of a client may take.
    pub(crate) async fn request_timeout(&self) -> Duration {
        let clients = self.0.clients.read().await;
        let limits = clients
            .iter()
            .map(|(_, client)| self.0.provider.request_timeout(client));
        limits.max().unwrap_or_default()
    }

    /// The host uses no answer any more: lets the changes under way finish, undoes them, and closes what was left open. All
    /// that goes on when the caller stops waiting.
    pub(crate) async fn abandoned(&self) {
        self.0.abandoned.cancel();
        self.interrupt();
        let shared = self.0.clone();
        let closing = async move { ephemeral_resource::close_the_rest(&shared).await };
        let closing = self.0.changes.track_future(closing);
        self.0.running.spawn(closing);
        self.0.changes.close();
        self.0.changes.wait().await;
    }
}
