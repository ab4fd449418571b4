//! The data file: what is on disk, and when it is there for sure.

mod writer;

use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use bson::oid::ObjectId;
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::app::App;
use super::tokens::SigningKey;
use writer::Progress;

/// What holds for the whole file, under one name.
const ABOUT: TableDefinition<&str, &[u8]> = TableDefinition::new("about");
const ABOUT_NAME: &str = "about";

/// The form of the records. Another number is of another version of the emulator.
const FORMAT: u32 = 2;

/// How much of the file may be in memory, in bytes.
const CACHE: usize = 8 << 20;

/// A data file that is open, and written by a thread of its own.
///
/// Changes come in steps, each of which is on disk as a whole or not at all. Steps come in order, and as many as wait are
/// one transaction: a hundred requests at once cost one sync of the disk together, not one each.
pub(super) struct Store {
    outbox: Mutex<Outbox>,
    progress: watch::Receiver<Progress>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

struct Outbox {
    /// What will be the next step.
    step: Vec<Change>,
    /// `None` once the store is closed.
    steps: Option<Sender<Vec<Change>>>,
    /// How many were sent.
    sent: u64,
}

/// A kind of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Session,
}

impl Kind {
    fn table(self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(match self {
            Self::User => "users",
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
pub(super) struct Stored<U, S> {
    pub(super) about: About,
    pub(super) users: Vec<U>,
    pub(super) sessions: Vec<S>,
}

impl Store {
    /// Opens the file, or makes it for the app.
    pub(super) fn open<U: DeserializeOwned, S: DeserializeOwned>(
        path: &Path,
        app_id: &str,
    ) -> io::Result<(Self, Stored<U, S>)> {
        let opened = open(path, app_id).and_then(|database| {
            let stored = read(&database)?;
            Ok((database, stored))
        });
        let (database, stored) = opened.map_err(|trouble| trouble.of(path))?;
        let about: &About = &stored.about;
        if about.app.id != app_id {
            let own = &about.app.id;
            let text = format!("it is the data of app '{own}', not of '{app_id}'");
            return Err(Trouble::Wrong(text).of(path));
        }
        let (steps, inbox) = mpsc::channel();
        let (report, progress) = watch::channel(Progress::default());
        let work = move || writer::write(&database, &inbox, &report);
        let writer = thread::Builder::new().name("data".to_owned()).spawn(work)?;
        let store = Self {
            outbox: Mutex::new(Outbox {
                step: Vec::new(),
                steps: Some(steps),
                sent: 0,
            }),
            progress,
            writer: Mutex::new(Some(writer)),
        };
        Ok((store, stored))
    }

    /// Takes a change into the step.
    pub(super) fn put(&self, kind: Kind, id: ObjectId, record: &impl Serialize) {
        let value = serde_json::to_vec(record).expect("records have a JSON form");
        let value = Some(value);
        self.outbox().step.push(Change { kind, id, value });
    }

    /// Takes a removal, likewise.
    pub(super) fn remove(&self, kind: Kind, id: ObjectId) {
        let value = None;
        self.outbox().step.push(Change { kind, id, value });
    }

    /// Ends the step, if it has any changes. They are on disk once [`Store::settled`] has returned.
    pub(super) fn end_step(&self) {
        let mut outbox = self.outbox();
        if outbox.step.is_empty() {
            return;
        }
        let step = mem::take(&mut outbox.step);
        outbox.sent += 1;
        if let Some(steps) = &outbox.steps {
            // Without a writer nothing is ever settled again, and that is where it shows.
            let _ = steps.send(step);
        }
    }

    /// Returns when all steps so far are on disk, or when it is known that they never will be, and why.
    pub(super) async fn settled(&self) -> Result<(), String> {
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

    /// Returns when all steps so far are on disk and the file may be opened by another.
    pub(super) async fn close(&self) {
        self.outbox().steps = None;
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

/// Why a file cannot be used.
enum Trouble {
    /// It can, but not as it is wanted here.
    Wrong(String),
    Broken(redb::Error),
}

impl Trouble {
    fn of(self, path: &Path) -> io::Error {
        let path = path.display();
        match self {
            Self::Wrong(text) => io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("data file {path}: {text}"),
            ),
            Self::Broken(redb::Error::DatabaseAlreadyOpen) => {
                let text = format!("data file {path}: another process has it open");
                io::Error::new(io::ErrorKind::ResourceBusy, text)
            }
            Self::Broken(error) => io::Error::other(format!("data file {path}: {error}")),
        }
    }
}

impl<E: Into<redb::Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

fn open(path: &Path, app_id: &str) -> Result<Database, Trouble> {
    if !path.exists() {
        create(path, &About::new(app_id.to_owned()))?;
    }
    // Read once and then only written: there is little to keep at hand.
    Ok(Database::builder().set_cache_size(CACHE).open(path)?)
}

/// Makes the file aside and moves it to its place, so that a file that is there is never half of one.
fn create(path: &Path, about: &About) -> Result<(), Trouble> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    let aside = PathBuf::from(aside);
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    private(&aside).map_err(io)?;
    let database = Database::create(&aside)?;
    let transaction = database.begin_write()?;
    let value = serde_json::to_vec(about).expect("records have a JSON form");
    transaction
        .open_table(ABOUT)?
        .insert(ABOUT_NAME, value.as_slice())?;
    for kind in [Kind::User, Kind::Session] {
        transaction.open_table(kind.table())?;
    }
    transaction.commit()?;
    drop(database);
    fs::rename(&aside, path).map_err(io)
}

fn io(error: io::Error) -> Trouble {
    Trouble::from(DatabaseError::from(redb::StorageError::Io(error)))
}

/// An empty file that nobody else may read: what signs the tokens will be in it.
fn private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn read<U: DeserializeOwned, S: DeserializeOwned>(
    database: &Database,
) -> Result<Stored<U, S>, Trouble> {
    let transaction = database.begin_read()?;
    let foreign = || Trouble::Wrong("it is no data of this emulator".to_owned());
    let about = transaction.open_table(ABOUT).map_err(|_| foreign())?;
    let about = about.get(ABOUT_NAME)?.ok_or_else(foreign)?;
    let about: About = parse(about.value())?;
    if about.format != FORMAT {
        let text = format!(
            "it is of format {}, and this emulator reads {FORMAT}",
            about.format
        );
        return Err(Trouble::Wrong(text));
    }
    Ok(Stored {
        about,
        users: all(&transaction, Kind::User)?,
        sessions: all(&transaction, Kind::Session)?,
    })
}

fn all<T: DeserializeOwned>(
    transaction: &redb::ReadTransaction,
    kind: Kind,
) -> Result<Vec<T>, Trouble> {
    let table = transaction.open_table(kind.table())?;
    let records = table.iter()?.map(|entry| parse(entry?.1.value()));
    records.collect()
}

fn parse<T: DeserializeOwned>(value: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(value)
        .map_err(|error| Trouble::Wrong(format!("a record cannot be read: {error}")))
}

#[cfg(test)]
mod tests;
