//! What Windows tells a process: console events, and nothing of its host.
//!
//! Ctrl-C and Ctrl-Break reach all processes of the console and are left to the host. When the console is closed, the user
//! logs off or the system goes down, the system ends the process a few seconds after its handler was called, so that is a
//! shutdown. There is no parent to be watched and no look at a pipe: once its connections are closed, the host counts as
//! gone when it has not come back within [`UNREAD_FOR`](super::UNREAD_FOR). Hosts hold one connection from start to end.

use std::io;

use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};
use tokio::sync::mpsc;

use super::{Event, Evidence, Mode};

/// Has all console events arrive as events. From here on none of them ends the process by itself.
///
/// # Errors
///
/// When the system refuses a handler.
pub(super) fn signals(mode: Mode) -> io::Result<mpsc::UnboundedReceiver<Event>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let interrupt = match mode {
        Mode::Hosted => None,
        Mode::Debugged => Some(Event::Shutdown),
    };
    macro_rules! forward {
        ($stream:expr, $event:expr) => {{
            let (mut stream, sender, event) = ($stream, sender.clone(), $event);
            tokio::spawn(async move {
                while stream.recv().await.is_some() {
                    let _ = event.map(|event| sender.send(event));
                }
            });
        }};
    }
    forward!(ctrl_c()?, interrupt);
    forward!(ctrl_break()?, interrupt);
    forward!(ctrl_close()?, Some(Event::Shutdown));
    forward!(ctrl_logoff()?, Some(Event::Shutdown));
    forward!(ctrl_shutdown()?, Some(Event::Shutdown));
    Ok(receiver)
}

/// How things stood at the start: nothing that can be compared later.
#[derive(Debug)]
pub(super) struct Start;

impl Start {
    pub(super) fn now() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "on Unix it compares with the start")]
    pub(super) fn look(&self) -> Evidence {
        Evidence {
            is_orphan: false,
            is_unread: true,
        }
    }
}
