//! Files that are replaced as a whole: whoever reads one finds what was written before or what is written now, whenever the
//! host stops.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Replaces a file by these parts, for its owner only: written beside it, synced, renamed, and the directory synced.
///
/// # Errors
/// It cannot be written; then the file is what it was.
pub(crate) fn replace(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let placed = write(&beside, parts).and_then(|()| fs::rename(&beside, path));
    if placed.is_err() {
        // What is there of it takes room on a disk that may have none.
        let _ = fs::remove_file(&beside);
    }
    placed?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

fn write(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_leaves_the_file_and_nothing_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("flows");
        replace(&path, &[b"one ", b"two"]).unwrap();
        std::os::unix::fs::symlink("/dev/full", path.with_extension("new")).unwrap();
        assert_eq!(replace(&path, &[b"three"]).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"one two");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
