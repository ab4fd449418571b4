//! Connections: one task for each, which answers in HTTP/1.1 or ends without a proper answer when a fault says so.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::lines::Lines;

/// How long to wait after an error of `accept`, which most often means that no more files can be opened.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// After how long such an error is worth another line of the log.
const TELL_AGAIN: Duration = Duration::from_secs(60);

/// So many connections may be open.
const MOST: usize = 512;

/// How long a client may take for a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a client may take for the head of a request, and so how long an idle connection is kept.
const HEAD: Duration = Duration::from_secs(30);

/// The longest head of a request, in bytes; also how much of a body is read at once.
const LONGEST_HEAD: usize = 32 << 10;

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
    slots: Arc<Mutex<Slots>>,
}

/// The connections that are open, the one first that has been longest without a whole request.
#[derive(Default)]
struct Slots {
    next: u64,
    open: BTreeMap<u64, CancellationToken>,
}

impl Slots {
    fn add(&mut self, eviction: CancellationToken) -> u64 {
        self.next += 1;
        self.open.insert(self.next, eviction);
        self.next
    }
}

/// The place of a connection among [`MOST`]. It is free again once this is dropped.
#[derive(Clone)]
pub(super) struct Slot(Arc<Place>);

struct Place {
    number: AtomicU64,
    eviction: CancellationToken,
    slots: Arc<Mutex<Slots>>,
}

impl Slot {
    /// Tells that a whole request has come.
    pub(super) fn renew(&self) {
        let mut slots = lock(&self.0.slots);
        let number = self.0.number.load(Ordering::Relaxed);
        if let Some(eviction) = slots.open.remove(&number) {
            let number = slots.add(eviction);
            self.0.number.store(number, Ordering::Relaxed);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let number = self.number.load(Ordering::Relaxed);
        lock(&self.slots).open.remove(&number);
    }
}

fn lock(slots: &Mutex<Slots>) -> MutexGuard<'_, Slots> {
    slots.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connections {
    /// Whether any of them waits for no answer.
    pub(super) fn idle(&self) -> bool {
        self.tasks.len() > self.busy.load(Ordering::SeqCst)
    }

    /// A place for one more connection. If there is none, another connection ends for it.
    fn slot(&self) -> Slot {
        let mut slots = lock(&self.slots);
        while slots.open.len() >= MOST
            && let Some((_, oldest)) = slots.open.pop_first()
        {
            oldest.cancel();
        }
        let eviction = CancellationToken::new();
        Slot(Arc::new(Place {
            number: AtomicU64::new(slots.add(eviction.clone())),
            eviction,
            slots: Arc::clone(&self.slots),
        }))
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
        let mut told: Option<Instant> = None;
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.stop.cancelled() => return,
            };
            match accepted {
                Ok((stream, _)) => {
                    let slot = self.connections.slot();
                    let served = self.clone().serve(stream, slot);
                    self.connections.tasks.spawn(served);
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

    async fn serve(self, stream: TcpStream, slot: Slot) {
        tokio::select! {
            () = self.serve_one(stream, &slot) => {}
            () = slot.0.eviction.cancelled() => {}
        }
    }

    async fn serve_one(&self, stream: TcpStream, slot: &Slot) {
        // Answers are small: waiting to fill a packet would only add delay. A socket that refuses still works.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return self.answer(stream, slot).await;
        };
        tokio::select! {
            accepted = timeout(HANDSHAKE, tls.accept(stream)) => if let Ok(Ok(stream)) = accepted {
                self.answer(stream, slot).await;
            },
            () = self.stop.cancelled() => {}
        }
    }

    /// Answers until the client goes, an [`Ending`] comes, or the server stops.
    async fn answer(&self, socket: impl Socket, slot: &Slot) {
        let router = TowerToHyperService::new(self.router.clone());
        let service = service_fn(|mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(slot.clone());
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
        http.timer(TokioTimer::new()).header_read_timeout(HEAD);
        http.max_buf_size(LONGEST_HEAD);
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
