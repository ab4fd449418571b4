//! A client that hides not even HTTP: a socket, and every byte that comes back.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::http::World;

/// A connection on which one request was sent.
pub(super) struct Raw(TcpStream);

/// The bytes that came, and how the connection ended.
#[derive(Debug)]
pub(super) struct Bytes {
    pub(super) text: String,
    /// `None` for an orderly end.
    pub(super) error: Option<io::ErrorKind>,
}

impl Raw {
    /// Sends a request below `/api/client/v2.0`, and asks for the connection to end with its answer.
    pub(super) async fn send(world: &World, method: &str, path: &str, rest: &str) -> Self {
        let address = world.emulator.url().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.unwrap();
        let (headers, body) = rest.split_once("\r\n\r\n").unwrap_or((rest, ""));
        let request = format!(
            "{method} /api/client/v2.0{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Length: {}\r\n{headers}\r\n\r\n{body}",
            body.len(),
        );
        // A request without further headers has no empty line too many.
        let request = request.replacen("\r\n\r\n\r\n", "\r\n\r\n", 1);
        stream.write_all(request.as_bytes()).await.unwrap();
        Self(stream)
    }

    /// Everything up to the end of the connection.
    pub(super) async fn bytes(mut self) -> Bytes {
        let mut bytes = Vec::new();
        let ended = self.0.read_to_end(&mut bytes).await;
        Bytes {
            text: String::from_utf8(bytes).unwrap(),
            error: ended.err().map(|error| error.kind()),
        }
    }
}

impl Bytes {
    /// The head in lower case, and the body.
    pub(super) fn parts(&self) -> (String, &str) {
        let (head, body) = self.text.split_once("\r\n\r\n").unwrap();
        (head.to_lowercase(), body)
    }
}
