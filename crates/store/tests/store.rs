//! What is saved, what is refused and what the user is told.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use policy::{Document, Profile, Revision};
use store::{Change, PutError, Store, StoreError};

fn document(profile: Profile) -> Document {
    Document::new(profile)
}

fn change(note: &str) -> Change {
    Change {
        saved_at: UNIX_EPOCH + Duration::from_millis(1_767_225_600_250),
        author: "ada".to_owned(),
        note: note.to_owned(),
    }
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

#[test]
fn revisions_are_kept_whole_and_in_order() {
    let directory = directory();
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(store.current().unwrap(), None);
    assert_eq!(store.history().unwrap(), []);

    let first = document(Profile::portcullis());
    let second = document(Profile::openstack());
    assert_eq!(store.put(None, &first, &change("first")).unwrap(), Revision(1));
    assert_eq!(store.put(Some(Revision(1)), &second, &change("zweite – ü")).unwrap(), Revision(2));
    drop(store);

    let store = Store::open(directory.path()).unwrap();
    let current = store.current().unwrap().unwrap();
    assert_eq!((current.revision, &current.document, &current.change), (Revision(2), &second, &change("zweite – ü")));
    assert_eq!(store.get(Revision(1)).unwrap().unwrap().document, first);
    assert_eq!(store.get(Revision(0)).unwrap(), None);
    assert_eq!(store.get(Revision(3)).unwrap(), None);
    let lines: Vec<_> =
        store.history().unwrap().into_iter().map(|entry| (entry.revision.0, entry.change.note)).collect();
    assert_eq!(lines, [(2, "zweite – ü".to_owned()), (1, "first".to_owned())]);
}

#[test]
fn only_the_newest_revision_is_replaced() {
    let directory = directory();
    let store = Store::open(directory.path()).unwrap();
    let check = |expected: Option<u64>, saved: Result<u64, Option<u64>>| {
        let found = match store.put(expected.map(Revision), &document(Profile::default()), &change("")) {
            Ok(revision) => Ok(revision.0),
            Err(PutError::Conflict { current }) => Err(current.map(|current| current.0)),
            Err(PutError::Store(error)) => panic!("{error}"),
        };
        assert_eq!(found, saved, "expected {expected:?}");
    };
    check(Some(1), Err(None));
    check(None, Ok(1));
    check(None, Err(Some(1)));
    check(Some(1), Ok(2));
    check(Some(1), Err(Some(2)));
    check(Some(3), Err(Some(2)));
    assert_eq!(store.history().unwrap().len(), 2);
}

#[test]
fn one_of_many_writers_at_once_wins() {
    let directory = directory();
    let store = Store::open(directory.path()).unwrap();
    store.put(None, &document(Profile::default()), &change("")).unwrap();
    let saved = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| store.put(Some(Revision(1)), &document(Profile::default()), &change("")).is_ok()))
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).filter(|saved| *saved).count()
    });
    assert_eq!(saved, 1);
    assert_eq!(store.current().unwrap().unwrap().revision, Revision(2));
}

#[test]
fn others_cannot_read_the_file_or_open_the_store_meanwhile() {
    let parent = directory();
    let directory = parent.path().join("deep/er");
    let store = Store::open(&directory).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory.join("policy.redb")), 0o600);
    assert_eq!(mode(&directory), 0o700);

    let error = Store::open(&directory).err().unwrap();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("in use by another `portcullis serve`"), "{error}");
    drop(store);
    Store::open(&directory).unwrap();
}

#[test]
fn a_place_that_is_no_directory_is_refused() {
    let parent = directory();
    let file = parent.path().join("file");
    fs::write(&file, "kept").unwrap();
    for place in [file.clone(), file.join("below")] {
        let error = Store::open(&place).err().unwrap();
        assert!(matches!(error, StoreError::Directory { .. }), "{error}");
        assert!(error.to_string().ends_with("name one that you may write to with `--data`"), "{error}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"kept");
}

#[test]
fn what_a_crash_left_of_a_new_file_is_replaced() {
    let directory = directory();
    fs::write(directory.path().join("policy.redb.new"), "half").unwrap();
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(store.current().unwrap(), None);
    assert!(!directory.path().join("policy.redb.new").exists());
}

#[test]
fn a_file_that_is_no_store_is_left_as_it_is() {
    let check = |bytes: &[u8]| {
        let directory = directory();
        let file = directory.path().join("policy.redb");
        fs::write(&file, bytes).unwrap();
        let error = Store::open(directory.path()).err().unwrap();
        assert!(matches!(error, StoreError::Damaged { .. }), "{} bytes: {error:?}", bytes.len());
        assert_eq!(fs::read(&file).unwrap(), bytes);
    };
    check(b"");
    check(b"groups: []\n");
    check(&[0; 4096]);
    check(&[0xff; 70_000]);
}

#[test]
fn a_newer_format_is_left_as_it_is() {
    let directory = directory();
    drop(Store::open(directory.path()).unwrap());
    let file = directory.path().join("policy.redb");
    let database = redb::Database::open(&file).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(redb::TableDefinition::<&str, u64>::new("meta")).unwrap().insert("format", 2).unwrap();
    transaction.commit().unwrap();
    drop(database);

    let error = Store::open(directory.path()).err().unwrap();
    assert!(matches!(error, StoreError::Newer { format: 2, known: 1, .. }), "{error}");
    assert!(error.to_string().ends_with("run the newer portcullis that wrote it"), "{error}");
}

/// Flips bits all over the file: each store that opens all the same holds exactly what was saved.
#[test]
fn a_flipped_bit_is_noticed_or_harmless() {
    let directory = directory();
    let store = Store::open(directory.path()).unwrap();
    store.put(None, &document(Profile::portcullis()), &change("first")).unwrap();
    store.put(Some(Revision(1)), &document(Profile::openstack()), &change("second")).unwrap();
    let saved = store.current().unwrap();
    drop(store);
    let file = directory.path().join("policy.redb");
    let whole = fs::read(&file).unwrap();
    // Most of the file is free space: flip where there is something.
    let places: Vec<usize> = (0..whole.len()).filter(|at| *at < 512 || whole[*at] != 0).collect();
    let mut refused = 0;
    for at in places.iter().copied().step_by(places.len() / 60) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&file, &bytes).unwrap();
        match Store::open(directory.path()) {
            Err(StoreError::Damaged { .. } | StoreError::Newer { .. }) => {
                refused += 1;
                assert!(fs::read(&file).unwrap() == bytes, "byte {at}: the file was changed");
            }
            Err(error) => panic!("byte {at}: {error:?}"),
            Ok(store) => assert_eq!(store.current().unwrap(), saved, "byte {at}"),
        }
    }
    assert!(refused > 0);
}

#[test]
fn a_cut_file_is_refused() {
    let directory = directory();
    let store = Store::open(directory.path()).unwrap();
    store.put(None, &document(Profile::default()), &change("")).unwrap();
    drop(store);
    let file = directory.path().join("policy.redb");
    let whole = fs::read(&file).unwrap();
    for length in [1, 100, 511, 512, 4096, whole.len() / 2] {
        fs::write(&file, &whole[..length]).unwrap();
        let error = Store::open(directory.path()).err().unwrap();
        assert!(matches!(error, StoreError::Damaged { .. }), "{length}: {error:?}");
    }
}
