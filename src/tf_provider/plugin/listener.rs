//! The socket, and the connections that come through it once they have proved themselves.

use std::io;
use std::ops::RangeInclusive;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::super::server::ConnectionId;
use super::handshake::Address;

/// How long a client may take for its TLS handshake.
const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// A bound socket. Its file goes when it is dropped.
#[derive(Debug)]
pub(super) enum Listener {
    #[cfg(unix)]
    Unix(tempfile::NamedTempFile<tokio::net::UnixListener>),
    Tcp(TcpListener),
}

impl Listener {
    /// Listens on a unix socket, or on loopback where there is none: on Windows, or in a folder whose path is too long
    /// for a socket.
    ///
    /// # Errors
    ///
    /// When neither can be had.
    pub(super) async fn bind(
        folder: Option<&Path>,
        ports: RangeInclusive<u16>,
    ) -> io::Result<Self> {
        #[cfg(unix)]
        match Self::bind_unix(folder) {
            Ok(listener) => return Ok(listener),
            Err(error) => tracing::debug!(%error, "no unix socket, so TCP on loopback"),
        }
        #[cfg(not(unix))]
        let _ = folder;
        Self::bind_tcp(ports).await
    }

    #[cfg(unix)]
    fn bind_unix(folder: Option<&Path>) -> io::Result<Self> {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder.map_or_else(std::env::temp_dir, Path::to_owned);
        let socket = tempfile::Builder::new()
            .prefix("plugin")
            .make_in(folder, |path| tokio::net::UnixListener::bind(path))?;
        std::fs::set_permissions(socket.path(), PermissionsExt::from_mode(0o600))?;
        Ok(Self::Unix(socket))
    }

    async fn bind_tcp(ports: RangeInclusive<u16>) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for port in ports {
            match TcpListener::bind(("127.0.0.1", port)).await {
                Ok(listener) => return Ok(Self::Tcp(listener)),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    pub(super) fn address(&self) -> io::Result<Address> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Address::Unix(socket.path().to_owned())),
            Self::Tcp(listener) => listener.local_addr().map(Address::Tcp),
        }
    }

    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => Ok(Box::new(socket.as_file().accept().await?.0)),
            Self::Tcp(listener) => {
                let (stream, _): (TcpStream, _) = listener.accept().await?;
                // Otherwise every RPC waits some 40 ms for a delayed acknowledgement.
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }

    /// Accepts for as long as the receiver lives. With TLS, each client is authenticated in a task of its own, so that none
    /// holds up another; a client that fails is disconnected.
    pub(super) fn connections(self, tls: Option<Arc<ServerConfig>>) -> Connections {
        let (sender, receiver) = mpsc::channel(16);
        let (count, open) = watch::channel(Count::default());
        let own = ConnectionGuard::one_more(&count);
        tokio::spawn(async move {
            // Dropped last: after the socket, and its file with it.
            let _own = own;
            let listener = self;
            let tls = tls.map(TlsAcceptor::from);
            for id in (0..).map(ConnectionId) {
                let stream = tokio::select! {
                    () = sender.closed() => return,
                    accepted = listener.accept() => accepted,
                };
                match stream {
                    Ok(stream) => drop(tokio::spawn(admit(
                        stream,
                        tls.clone(),
                        sender.clone(),
                        (id, ConnectionGuard::one_more(&count)),
                    ))),
                    Err(error) => {
                        // Out of file descriptors, most likely: the loop must not spin.
                        tracing::warn!(%error, "could not accept a connection");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        });
        Connections {
            stream: ReceiverStream::new(receiver),
            open: OpenConnections(open),
        }
    }
}

/// The connections that were let in.
#[derive(Debug)]
pub(super) struct Connections {
    pub(super) stream: ReceiverStream<io::Result<Connection>>,
    pub(super) open: OpenConnections,
}

/// How many connections there are and were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Count {
    /// Open ones, let in or not, and the listener itself.
    open: usize,
    /// Open ones that were let in.
    admitted: usize,
    /// All that ever were let in.
    ever_admitted: u64,
}

/// What is open: the connections, and the listener itself.
#[derive(Debug, Clone)]
pub(super) struct OpenConnections(watch::Receiver<Count>);

impl OpenConnections {
    /// Waits until no connection is open.
    pub(super) async fn only_the_listener(&self) {
        self.at_most(1).await;
    }

    /// Waits until the listener has let go of its socket as well.
    pub(super) async fn nothing(&self) {
        self.at_most(0).await;
    }

    async fn at_most(&self, limit: usize) {
        // It fails when the listener and all connections are gone.
        let _ = self.0.clone().wait_for(|count| count.open <= limit).await;
    }

    /// Waits until more than `seen` connections were let in, and returns how many.
    pub(super) async fn admission_after(&self, seen: u64) -> u64 {
        let mut counts = self.0.clone();
        let more = counts.wait_for(|count| count.ever_admitted > seen).await;
        match more.map(|count| count.ever_admitted) {
            Ok(ever_admitted) => ever_admitted,
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits until no connection that was let in is open.
    pub(super) async fn no_admitted(&self) {
        let _ = self.0.clone().wait_for(|count| count.admitted == 0).await;
    }
}

/// Something open, for as long as it is held.
#[derive(Debug)]
struct ConnectionGuard {
    count: watch::Sender<Count>,
    is_admitted: bool,
}

impl ConnectionGuard {
    fn one_more(count: &watch::Sender<Count>) -> Self {
        count.send_modify(|count| count.open += 1);
        Self {
            count: count.clone(),
            is_admitted: false,
        }
    }

    /// The connection has proved itself.
    fn admitted(mut self) -> Self {
        self.is_admitted = true;
        self.count.send_modify(|count| {
            count.admitted += 1;
            count.ever_admitted += 1;
        });
        self
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.count.send_modify(|count| {
            count.open -= 1;
            count.admitted -= usize::from(self.is_admitted);
        });
    }
}

async fn admit(
    stream: Box<dyn Stream>,
    tls: Option<TlsAcceptor>,
    sender: mpsc::Sender<io::Result<Connection>>,
    (id, held): (ConnectionId, ConnectionGuard),
) {
    let stream: Box<dyn Stream> = match tls {
        None => stream,
        Some(tls) => match tokio::time::timeout(TLS_HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
            Ok(Ok(stream)) => Box::new(stream),
            Ok(Err(error)) => return tracing::warn!(%error, "refused a connection"),
            Err(_) => {
                return tracing::warn!(
                    "refused a connection that never finished its TLS handshake"
                );
            }
        },
    };
    let _ = sender
        .send(Ok(Connection {
            id,
            stream,
            _held: held.admitted(),
        }))
        .await;
}

/// Bytes in both directions, of whatever kind of socket.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection that was let in.
pub(super) struct Connection {
    id: ConnectionId,
    stream: Box<dyn Stream>,
    _held: ConnectionGuard,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

impl Connected for Connection {
    type ConnectInfo = ConnectionId;

    fn connect_info(&self) -> ConnectionId {
        self.id
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
