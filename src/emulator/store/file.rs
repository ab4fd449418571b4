//! Opening the data file, so that what is no data of this emulator stays as it was.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use redb::backends::FileBackend;
use redb::{Builder, Database};
use tempfile::NamedTempFile;

use super::{ABOUT, ABOUT_NAME, About, Kind, Trouble};

/// What every file of the database begins with.
const MAGIC: &[u8] = b"redb";

/// How much of the file may be in memory, in bytes: read once and then only written, there is little to keep at hand.
const CACHE: usize = 8 << 20;

/// Opens the file, made for this app if there is none or an empty one, and reads it.
///
/// A broken file may lead the database to repair it or to panic. So it is read from a copy first, whose pages are all
/// checked, and the file itself is touched only if that went well.
pub(super) fn open<T>(
    path: &Path,
    app_id: &str,
    read: impl Fn(&Database) -> Result<T, Trouble>,
) -> Result<(Database, T), Trouble> {
    loop {
        let mut file = owned(path)?;
        if !is_at(&file, path)? {
            // Another process has put its new file in the place of this one.
            continue;
        }
        if file.metadata().map_err(Trouble::Io)?.len() == 0 {
            create(path, &About::new(app_id.to_owned())).inspect_err(|_| remove_if_empty(path))?;
            continue;
        }
        let copy = copy(&mut file, path)?;
        let read = catch_unwind(AssertUnwindSafe(|| {
            let mut checked = builder();
            let checked = checked.set_check_integrity_on_open(true);
            read(&checked.create_with_backend(FileBackend::new(copy)?)?)
        }));
        let stored =
            read.map_err(|_| Trouble::Damaged("its pages do not fit together".to_owned()))??;
        // Where the lock of a whole file keeps its own process out too, the database takes one of its own now.
        file.unlock().map_err(Trouble::Io)?;
        let database = builder().create_with_backend(FileBackend::new(file)?)?;
        return Ok((database, stored));
    }
}

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE);
    builder
}

/// The file, made for its owner only if there is none, while no other process has it.
fn owned(path: &Path) -> Result<File, Trouble> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(Trouble::Io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Trouble::Busy),
        Err(TryLockError::Error(error)) => Err(Trouble::Io(error)),
    }
}

/// Whether the open file still is the one of this path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> Result<bool, Trouble> {
    use std::os::unix::fs::MetadataExt;

    let (open, named) = (file.metadata(), fs::metadata(path));
    let (open, named) = (open.map_err(Trouble::Io)?, named.map_err(Trouble::Io)?);
    Ok((open.dev(), open.ino()) == (named.dev(), named.ino()))
}

/// Where a file that is open cannot be replaced, it always is.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn is_at(_file: &File, _path: &Path) -> Result<bool, Trouble> {
    Ok(true)
}

/// Makes the file aside and moves it to its place, so that a file that is there is never half of one.
fn create(path: &Path, about: &About) -> Result<(), Trouble> {
    let aside = NamedTempFile::new_in(folder(path)).map_err(Trouble::Io)?;
    let file = aside.as_file().try_clone().map_err(Trouble::Io)?;
    let database = Database::builder().create_with_backend(FileBackend::new(file)?)?;
    let transaction = database.begin_write()?;
    let value = serde_json::to_vec(about).expect("records have a JSON form");
    transaction
        .open_table(ABOUT)?
        .insert(ABOUT_NAME, value.as_slice())?;
    for kind in Kind::ALL {
        transaction.open_table(kind.table())?;
    }
    transaction.commit()?;
    drop(database);
    aside
        .persist(path)
        .map_err(|error| Trouble::Io(error.error))?;
    Ok(())
}

/// What could not be filled is of no use to anybody.
fn remove_if_empty(path: &Path) {
    if fs::metadata(path).is_ok_and(|file| file.len() == 0) {
        let _ = fs::remove_file(path);
    }
}

/// A copy without a name, which is gone when it is closed.
fn copy(file: &mut File, path: &Path) -> Result<File, Trouble> {
    let mut start = [0; MAGIC.len()];
    let begins = file.read_exact(&mut start).is_ok() && start == MAGIC;
    if !begins {
        return Err(Trouble::Foreign);
    }
    let mut copy = tempfile::tempfile_in(folder(path)).map_err(Trouble::Io)?;
    file.rewind().map_err(Trouble::Io)?;
    io::copy(file, &mut copy).map_err(Trouble::Io)?;
    Ok(copy)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
