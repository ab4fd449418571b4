//! The listener, which can be closed for a while.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, yield_now};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::connection::{Connections, Server};

/// Where clients connect.
pub(super) struct Listener {
    address: SocketAddr,
    router: Router,
    tls: Option<TlsAcceptor>,
    /// Ends listening for good.
    stop: CancellationToken,
    connections: Connections,
    open: Mutex<Option<Open>>,
}

/// A listener that listens.
struct Open {
    closing: CancellationToken,
    listening: JoinHandle<()>,
}

impl Listener {
    /// Listens on this socket from now on.
    pub(super) fn new(
        socket: TcpListener,
        router: Router,
        tls: Option<TlsAcceptor>,
        stop: CancellationToken,
    ) -> io::Result<Self> {
        let mut listener = Self {
            address: socket.local_addr()?,
            router,
            tls,
            stop,
            connections: Connections::default(),
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
        let Some(open) = self.open.lock().await.take() else {
            return;
        };
        open.closing.cancel();
        // Ends soon and does not panic; what counts is that it is over.
        let _ = open.listening.await;
        while self.connections.idle() {
            yield_now().await;
        }
    }

    /// Returns when the last connection has ended after a stop.
    pub(super) async fn wait(&self) {
        self.connections.tasks.close();
        self.connections.tasks.wait().await;
    }

    fn listen(&self, socket: TcpListener) -> Open {
        let closing = self.stop.child_token();
        let server = Server {
            router: self.router.clone(),
            tls: self.tls.clone(),
            stop: closing.clone(),
            connections: self.connections.clone(),
        };
        let listening = self.connections.tasks.spawn(server.listen(socket));
        Open { closing, listening }
    }
}
