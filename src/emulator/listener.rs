//! The listener, which can be closed for a while.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::connection::Server;
use super::lines::Lines;

/// How long to wait after an error of `accept`, which most often means that no more files can be opened.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// After how long such an error is worth another line of the log.
const TELL_AGAIN: Duration = Duration::from_secs(60);

/// Where clients connect.
pub(super) struct Listener {
    address: SocketAddr,
    server: Server,
    /// Ends listening for good.
    stop: CancellationToken,
    /// While it listens: what ends that, and the task that does.
    open: Mutex<Option<(CancellationToken, JoinHandle<()>)>>,
}

impl Listener {
    /// Listens on this socket from now on.
    pub(super) fn new(
        socket: TcpListener,
        server: Server,
        stop: CancellationToken,
    ) -> io::Result<Self> {
        let mut listener = Self {
            address: socket.local_addr()?,
            server,
            stop,
            open: Mutex::default(),
        };
        *listener.open.get_mut() = Some(listener.listen(socket));
        Ok(listener)
    }

    /// Listens again, on the same address.
    pub(super) async fn open(&self) -> io::Result<()> {
        let mut open = self.open.lock().await;
        if open.is_none() {
            *open = Some(self.listen(TcpListener::bind(self.address).await?));
        }
        Ok(())
    }

    /// Listens no more. Returns when no connection is left but those that wait for an answer, which is their last.
    pub(super) async fn close(&self) {
        let Some((closing, listening)) = self.open.lock().await.take() else {
            return;
        };
        closing.cancel();
        // Ends soon and does not panic; what counts is that it is over.
        let _ = listening.await;
        while self.server.places.any_waits() {
            yield_now().await;
        }
    }

    /// Returns when the last connection has ended after a stop.
    pub(super) async fn wait(&self) {
        self.server.tasks.close();
        self.server.tasks.wait().await;
    }

    fn listen(&self, socket: TcpListener) -> (CancellationToken, JoinHandle<()>) {
        let closing = self.stop.child_token();
        let (server, closed) = (self.server.clone(), closing.clone());
        let listening = self.server.tasks.spawn(async move {
            let accepting = accept(server, socket, &closed);
            closed.run_until_cancelled(accepting).await;
        });
        (closing, listening)
    }
}

/// Accepts for ever, and serves each connection in a task of its own. `stop` is for those.
async fn accept(server: Server, listener: TcpListener, stop: &CancellationToken) {
    let mut told: Option<Instant> = None;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let place = server.places.take().await;
                let answered = server.clone().serve(stream, place, stop.clone());
                server.tasks.spawn(answered);
            }
            Err(error) => {
                if told.is_none_or(|told| told.elapsed() > TELL_AGAIN) {
                    told = Some(Instant::now());
                    Lines::stderr().write(&format_args!(
                        "no connection can be accepted ({error}); trying again until one can"
                    ));
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
