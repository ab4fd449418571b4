//! Connections: each is answered in HTTP/1.1, or ends without a proper answer when a fault says so.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::lines::Lines;
use super::places::{Place, Places};

/// How long to wait after an error of `accept`, which most often means that no more files can be opened.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// After how long such an error is worth another line of the log.
const TELL_AGAIN: Duration = Duration::from_secs(60);

/// How long a client may take for a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a client may take for the head of a request, and so how long an idle connection is kept.
const HEAD: Duration = Duration::from_secs(30);

/// The longest head of a request, in bytes; also how much of a body is read at once.
const LONGEST_HEAD: usize = 32 << 10;

/// A stream of bytes, in the clear or encrypted.
type Socket = Either<TcpStream, TlsStream<TcpStream>>;

/// What every connection needs.
#[derive(Clone)]
pub(super) struct Server {
    router: Router,
    tls: Option<TlsAcceptor>,
    places: Places,
    tasks: TaskTracker,
}

impl Server {
    /// Accepts until `stop`, when the answers under way become the last. The tracker ends with the last connection.
    pub(super) fn start(
        router: Router,
        tls: Option<TlsAcceptor>,
        listener: TcpListener,
        stop: &CancellationToken,
    ) -> TaskTracker {
        let tasks = TaskTracker::new();
        let server = Self {
            router,
            tls,
            places: Places::default(),
            tasks: tasks.clone(),
        };
        let accepting = server.accept(listener, stop.clone());
        tasks.spawn(stop.clone().run_until_cancelled_owned(accepting));
        tasks
    }

    /// Accepts for ever, and serves each connection in a task of its own. `stop` is for those.
    async fn accept(self, listener: TcpListener, stop: CancellationToken) {
        let mut told: Option<Instant> = None;
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let place = self.places.take().await;
                    let served = self.clone().serve(stream, place, stop.clone());
                    self.tasks.spawn(served);
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

    /// Answers until the client goes, an [`Ending`] comes, or the place is another's. After `stop`, the answer under way
    /// is the last.
    async fn serve(self, stream: TcpStream, place: Place, stop: CancellationToken) {
        let answered = async {
            if let Some(socket) = self.secure(stream, &stop).await {
                self.answer(socket, &place, &stop).await;
            }
        };
        tokio::select! {
            // In this order, so that an answer that is made leaves first.
            biased;
            () = answered => {}
            () = place.evicted() => {}
        }
    }

    /// `None` when the client does not finish its handshake.
    async fn secure(&self, stream: TcpStream, stop: &CancellationToken) -> Option<Socket> {
        // Answers are small: waiting to fill a packet would only add delay. A socket that refuses still works.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return Some(Either::Left(stream));
        };
        let accepted = stop.run_until_cancelled(timeout(HANDSHAKE, tls.accept(stream)));
        Some(Either::Right(accepted.await?.ok()?.ok()?))
    }

    async fn answer(&self, socket: Socket, place: &Place, stop: &CancellationToken) {
        let router = TowerToHyperService::new(self.router.clone());
        let service = service_fn(|mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(place.clone());
            let answer = router.call(request);
            async { ending(answer.await) }
        });
        let mut http = http1::Builder::new();
        // Dates are by the emulator's own clock.
        http.auto_date_header(false);
        http.timer(TokioTimer::new()).header_read_timeout(HEAD);
        http.max_buf_size(LONGEST_HEAD);
        let mut connection = http.serve_connection(TokioIo::new(socket), service);
        let mut stopped = pin!(stop.cancelled());
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
            // An error means that the client went first.
            let _ = end(connection.into_parts().io.into_inner(), ending).await;
        }
    }
}

/// A failed service is the one way to make the HTTP layer let go of a connection on which it has written nothing.
fn ending(answer: Result<Response, Infallible>) -> Result<Response, Ending> {
    let mut response = answer.unwrap_or_else(|never| match never {});
    let ending = response.extensions_mut().remove::<Ending>();
    ending.map_or(Ok(response), Err)
}

async fn end(mut socket: Socket, ending: &Ending) -> io::Result<()> {
    match (&ending.bytes, &mut socket) {
        (None, Either::Left(tcp)) => tcp.set_zero_linger(),
        (None, Either::Right(tls)) => tls.get_ref().0.set_zero_linger(),
        (Some(bytes), socket) => {
            socket.write_all(bytes).await?;
            socket.shutdown().await
        }
    }
}

/// What a client gets in place of a proper answer. A response carries it as an extension.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{name}")]
pub(super) struct Ending {
    /// What the log calls it.
    pub(super) name: String,
    /// These bytes as they are, and then the end of the stream. `None` for a TCP reset.
    pub(super) bytes: Option<Bytes>,
}
