//! The data file: what is on disk, and when it is there for sure.
//!
//! Knows bytes under kinds and ids, and nothing of what they mean: that is `state/tables`. `writer` is the one thread that
//! writes, `file` the format and its version.

mod file;
mod writer;

use std::fmt;
use std::io;
use std::mem;
use std::path::Path;
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use bson::oid::ObjectId;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::app::App;
use super::records::{Key, Session, User};
use super::tokens::SigningKey;
use writer::Progress;

/// What holds for the whole file, under one name.
const ABOUT: TableDefinition<&str, &[u8]> = TableDefinition::new("about");
const ABOUT_NAME: &str = "about";

/// The form of the records. Another number is of another version of the emulator.
const FORMAT: u32 = 3;

/// A data file that is open, and written by a thread of its own.
///
/// Changes come in transactions, each of which is on disk as a whole or not at all. They come in order, and as many as
/// wait are written together: a hundred requests at once cost one sync of the disk, not one each.
pub(super) struct Store {
    outbox: Mutex<Outbox>,
    progress: watch::Receiver<Progress>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

struct Outbox {
    /// What the transaction has changed so far.
    changes: Vec<Change>,
    /// `None` once the store is closed.
    transactions: Option<Sender<Vec<Change>>>,
    /// How many were sent.
    sent: u64,
}

/// A kind of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Key,
    Session,
}

impl Kind {
    const ALL: [Self; 3] = [Self::User, Self::Key, Self::Session];

    fn table(self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(match self {
            Self::User => "users",
            Self::Key => "keys",
            Self::Session => "sessions",
        })
    }
}

/// One record as it is from now on; without a value it is gone.
struct Change {
    kind: Kind,
    id: ObjectId,
    value: Option<Vec<u8>>,
}

/// What stands once in a data file.
#[derive(Serialize, Deserialize)]
pub(super) struct About {
    format: u32,
    pub(super) app: App,
    /// Tokens outlive the process that signed them.
    pub(super) signing_key: SigningKey,
}

impl About {
    pub(super) fn new(app_id: String) -> Self {
        Self {
            format: FORMAT,
            app: App::new(app_id),
            signing_key: rand::random(),
        }
    }
}

/// What a data file holds when it is opened.
pub(super) struct Stored {
    pub(super) users: Vec<User>,
    pub(super) keys: Vec<Key>,
    pub(super) sessions: Vec<Session>,
}

impl Store {
    /// Opens the file, or makes it for the app.
    pub(super) fn open(path: &Path, app_id: &str) -> io::Result<(Self, About, Stored)> {
        let opened = file::open(path, app_id, |database| read(database, app_id));
        let (database, (about, stored)) = opened.map_err(|Unusable(why)| {
            io::Error::other(format!("data file {}: {why}", path.display()))
        })?;
        let (transactions, inbox) = mpsc::channel();
        let (report, progress) = watch::channel(Progress::default());
        let work = move || writer::write(&database, &inbox, &report);
        let writer = thread::Builder::new().name("data".to_owned()).spawn(work)?;
        let store = Self {
            outbox: Mutex::new(Outbox {
                changes: Vec::new(),
                transactions: Some(transactions),
                sent: 0,
            }),
            progress,
            writer: Mutex::new(Some(writer)),
        };
        Ok((store, about, stored))
    }

    /// Takes a change into the transaction.
    pub(super) fn put(&self, kind: Kind, id: ObjectId, record: &impl Serialize) {
        let value = serde_json::to_vec(record).expect("records have a JSON form");
        let value = Some(value);
        self.outbox().changes.push(Change { kind, id, value });
    }

    /// Takes a removal, likewise.
    pub(super) fn remove(&self, kind: Kind, id: ObjectId) {
        let value = None;
        self.outbox().changes.push(Change { kind, id, value });
    }

    /// Ends the transaction, if it has any changes. They are on disk once [`Store::flushed`] has returned.
    pub(super) fn end_transaction(&self) {
        let mut outbox = self.outbox();
        if outbox.changes.is_empty() {
            return;
        }
        let changes = mem::take(&mut outbox.changes);
        outbox.sent += 1;
        if let Some(transactions) = &outbox.transactions {
            // Without a writer nothing is ever flushed again, and that is where it shows.
            let _ = transactions.send(changes);
        }
    }

    /// Returns when all transactions so far are on disk, or when it is known that they never will be, and why.
    pub(super) async fn flushed(&self) -> Result<(), String> {
        let sent = self.outbox().sent;
        let mut progress = self.progress.clone();
        let over = progress.wait_for(|progress| progress.over(sent)).await;
        match over.as_deref() {
            Ok(Progress {
                failure: Some(failure),
                ..
            }) => Err(failure.clone()),
            Ok(_) => Ok(()),
            Err(_) => Err("it is closed".to_owned()),
        }
    }

    /// Returns when all transactions so far are on disk and the file may be opened by another.
    pub(super) async fn close(&self) {
        self.outbox().transactions = None;
        let writer = self.writer.lock();
        let writer = writer.unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // What counts is that it is over.
            let _ = spawn_blocking(|| writer.join()).await;
        }
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a file cannot be used, which is as it was: the end of a sentence that begins with its name.
#[derive(Debug)]
struct Unusable(String);

impl Unusable {
    fn busy() -> Self {
        Self("another process has it open".to_owned())
    }

    fn foreign() -> Self {
        Self("it is not a data file of this emulator".to_owned())
    }

    fn damaged(why: impl fmt::Display) -> Self {
        Self(format!("it is damaged: {why}"))
    }
}

impl<E: Into<redb::Error>> From<E> for Unusable {
    fn from(error: E) -> Self {
        match error.into() {
            redb::Error::DatabaseAlreadyOpen => Self::busy(),
            redb::Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::damaged("it is cut")
            }
            redb::Error::Io(error) => Self(error.to_string()),
            error => Self::damaged(error),
        }
    }
}

fn read(database: &Database, app_id: &str) -> Result<(About, Stored), Unusable> {
    let transaction = database.begin_read()?;
    let about = transaction.open_table(ABOUT);
    let about = about.map_err(|_| Unusable::foreign())?;
    let about = about.get(ABOUT_NAME)?.ok_or_else(Unusable::foreign)?;
    let about: About = parse(about.value())?;
    if about.format != FORMAT {
        let format = about.format;
        return Err(Unusable(format!(
            "it is of format {format}, and this emulator reads {FORMAT}"
        )));
    }
    if about.app.id != app_id {
        let own = &about.app.id;
        return Err(Unusable(format!(
            "it is the data of app '{own}', not of '{app_id}'"
        )));
    }
    let stored = Stored {
        users: all(&transaction, Kind::User)?,
        keys: all(&transaction, Kind::Key)?,
        sessions: all(&transaction, Kind::Session)?,
    };
    Ok((about, stored))
}

fn all<T: DeserializeOwned>(
    transaction: &redb::ReadTransaction,
    kind: Kind,
) -> Result<Vec<T>, Unusable> {
    let table = transaction.open_table(kind.table())?;
    let records = table.iter()?.map(|entry| parse(entry?.1.value()));
    records.collect()
}

fn parse<T: DeserializeOwned>(value: &[u8]) -> Result<T, Unusable> {
    serde_json::from_slice(value)
        .map_err(|error| Unusable::damaged(format_args!("a record cannot be read: {error}")))
}

#[cfg(test)]
mod tests;
