//! Versioned policy storage: every revision of one project's document, on disk.
//!
//! [`Store::put`] is a compare-and-swap: it names the revision that the new one replaces and is refused with
//! [`PutError::Conflict`] when another was saved meanwhile. A revision that `put` returned is on the disk; a crash at any
//! moment leaves every revision before it whole. Nothing is ever changed or removed.
//!
//! One directory belongs to one process at a time. A file that is damaged, or that a newer Portcullis wrote, is refused and
//! left as it is: whoever starts with an empty policy in its place would open or cut everybody's connections.
//!
//! Absent: a clock (the caller says when a change was made), the meaning of documents, and a way to forget history.

mod error;
mod file;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use policy::{Document, Revision, Severity};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

pub use error::{PutError, StoreError};
use file::Claim;

/// An open directory of revisions.
pub struct Store {
    database: Database,
    file: PathBuf,
    /// Held as long as the store is open.
    _claim: Claim,
}

/// Who made a revision, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When, as the caller's clock has it; kept to the millisecond. Revisions order changes, this does not.
    pub saved_at: SystemTime,
    /// Who, in free text; may be empty.
    pub author: String,
    /// Why, in free text; may be empty.
    pub note: String,
}

/// A line of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which one.
    pub revision: Revision,
    /// Who made it, when and why.
    pub change: Change,
}

/// A revision with its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Which one.
    pub revision: Revision,
    /// Who made it, when and why.
    pub change: Change,
    /// What was saved.
    pub document: Document,
}

/// Revision to milliseconds since 1970, author and note.
const CHANGES: TableDefinition<u64, (u64, &str, &str)> = TableDefinition::new("changes");

/// Revision to the document as YAML.
const DOCUMENTS: TableDefinition<u64, &str> = TableDefinition::new("documents");

impl Store {
    /// Opens the store in a directory; makes both where there are none.
    ///
    /// # Errors
    /// When the directory cannot be used, another process uses it, or its file is damaged or of a newer format. Nothing was
    /// changed then.
    pub fn open(directory: &Path) -> Result<Store, StoreError> {
        let claim = Claim::take(directory)?;
        let (database, file) = file::open(directory)?;
        Ok(Store { database, file, _claim: claim })
    }

    /// The newest revision; `None` when nothing was ever saved.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn current(&self) -> Result<Option<Saved>, StoreError> {
        match self.newest().map_err(|error| self.fault(error))? {
            Some(revision) => self.get(revision),
            None => Ok(None),
        }
    }

    /// Saves a document as the revision after `expected`, which is `None` for the first one. It is durable on return.
    ///
    /// # Errors
    /// [`PutError::Conflict`] when `expected` is not the newest revision; nothing was saved then, nor in any other case.
    pub fn put(&self, expected: Option<Revision>, document: &Document, change: &Change) -> Result<Revision, PutError> {
        match self.swap(expected, &document.to_yaml(), change).map_err(|error| self.fault(error))? {
            Swap::Saved(revision) => Ok(revision),
            Swap::Refused(current) => Err(PutError::Conflict { current }),
        }
    }

    /// Every revision, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn history(&self) -> Result<Vec<Entry>, StoreError> {
        self.entries().map_err(|error| self.fault(error))
    }

    /// One revision; `None` when there is no such.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn get(&self, revision: Revision) -> Result<Option<Saved>, StoreError> {
        let Some((change, text)) = self.row(revision).map_err(|error| self.fault(error))? else {
            return Ok(None);
        };
        let (document, diagnostics) = Document::read(&text);
        match diagnostics.into_iter().find(|diagnostic| diagnostic.severity == Severity::Error) {
            None => Ok(Some(Saved { revision, change, document })),
            Some(fault) => Err(StoreError::Unreadable { file: self.file.clone(), revision, fault }),
        }
    }

    fn newest(&self) -> Result<Option<Revision>, redb::Error> {
        let changes = self.database.begin_read()?.open_table(CHANGES)?;
        Ok(changes.last()?.map(|(key, _)| Revision(key.value())))
    }

    fn swap(&self, expected: Option<Revision>, text: &str, change: &Change) -> Result<Swap, redb::Error> {
        let transaction = self.database.begin_write()?;
        let revision = {
            let mut changes = transaction.open_table(CHANGES)?;
            let current = changes.last()?.map(|(key, _)| Revision(key.value()));
            if current != expected {
                return Ok(Swap::Refused(current));
            }
            let revision = Revision(current.map_or(0, |current| current.0) + 1);
            changes
                .insert(revision.0, (milliseconds(change.saved_at), change.author.as_str(), change.note.as_str()))?;
            transaction.open_table(DOCUMENTS)?.insert(revision.0, text)?;
            revision
        };
        transaction.commit()?;
        Ok(Swap::Saved(revision))
    }

    fn entries(&self) -> Result<Vec<Entry>, redb::Error> {
        let changes = self.database.begin_read()?.open_table(CHANGES)?;
        let mut entries = Vec::new();
        for row in changes.iter()?.rev() {
            let (key, value) = row?;
            entries.push(Entry { revision: Revision(key.value()), change: read_change(value.value()) });
        }
        Ok(entries)
    }

    fn row(&self, revision: Revision) -> Result<Option<(Change, String)>, redb::Error> {
        let transaction = self.database.begin_read()?;
        let change = transaction.open_table(CHANGES)?.get(revision.0)?.map(|value| read_change(value.value()));
        let text = transaction.open_table(DOCUMENTS)?.get(revision.0)?.map(|value| value.value().to_owned());
        Ok(change.zip(text))
    }

    fn fault(&self, error: redb::Error) -> StoreError {
        StoreError::of(&self.file, error)
    }
}

/// What became of a compare-and-swap.
enum Swap {
    Saved(Revision),
    Refused(Option<Revision>),
}

/// Milliseconds since 1970; a clock that stands before then is wrong and counts as 1970.
fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn read_change((saved_at, author, note): (u64, &str, &str)) -> Change {
    Change { saved_at: UNIX_EPOCH + Duration::from_millis(saved_at), author: author.to_owned(), note: note.to_owned() }
}
