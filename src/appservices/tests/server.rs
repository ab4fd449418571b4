//! A server on loopback that answers as a test tells it, and remembers what it was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

/// What the client sent.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// Method and path below `/api/client/v2.0`, as in `GET /auth/api_keys`.
    pub(super) line: String,
    pub(super) token: Option<String>,
    pub(super) head: String,
    pub(super) body: String,
}

/// What the server does about it.
#[derive(Clone)]
pub(super) enum Reply {
    /// A status, further header lines, a body.
    Answer(u16, String, String),
    /// Closes the connection without a word.
    Close,
    /// Resets the connection, as a host does that has forgotten it.
    Reset,
    /// Announces more than it sends, and closes.
    Cut(u16, String),
    /// Answers, and closes the connection unannounced.
    Last(Box<Reply>),
    /// Answers, and resets the connection when more comes in, without reading it.
    Forgets(Box<Reply>),
    /// Says nothing until the client goes away.
    Hang,
    /// Waits until the token is cancelled, then goes on.
    Until(CancellationToken, Box<Reply>),
}

/// The server; it stops when this is dropped.
pub(super) struct Server {
    pub(super) url: String,
    desk: Arc<Desk>,
    listening: JoinSet<()>,
}

/// What all connections share.
struct Desk {
    script: Box<Script>,
    seen: Mutex<Vec<Request>>,
    busy: AtomicUsize,
    busiest: AtomicUsize,
}

/// Gives the reply to a request; the number counts requests of the same line, from 1.
type Script = dyn Fn(&Request, usize) -> Reply + Send + Sync;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    fn socket(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Stream for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

impl Reply {
    pub(super) fn json(status: u16, body: impl Into<String>) -> Reply {
        Reply::Answer(
            status,
            "content-type: application/json\r\n".to_owned(),
            body.into(),
        )
    }

    /// An answer without a body.
    pub(super) fn empty(status: u16) -> Reply {
        Reply::Answer(status, String::new(), String::new())
    }

    pub(super) fn with(self, header: &str) -> Reply {
        match self {
            Reply::Answer(status, head, body) => {
                Reply::Answer(status, format!("{head}{header}\r\n"), body)
            }
            other => other,
        }
    }
}

impl Server {
    pub(super) async fn start(
        script: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Server {
        Server::listen(Box::new(script), None).await
    }

    /// The same over TLS.
    pub(super) async fn start_tls(
        tls: TlsAcceptor,
        script: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Server {
        Server::listen(Box::new(script), Some(tls)).await
    }

    async fn listen(script: Box<Script>, tls: Option<TlsAcceptor>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let desk = Arc::new(Desk {
            script,
            seen: Mutex::default(),
            busy: AtomicUsize::new(0),
            busiest: AtomicUsize::new(0),
        });
        let mut listening = JoinSet::new();
        listening.spawn(accept(listener, tls, desk.clone()));
        Server {
            url,
            desk,
            listening,
        }
    }

    /// Listens no more once this returns; dropping alone takes a moment. No other server gets the port while the result is
    /// kept: it is bound, and not listened on.
    #[must_use]
    pub(super) async fn close(mut self) -> TcpSocket {
        self.listening.shutdown().await;
        let address = self.url.trim_start_matches("http://").parse().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        socket
    }

    /// All requests so far.
    pub(super) fn seen(&self) -> Vec<Request> {
        self.desk.seen.lock().unwrap().clone()
    }

    /// How many requests there were of this method and path.
    pub(super) fn count(&self, line: &str) -> usize {
        self.seen()
            .iter()
            .filter(|request| request.line == line)
            .count()
    }

    /// The most requests that were waiting for a reply at the same time.
    pub(super) fn busiest(&self) -> usize {
        self.desk.busiest.load(Ordering::SeqCst)
    }

    /// Waits until a request of this line has come in.
    pub(super) async fn sees(&self, line: &str) {
        while self.count(line) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Connections end with the listener.
async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, desk: Arc<Desk>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (tls, desk) = (tls.clone(), desk.clone());
        connections.spawn(async move {
            match tls {
                None => desk.serve(stream).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        desk.serve(stream).await;
                    }
                }
            }
        });
    }
}

impl Desk {
    async fn serve(&self, mut stream: impl Stream) {
        while let Some(request) = read(&mut stream).await {
            let busy = self.busy.fetch_add(1, Ordering::SeqCst) + 1;
            self.busiest.fetch_max(busy, Ordering::SeqCst);
            let reply = (self.script)(&request, self.note(&request));
            if !write(&mut stream, reply, &self.busy).await {
                break;
            }
        }
    }

    /// Writes a request down; says the how-manieth of its line it is.
    fn note(&self, request: &Request) -> usize {
        let mut seen = self.seen.lock().unwrap();
        seen.push(request.clone());
        let same = seen.iter().filter(|earlier| earlier.line == request.line);
        same.count()
    }
}

async fn read(stream: &mut impl Stream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let value = |name: &str| {
        head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    };
    let length: usize = value("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let line = head
        .lines()
        .next()?
        .trim_end_matches(" HTTP/1.1")
        .replace("/api/client/v2.0", "");
    let token = value("authorization").map(|value| value.trim_start_matches("Bearer ").to_owned());
    let body = String::from_utf8(bytes[end + 4..].to_vec()).unwrap();
    Some(Request {
        line,
        token,
        head,
        body,
    })
}

/// Carries out a reply; says whether the connection stays open.
async fn write(stream: &mut impl Stream, mut reply: Reply, busy: &AtomicUsize) -> bool {
    let (mut is_last, mut forgets) = (false, false);
    if let Reply::Last(answer) = reply {
        (is_last, reply) = (true, *answer);
    } else if let Reply::Forgets(answer) = reply {
        (forgets, reply) = (true, *answer);
    }
    while let Reply::Until(token, then) = reply {
        token.cancelled().await;
        reply = *then;
    }
    // A moment in which requests pile up, if anything lets them.
    tokio::task::yield_now().await;
    if !matches!(reply, Reply::Hang) {
        busy.fetch_sub(1, Ordering::SeqCst);
    }
    let (text, open) = match reply {
        Reply::Answer(status, head, body) => {
            let length = if status == 204 {
                String::new()
            } else {
                format!("content-length: {}\r\n", body.len())
            };
            (
                format!("HTTP/1.1 {status} X\r\n{head}{length}\r\n{body}"),
                true,
            )
        }
        Reply::Cut(status, body) => {
            let length = body.len() + 10;
            (
                format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}"),
                false,
            )
        }
        Reply::Hang => {
            let _ = stream.read_u8().await;
            return false;
        }
        Reply::Reset => {
            stream.socket().set_zero_linger().unwrap();
            return false;
        }
        Reply::Close | Reply::Until(..) | Reply::Last(_) | Reply::Forgets(_) => return false,
    };
    let written = stream.write_all(text.as_bytes()).await.is_ok();
    if forgets {
        let _ = stream.socket().peek(&mut [0]).await;
        stream.socket().set_zero_linger().unwrap();
    }
    written && open && !is_last && !forgets
}
