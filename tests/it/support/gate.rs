//! A gate in front of a server. While it is shut, new connections are refused; shutting it resets those that are open.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Passes connections on. Ends on drop.
pub(crate) struct Gate {
    address: SocketAddr,
    target: SocketAddr,
    /// Bound and never listening: no other process gets the port while the gate is shut.
    _place: TcpSocket,
    keeper: Mutex<JoinHandle<()>>,
}

impl Gate {
    /// An open gate.
    pub(crate) fn before(target: SocketAddr) -> Self {
        let place = socket(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let address = place.local_addr().expect("an address");
        Self {
            address,
            target,
            _place: place,
            keeper: Mutex::new(keep(address, target)),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns when no connection is let in any more.
    pub(crate) async fn shut(&self) {
        self.keeper().abort();
        while TcpStream::connect(self.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn open(&self) {
        let mut keeper = self.keeper();
        keeper.abort();
        *keeper = keep(self.address, self.target);
    }

    fn keeper(&self) -> std::sync::MutexGuard<'_, JoinHandle<()>> {
        self.keeper.lock().expect("no test panicked here")
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.keeper().abort();
    }
}

fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseport(true).expect("a port of two");
    socket.bind(address).expect("a free port");
    socket
}

/// Ends with all connections inside when it is aborted.
fn keep(address: SocketAddr, target: SocketAddr) -> JoinHandle<()> {
    let listener = socket(address).listen(128).expect("it may listen");
    tokio::spawn(async move {
        let mut inside = JoinSet::new();
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            inside.spawn(async move {
                let Ok(mut onward) = TcpStream::connect(target).await else {
                    return;
                };
                let nodelay = stream.set_nodelay(true).and(onward.set_nodelay(true));
                nodelay.expect("a connection");
                drop(copy_bidirectional(&mut stream, &mut onward).await);
            });
            while inside.try_join_next().is_some() {}
        }
    })
}
