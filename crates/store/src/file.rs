//! The store's file: who may open it, how it comes to be, and which formats it may have.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{Database, ReadableDatabase, TableDefinition};

use crate::{CHANGES, DOCUMENTS, StoreError};

/// The file in the directory.
const FILE: &str = "policy.redb";

/// A file that is being made; what a crash leaves of it means nothing.
const DRAFT: &str = "policy.redb.new";

/// The layout of the tables, stored under [`FORMAT_KEY`].
const FORMAT: u64 = 1;

const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
const FORMAT_KEY: &str = "format";

/// The sole use of a directory; ends when it is dropped or the process dies.
pub(crate) struct Claim {
    _lock: File,
}

impl Claim {
    /// Takes a directory, which is made where it is missing.
    pub(crate) fn take(directory: &Path) -> Result<Claim, StoreError> {
        let unusable = |error: io::Error| StoreError::Directory { directory: directory.to_owned(), error };
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(unusable)?;
        let lock = File::open(directory).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Claim { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { directory: directory.to_owned() }),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}

/// Opens the file of a claimed directory; makes it where it is missing.
pub(crate) fn open(directory: &Path) -> Result<(Database, PathBuf), StoreError> {
    let file = directory.join(FILE);
    let unusable = |error: io::Error| StoreError::Directory { directory: directory.to_owned(), error };
    if !file.try_exists().map_err(unusable)? {
        create(directory)?;
    }
    // Reads the whole file once and verifies every checksum: a store is a few megabytes, and trusting a flipped bit in a
    // rule is worse than a slow start.
    let opened = Database::builder().set_check_integrity_on_open(true).open(&file);
    let database = opened.map_err(|error| StoreError::of(&file, error.into()))?;
    match format(&database).map_err(|error| StoreError::of(&file, error))? {
        Some(FORMAT) => Ok((database, file)),
        Some(format) if format > FORMAT => Err(StoreError::Newer { file, format, known: FORMAT }),
        Some(_) | None => Err(StoreError::Damaged { file, what: "it names no format".to_owned() }),
    }
}

/// Makes the file under another name first: a file of the right name is always whole, so an empty one is a damaged one.
fn create(directory: &Path) -> Result<(), StoreError> {
    let draft = directory.join(DRAFT);
    let unusable = |error: io::Error| StoreError::Directory { directory: directory.to_owned(), error };
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unusable(error)),
        Ok(()) | Err(_) => {}
    }
    let handle =
        OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&draft).map_err(unusable)?;
    lay_out(handle).map_err(|error| StoreError::of(&draft, error))?;
    fs::rename(&draft, directory.join(FILE)).map_err(unusable)?;
    // The new name is durable only with its directory.
    File::open(directory).and_then(|handle| handle.sync_all()).map_err(unusable)
}

fn lay_out(handle: File) -> Result<(), redb::Error> {
    let database = Database::builder().create_with_backend(FileBackend::new(handle)?)?;
    let transaction = database.begin_write()?;
    transaction.open_table(META)?.insert(FORMAT_KEY, FORMAT)?;
    transaction.open_table(CHANGES)?;
    transaction.open_table(DOCUMENTS)?;
    transaction.commit()?;
    database.close()?;
    Ok(())
}

fn format(database: &Database) -> Result<Option<u64>, redb::Error> {
    let transaction = database.begin_read()?;
    let meta = match transaction.open_table(META) {
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
        opened => opened?,
    };
    Ok(meta.get(FORMAT_KEY)?.map(|value| value.value()))
}
