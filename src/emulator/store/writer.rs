//! The thread that writes.

use std::sync::mpsc::Receiver;

use redb::Database;
use tokio::sync::watch;

use super::{Change, Kind};

/// How far the writer has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// How many transactions are on disk.
    written: u64,
    /// Why there will never be more.
    pub(super) failure: Option<String>,
}

impl Progress {
    /// Whether it is known what has become of so many transactions.
    pub(super) fn over(&self, sent: u64) -> bool {
        self.written >= sent || self.failure.is_some()
    }
}

/// Writes what comes until the store is closed, or until the file fails.
///
/// After a failure nothing more is written: what is in memory has gone past what is on disk, and the next change may
/// build on the one that is lost.
pub(super) fn write(
    database: &Database,
    inbox: &Receiver<Vec<Change>>,
    report: &watch::Sender<Progress>,
) {
    while let Ok(first) = inbox.recv() {
        let mut transactions = vec![first];
        transactions.extend(inbox.try_iter());
        let result = commit(database, transactions.iter().flatten());
        report.send_modify(|progress| match result {
            Ok(()) => progress.written += transactions.len() as u64,
            Err(error) => progress.failure = Some(error.to_string()),
        });
        if report.borrow().failure.is_some() {
            return;
        }
    }
}

/// Everything in one transaction, which is on disk when this returns.
fn commit<'a>(
    database: &Database,
    changes: impl Iterator<Item = &'a Change>,
) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut users = transaction.open_table(Kind::User.table())?;
        let mut keys = transaction.open_table(Kind::Key.table())?;
        let mut sessions = transaction.open_table(Kind::Session.table())?;
        for Change { kind, id, value } in changes {
            let table = match kind {
                Kind::User => &mut users,
                Kind::Key => &mut keys,
                Kind::Session => &mut sessions,
            };
            let id = id.bytes();
            match value {
                Some(value) => table.insert(id.as_slice(), value.as_slice())?,
                None => table.remove(id.as_slice())?,
            };
        }
    }
    Ok(transaction.commit()?)
}
