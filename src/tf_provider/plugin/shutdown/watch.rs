use std::io;
use std::pin::pin;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::super::super::provider::Provider;
use super::super::super::server::Server;
use super::super::listener::OpenConnections;
use super::super::log;
use super::os;
use super::{Ending, Event, HANG_UP, LOOK_EVERY, Lifecycle, Mode};

/// Watches over the process: turns what happens to it into events, and carries out what follows.
#[derive(Debug)]
pub(in super::super) struct Watch<P: Provider> {
    server: Server<P>,
    lifecycle: Lifecycle,
    start: os::Start,
    signals: mpsc::UnboundedReceiver<Event>,
    /// Cancelled by the RPC Shutdown.
    shutdown: CancellationToken,
    /// How many connections were let in so far, as far as this has noticed.
    admitted: u64,
}

impl<P: Provider> Watch<P> {
    /// Begins with the signals: from here on none of them ends the process. To be called before the first output.
    ///
    /// # Errors
    ///
    /// When the system refuses a handler for a signal.
    pub(in super::super) fn begin(
        mode: Mode,
        server: Server<P>,
        shutdown: CancellationToken,
    ) -> io::Result<Self> {
        Ok(Self {
            server,
            lifecycle: Lifecycle::new(mode, Instant::now()),
            start: os::Start::now(),
            signals: os::signals(mode)?,
            shutdown,
            admitted: 0,
        })
    }

    /// Waits for a reason to end, and ends well.
    pub(in super::super) async fn until_the_end(mut self, connections: &OpenConnections) {
        let reason = self.reason(connections).await;
        tracing::debug!(?reason, "the process ends");
        if reason == Ending::Shutdown {
            let _ = timeout(HANG_UP, connections.only_the_listener()).await;
        }
        self.end().await;
    }

    async fn reason(&mut self, connections: &OpenConnections) -> Ending {
        loop {
            if let Some(reason) = self.lifecycle.ending() {
                return reason;
            }
            let event = self.next(connections).await;
            self.lifecycle.on(event, Instant::now());
        }
    }

    async fn next(&mut self, connections: &OpenConnections) -> Event {
        let (is_served, looks) = (self.lifecycle.is_served(), self.lifecycle.looks_around());
        tokio::select! {
            () = self.shutdown.cancelled() => Event::Shutdown,
            event = self.signals.recv() => self.signalled(event).await,
            () = self.server.interrupted(), if !self.lifecycle.interrupted => Event::Interrupted,
            admitted = connections.admission_after(self.admitted) => {
                self.admitted = admitted;
                Event::Connected
            }
            () = connections.no_admitted(), if is_served => Event::Disconnected,
            () = sleep(LOOK_EVERY), if looks => Event::Looked(self.start.look()),
        }
    }

    async fn signalled(&self, event: Option<Event>) -> Event {
        match event {
            Some(Event::Interrupted) => {
                tracing::warn!("asked to terminate; takes it for an interrupt");
                self.server.interrupt();
                Event::Interrupted
            }
            Some(event) => event,
            // The tasks that listen for signals end with the runtime only.
            None => std::future::pending().await,
        }
    }

    /// The one way out. What it begins, it begins in this order, and gives up on by the schedule: creates that reach no host
    /// are rolled back, ephemeral resources closed, sessions logged out. The last line says what could not be done.
    async fn end(&mut self) {
        let began = Instant::now();
        let server = self.server.clone();
        let mut finished = pin!(server.finish(self.lifecycle.vanished()));
        let give_up: [fn(&Server<P>); 3] =
            [Server::announce_end, Server::stop_waiting, Server::give_up];
        for (part, give_up) in give_up.into_iter().enumerate() {
            tokio::select! {
                () = &mut finished => break,
                () = self.is_over(part, began) => give_up(&server),
            }
        }
        let left = server.left_behind();
        if !left.is_empty() {
            log::final_error("could not clean up before the end", &left);
        }
    }

    /// Waits until this part of the schedule is over. The schedule gets longer when the host turns out to be gone.
    async fn is_over(&mut self, part: usize, began: Instant) {
        loop {
            let now = Instant::now();
            let schedule = self.lifecycle.schedule(self.server.request_timeout().await);
            let end = began + schedule.ends()[part];
            if now >= end {
                return;
            }
            sleep_until(end.min(now + LOOK_EVERY)).await;
            let looked = Event::Looked(self.start.look());
            self.lifecycle.on(looked, Instant::now());
        }
    }
}
