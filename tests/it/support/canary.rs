//! Another host, where no secret may ever arrive.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Takes whatever is sent to it. Ends on drop.
pub(crate) struct Canary {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl Canary {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let heard = Arc::new(Mutex::default());
        let book: Arc<Mutex<Vec<u8>>> = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let book = Arc::clone(&book);
                tokio::spawn(async move {
                    let mut bytes = [0; 4096];
                    while let Ok(read @ 1..) = stream.read(&mut bytes).await {
                        book.lock()
                            .expect("no test panicked here")
                            .extend_from_slice(&bytes[..read]);
                        let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
                        drop(stream.write_all(answer).await);
                    }
                });
            }
        });
        Self {
            address,
            heard,
            task,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that was sent here.
    pub(crate) fn heard(&self) -> String {
        let heard = self.heard.lock().expect("no test panicked here");
        String::from_utf8_lossy(&heard).into_owned()
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.task.abort();
    }
}
