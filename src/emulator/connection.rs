//! Connections: one task for each, which answers in HTTP/1.1 or ends without a proper answer when a fault says so.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long to wait after an error of `accept`, which most often means that no more files can be opened.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// What every connection needs.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) router: Router,
    pub(super) tls: Option<TlsAcceptor>,
    /// Ends the accepting, and each connection after the answer under way.
    pub(super) stop: CancellationToken,
    pub(super) connections: Connections,
}

/// All connections.
#[derive(Clone, Default)]
pub(super) struct Connections {
    /// One for each connection, and one for the listener.
    pub(super) tasks: TaskTracker,
    /// How many requests wait for an answer.
    busy: Arc<AtomicUsize>,
}

impl Connections {
    /// Whether any of them waits for no answer.
    pub(super) fn idle(&self) -> bool {
        self.tasks.len() > self.busy.load(Ordering::SeqCst)
    }

    /// Counts a request as one that waits, until this is dropped.
    fn busy(&self) -> Busy {
        self.busy.fetch_add(1, Ordering::SeqCst);
        Busy(Arc::clone(&self.busy))
    }
}

struct Busy(Arc<AtomicUsize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Server {
    /// Accepts until the server stops, and serves each connection in a task of its own.
    pub(super) async fn listen(self, listener: TcpListener) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.stop.cancelled() => return,
            };
            match accepted {
                Ok((stream, _)) => {
                    self.connections.tasks.spawn(self.clone().serve(stream));
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
        }
    }

    async fn serve(self, stream: TcpStream) {
        // Answers are small: waiting to fill a packet would only add delay. A socket that refuses still works.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return self.answer(stream).await;
        };
        tokio::select! {
            accepted = tls.accept(stream) => if let Ok(stream) = accepted {
                self.answer(stream).await;
            },
            () = self.stop.cancelled() => {}
        }
    }

    /// Answers until the client goes, an [`Ending`] comes, or the server stops.
    async fn answer(&self, socket: impl Socket) {
        let router = TowerToHyperService::new(self.router.clone());
        let service = service_fn(|request| {
            let (busy, answer) = (self.connections.busy(), router.call(request));
            async move {
                let answer = ending(answer.await);
                drop(busy);
                answer
            }
        });
        let mut http = http1::Builder::new();
        // Dates are by the emulator's own clock.
        http.auto_date_header(false);
        let mut connection = http.serve_connection(TokioIo::new(socket), service);
        let mut stopped = pin!(self.stop.cancelled());
        let mut stopping = false;
        let served = loop {
            tokio::select! {
                served = &mut connection => break served,
                () = &mut stopped, if !stopping => stopping = true,
            }
            Pin::new(&mut connection).graceful_shutdown();
        };
        let Err(error) = served else { return };
        if let Some(ending) = error.source().and_then(|cause| cause.downcast_ref()) {
            // Nobody to tell: the client may have gone first.
            let _ = end(connection.into_parts().io.into_inner(), ending).await;
        }
    }
}

/// A stream of bytes, encrypted or not.
trait Socket: AsyncRead + AsyncWrite + Send + Unpin {
    /// The connection itself.
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Socket for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// A failed service is the one way to make the HTTP layer let go of a connection on which it has written nothing.
fn ending(answer: Result<Response, Infallible>) -> Result<Response, Ending> {
    let mut response = answer.unwrap_or_else(|never| match never {});
    match response.extensions_mut().remove::<Ending>() {
        Some(ending) => Err(ending),
        None => Ok(response),
    }
}

async fn end(mut socket: impl Socket, ending: &Ending) -> io::Result<()> {
    match ending {
        Ending::Reset => socket.tcp().set_zero_linger(),
        Ending::Bytes(bytes) => {
            socket.write_all(bytes).await?;
            socket.shutdown().await
        }
    }
}

/// What a client gets in place of a proper answer. A response carries it as an extension.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Ending {
    /// A TCP reset.
    #[error("the connection is reset")]
    Reset,
    /// These bytes as they are, and then the end of the stream.
    #[error("the connection ends after {} bytes", .0.len())]
    Bytes(Bytes),
}

impl IntoResponse for Ending {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        response.extensions_mut().insert(self);
        response
    }
}
