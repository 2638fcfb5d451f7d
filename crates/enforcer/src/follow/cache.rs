//! The controller's last good document on disk, for a start while the controller is away.
//!
//! One file, replaced as a whole. A checksum tells a file that a failing disk has changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use policy::{Document, Revision};
use serde_json::{Value, json};

use super::{FollowError, check_forward};
use crate::disk;
use crate::fnv::fnv1a;

/// The version of the file.
const FORMAT: u64 = 1;

/// Where the last good document is kept.
pub(crate) struct Cache {
    path: PathBuf,
}

impl Cache {
    /// Makes the directory.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn in_directory(directory: PathBuf) -> Result<Cache, FollowError> {
        match fs::create_dir_all(&directory) {
            Ok(()) => Ok(Cache { path: directory.join("document.json") }),
            Err(error) => Err(FollowError::Cache { path: directory, error }),
        }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps a document; the one before stays until this one is on disk.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn keep(&self, revision: Revision, document: &Value) -> Result<(), FollowError> {
        let text = document.to_string();
        let checksum = format!("{:016x}", fnv1a(text.as_bytes()));
        // The document is a string in the file, so that its checksum does not depend on how it is printed.
        let file = json!({"format": FORMAT, "revision": revision.0, "checksum": checksum, "document": text});
        let text = file.to_string();
        disk::replace(&self.path, &[text.as_bytes()])
            .map_err(|error| FollowError::Cache { path: self.path.clone(), error })
    }

    /// Checks that a document is none before the one that was kept last, and no other one of the same revision: also over a
    /// restart, the enforced document does not grow older.
    ///
    /// # Errors
    /// It is.
    pub(crate) fn check_forward(&self, offered: Revision, document: &Document) -> Result<(), FollowError> {
        match self.last() {
            Ok(Some((applied, kept))) => check_forward((offered, document), (applied, &Document::check_value(&kept).0)),
            // A damaged one says nothing.
            Ok(None) | Err(_) => Ok(()),
        }
    }

    /// The document that was kept last; `None` before the first one.
    ///
    /// # Errors
    /// It cannot be read, or it is damaged.
    pub(crate) fn last(&self) -> Result<Option<(Revision, Value)>, FollowError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(FollowError::Cache { path: self.path.clone(), error });
            }
        };
        read(&text).map(Some).map_err(|why| FollowError::Damaged { path: self.path.clone(), why })
    }
}

fn read(text: &str) -> Result<(Revision, Value), String> {
    let file: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match file["format"].as_u64() {
        Some(FORMAT) => {}
        found => {
            return Err(format!("it has format {found:?}, and this version reads {FORMAT}"));
        }
    }
    let revision = file["revision"].as_u64().ok_or("it has no revision")?;
    let document = file["document"].as_str().ok_or("it has no document")?;
    if file["checksum"].as_str() != Some(&format!("{:016x}", fnv1a(document.as_bytes()))) {
        return Err("its checksum is wrong".to_owned());
    }
    Ok((Revision(revision), serde_json::from_str(document).map_err(|error| error.to_string())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_and_damage_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::in_directory(directory.path().join("state")).unwrap();
        assert!(cache.last().unwrap().is_none());
        let document = json!({"version": 1, "groups": [{"id": "web"}]});
        cache.keep(Revision(6), &json!({})).unwrap();
        cache.keep(Revision(7), &document).unwrap();
        let other = Document::check_value(&json!({"version": 1, "groups": [{"id": "db"}]})).0;
        let same = Document::check_value(&document).0;
        assert!(cache.check_forward(Revision(7), &same).is_ok());
        assert!(cache.check_forward(Revision(8), &other).is_ok());
        assert!(matches!(cache.check_forward(Revision(6), &same), Err(FollowError::Backward { .. })));
        assert!(matches!(cache.check_forward(Revision(7), &other), Err(FollowError::Replaced { .. })));
        assert_eq!(cache.last().unwrap(), Some((Revision(7), document)));
        let whole = fs::read_to_string(cache.path()).unwrap();
        for damaged in
            [whole.replace("web", "wet"), whole.replace("\"format\":1", "\"format\":2"), whole[..20].to_owned()]
        {
            fs::write(cache.path(), damaged).unwrap();
            assert!(matches!(cache.last(), Err(FollowError::Damaged { .. })));
            assert!(cache.check_forward(Revision(1), &other).is_ok());
        }
    }
}
