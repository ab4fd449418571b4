//! Opening the data file, so that what is no data of this emulator stays as it was.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use redb::backends::FileBackend;
use redb::{Builder, Database};
use tempfile::NamedTempFile;

use super::{ABOUT, ABOUT_NAME, ALL, About, Unusable};

/// What every file of the database begins with.
const MAGIC: &[u8] = b"redb\x1A\x0A\xA9\x0D\x0A";

/// How much of the file may be in memory, in bytes: read once and then only written, there is little to keep at hand.
const CACHE: usize = 8 << 20;

/// The mode of a file with hashes and signing keys in it.
#[cfg(unix)]
const OWNER_ONLY: u32 = 0o600;

/// Opens the file, made for this app if there is none or an empty one, and reads it.
///
/// A broken file may lead the database to repair it or to panic. So it is read from a copy first, whose pages are all
/// checked, and the file itself is touched only if that went well.
pub(super) fn open<T>(
    path: &Path,
    app_id: &str,
    read: impl Fn(&Database) -> Result<T, Unusable>,
) -> Result<(Database, T), Unusable> {
    let existed = path.exists();
    let mut made = false;
    loop {
        let mut file = owned(path)?;
        // What a link leads to is meant, not the link.
        let path = &fs::canonicalize(path)?;
        if !is_at(&file, path)? {
            // Another process has put its new file in the place of this one.
            continue;
        }
        if file.metadata()?.len() == 0 {
            let created = create(path, &mut file, &About::new(app_id.to_owned()));
            created.inspect_err(|_| {
                // An empty file is of no use, unless it was there before.
                if !existed {
                    let _ = fs::remove_file(path);
                }
            })?;
            made = true;
            continue;
        }
        // What was just made is sound, and a full disk may have no room for it twice.
        let copy = if made {
            file.try_clone()?
        } else {
            copy(&mut file, path)?
        };
        let read = catch_unwind(AssertUnwindSafe(|| {
            let mut checked = builder();
            let checked = checked.set_check_integrity_on_open(true);
            read(&checked.create_with_backend(FileBackend::new(copy)?)?)
        }));
        let stored = read.map_err(|_| Unusable::damaged("its pages do not fit together"))??;
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(OWNER_ONLY))?;
        // Where the lock of a whole file keeps its own process out too, the database takes one of its own now.
        file.unlock()?;
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
fn owned(path: &Path) -> Result<File, Unusable> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, OWNER_ONLY);
    // Before it is opened, since opening a pipe may wait for ever.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(Unusable::foreign());
    }
    let file = options.open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Unusable::busy()),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Whether the open file still is the one of this path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> Result<bool, Unusable> {
    use std::os::unix::fs::MetadataExt;

    let (open, named) = (file.metadata()?, fs::metadata(path)?);
    Ok((open.dev(), open.ino()) == (named.dev(), named.ino()))
}

/// Where a file that is open cannot be replaced, it always is.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn is_at(_file: &File, _path: &Path) -> Result<bool, Unusable> {
    Ok(true)
}

/// Makes the file aside and moves it to its place, so that a file that is there is never half of one.
fn create(path: &Path, file: &mut File, about: &About) -> Result<(), Unusable> {
    let aside = NamedTempFile::new_in(path.parent().unwrap_or(path))?;
    let made = aside.as_file().try_clone()?;
    let database = Database::builder().create_with_backend(FileBackend::new(made)?)?;
    let transaction = database.begin_write()?;
    let value = serde_json::to_vec(about).expect("records have a JSON form");
    transaction
        .open_table(ABOUT)?
        .insert(ABOUT_NAME, value.as_slice())?;
    for records in ALL {
        transaction.open_table(records)?;
    }
    transaction.commit()?;
    drop(database);
    // Without holes: a disk that is full shows now, and not when the file has taken its place.
    fs::write(aside.path(), fs::read(aside.path())?)?;
    if let Err(error) = aside.persist(path) {
        // What is mounted cannot be replaced. It is written itself then.
        io::copy(&mut error.file.reopen()?, file)?;
        file.sync_all()?;
    }
    Ok(())
}

/// A copy without a name, which is gone when it is closed.
fn copy(file: &mut File, path: &Path) -> Result<File, Unusable> {
    let mut start = [0; MAGIC.len()];
    if file.read_exact(&mut start).is_err() || start != MAGIC {
        return Err(Unusable::foreign());
    }
    let mut copy = tempfile::tempfile_in(path.parent().unwrap_or(path))?;
    file.rewind()?;
    io::copy(file, &mut copy)?;
    Ok(copy)
}
