//! Where clients connect.

use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::connection::Server;
use super::lines::Lines;

/// How long to wait after an error of `accept`, which most often means that no more files can be opened.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// After how long such an error is worth another line of the log.
const TELL_AGAIN: Duration = Duration::from_secs(60);

/// Accepts for ever, and serves each connection in a task of its own. `stop` is for those.
pub(super) async fn accept(server: Server, listener: TcpListener, stop: CancellationToken) {
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
