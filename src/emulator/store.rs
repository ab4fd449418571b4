//! The data file: what is on disk, and when it is there for sure.
//!
//! Knows bytes under ids in tables, and nothing of what they mean: that is `state`. `file` opens it and knows the format.

mod file;

use std::fmt;
use std::io;
use std::mem;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::app::App;
use super::object_id::ObjectId;
use super::records::{Key, Session, User};
use super::tokens::SigningKey;

/// What holds for the whole file, under one name.
const ABOUT: TableDefinition<&str, &[u8]> = TableDefinition::new("about");
const ABOUT_NAME: &str = "about";

/// The form of the records. Another number is of another version of the emulator.
const FORMAT: u32 = 4;

/// Records of one kind, by their ids.
pub(super) type Records = TableDefinition<'static, &'static [u8], &'static [u8]>;

pub(super) const USERS: Records = TableDefinition::new("users");
pub(super) const KEYS: Records = TableDefinition::new("keys");
pub(super) const SESSIONS: Records = TableDefinition::new("sessions");
const ALL: [Records; 3] = [USERS, KEYS, SESSIONS];

/// The way of changes into a data file, which a thread of its own writes.
///
/// Changes are written in the order in which they come, and all that come before a flush are on disk as a whole or not at
/// all. As many flushes as wait are written together: a hundred requests at once cost one sync of the disk, not one each.
pub(super) struct Journal {
    /// Those since the last flush.
    changes: Vec<Change>,
    /// How many flushes there were that had something to write.
    flushed: u64,
    /// `None` without a file, or once it is closed.
    inbox: Option<Sender<Vec<Change>>>,
    progress: watch::Receiver<Progress>,
    writer: Option<JoinHandle<()>>,
}

/// One record as it is from now on; without a value it is gone.
struct Change {
    table: Records,
    id: ObjectId,
    value: Option<Vec<u8>>,
}

/// How far the writer has come: so many flushes are on disk, or why there will never be more.
type Progress = Result<u64, String>;

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
#[derive(Default)]
pub(super) struct Stored {
    pub(super) users: Vec<User>,
    pub(super) keys: Vec<Key>,
    pub(super) sessions: Vec<Session>,
}

impl Journal {
    /// Opens the file, or makes it for the app. Without one, all is kept in memory only.
    pub(super) fn open(path: Option<&Path>, app_id: &str) -> io::Result<(Self, About, Stored)> {
        let Some(path) = path else {
            let journal = Self {
                changes: Vec::new(),
                flushed: 0,
                inbox: None,
                progress: watch::channel(Ok(u64::MAX)).1,
                writer: None,
            };
            return Ok((journal, About::new(app_id.to_owned()), Stored::default()));
        };
        let opened = file::open(path, app_id, |database| read(database, app_id));
        let (database, (about, stored)) = opened.map_err(|Unusable(why)| {
            io::Error::other(format!("data file {}: {why}", path.display()))
        })?;
        let (inbox, outbox) = mpsc::channel();
        let (report, progress) = watch::channel(Ok(0));
        let work = move || write(&database, &outbox, &report);
        let writer = thread::Builder::new().name("data".to_owned()).spawn(work)?;
        let journal = Self {
            changes: Vec::new(),
            flushed: 0,
            inbox: Some(inbox),
            progress,
            writer: Some(writer),
        };
        Ok((journal, about, stored))
    }

    pub(super) fn put(&mut self, table: Records, id: ObjectId, record: &impl Serialize) {
        if self.inbox.is_some() {
            let value = serde_json::to_vec(record).expect("records have a JSON form");
            let value = Some(value);
            self.changes.push(Change { table, id, value });
        }
    }

    pub(super) fn remove(&mut self, table: Records, id: ObjectId) {
        if self.inbox.is_some() {
            let value = None;
            self.changes.push(Change { table, id, value });
        }
    }

    /// Hands all changes to the writer. The future ends when they and those before are on disk, or when it is known that
    /// they never will be, and why.
    pub(super) fn flush(&mut self) -> impl Future<Output = Result<(), String>> + use<> {
        if let Some(inbox) = &self.inbox
            && !self.changes.is_empty()
        {
            self.flushed += 1;
            // Without a writer there is no progress, and that is where it shows.
            let _ = inbox.send(mem::take(&mut self.changes));
        }
        let (flushed, mut progress) = (self.flushed, self.progress.clone());
        async move {
            let over = |progress: &Progress| !matches!(progress, Ok(written) if *written < flushed);
            let progress = progress.wait_for(over).await;
            progress.map_or_else(
                |_| Err("it is closed".to_owned()),
                |known| known.clone().map(drop),
            )
        }
    }

    /// Flushes for the last time. The future ends when all is on disk and the file may be opened by another.
    pub(super) fn close(&mut self) -> impl Future<Output = ()> + use<> {
        drop(self.flush());
        // What comes from now on is never written.
        self.flushed = u64::MAX;
        self.inbox = None;
        let writer = self.writer.take();
        async {
            // What counts is that it is over.
            let _ = spawn_blocking(|| writer.map(JoinHandle::join)).await;
        }
    }
}

/// Writes what comes until the file is closed, or until it fails.
///
/// After a failure nothing more is written: what is in memory has gone past what is on disk, and the next change may
/// build on the one that is lost.
fn write(database: &Database, inbox: &Receiver<Vec<Change>>, report: &watch::Sender<Progress>) {
    let mut written = 0;
    while let Ok(first) = inbox.recv() {
        let mut batch = vec![first];
        batch.extend(inbox.try_iter());
        written += batch.len() as u64;
        let result = commit(database, &batch);
        let failed = result.is_err();
        let result = result.map(|()| written).map_err(|error| error.to_string());
        report.send_modify(|progress| *progress = result);
        if failed {
            return;
        }
    }
}

/// Everything in one transaction, which is on disk when this returns.
fn commit(database: &Database, batch: &[Vec<Change>]) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    for kind in ALL {
        let mut table = transaction.open_table(kind)?;
        let changes = batch.iter().flatten();
        for change in changes.filter(|change| change.table.name() == kind.name()) {
            match &change.value {
                Some(value) => table.insert(change.id.bytes(), value.as_slice())?,
                None => table.remove(change.id.bytes())?,
            };
        }
    }
    Ok(transaction.commit()?)
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
    // Of another format, the number alone can be read.
    let format = &parse::<Value>(about.value())?["format"];
    if *format != FORMAT {
        return Err(Unusable(format!(
            "it is of format {format}, and this emulator reads {FORMAT}"
        )));
    }
    let about: About = parse(about.value())?;
    if about.app.id != app_id {
        let own = &about.app.id;
        return Err(Unusable(format!(
            "it is the data of app '{own}', not of '{app_id}'"
        )));
    }
    let stored = Stored {
        users: all(&transaction, USERS)?,
        keys: all(&transaction, KEYS)?,
        sessions: all(&transaction, SESSIONS)?,
    };
    Ok((about, stored))
}

fn all<T: DeserializeOwned>(
    transaction: &redb::ReadTransaction,
    records: Records,
) -> Result<Vec<T>, Unusable> {
    let table = transaction.open_table(records)?;
    let records = table.iter()?.map(|entry| parse(entry?.1.value()));
    records.collect()
}

fn parse<T: DeserializeOwned>(value: &[u8]) -> Result<T, Unusable> {
    serde_json::from_slice(value)
        .map_err(|error| Unusable::damaged(format_args!("a record cannot be read: {error}")))
}

#[cfg(test)]
mod tests;
