//! A document in a file.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use policy::{Document, Policy, Revision};

use super::watch::Watch;
use super::{FollowError, Listening, News, Resolved, judge};

/// How often the file is read where nothing tells of changes.
const PERIOD: Duration = Duration::from_secs(2);

/// How long a changed file has to stay as it is.
const SETTLED: Duration = Duration::from_millis(50);

/// A document in a file. Its revisions count what was enforced of it, from 1.
pub(crate) struct DocumentFile {
    path: PathBuf,
    /// What it was when it was last without fault.
    last: Option<Arc<Policy>>,
    /// What was judged last; nothing yet of a file that is awaited.
    judged: Option<Vec<u8>>,
    /// Why it could not be read, when that was told last.
    told: Option<ErrorKind>,
    /// What the last look found, when that was something new.
    seen: Option<Seen>,
}

/// What a look at the file finds.
#[derive(PartialEq, Eq)]
enum Seen {
    Text(Vec<u8>),
    Fault(ErrorKind),
}

impl DocumentFile {
    /// Reads the file for the first time.
    ///
    /// # Errors
    /// It cannot be read, or all faults of the document.
    pub(crate) fn open(path: PathBuf) -> Result<(DocumentFile, Resolved), FollowError> {
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) => return Err(FollowError::Unreadable { path, error }),
        };
        match judge(Document::check_bytes(&text), Revision(1), None) {
            Ok(resolved) => {
                let last = Some(Arc::clone(&resolved.policy));
                Ok((DocumentFile { path, last, judged: Some(text), told: None, seen: None }, resolved))
            }
            Err(faults) => Err(FollowError::Faulty { path, faults }),
        }
    }

    /// A file that need not be there yet, nor be without fault.
    pub(crate) fn awaited(path: PathBuf) -> DocumentFile {
        DocumentFile { path, last: None, judged: None, told: None, seen: None }
    }

    /// Looks at the file. A change counts when two looks in a row find the same: a text editor writes in pieces, and half a
    /// document can be a valid one; others put a new file in the place of the old one.
    pub(crate) fn look(&mut self) -> Option<Result<Resolved, FollowError>> {
        let read = std::fs::read(&self.path);
        let seen = match &read {
            Ok(text) => Seen::Text(text.clone()),
            Err(error) => Seen::Fault(error.kind()),
        };
        let is_known = match &seen {
            // A file that is back after it was gone is judged again, so that a fault is taken back.
            Seen::Text(text) => self.judged.as_ref() == Some(text) && self.told.is_none(),
            Seen::Fault(fault) => self.told == Some(*fault),
        };
        if is_known {
            self.seen = None;
            return None;
        }
        if self.seen.as_ref() != Some(&seen) {
            self.seen = Some(seen);
            return None;
        }
        self.seen = None;
        let text = match read {
            Ok(text) => text,
            Err(error) => {
                self.told = Some(error.kind());
                return Some(Err(FollowError::Unreadable { path: self.path.clone(), error }));
            }
        };
        self.told = None;
        let next = Revision(self.last.as_ref().map_or(1, |last| last.revision().0 + 1));
        let judged = judge(Document::check_bytes(&text), next, self.last.as_deref());
        self.judged = Some(text);
        Some(match judged {
            Ok(resolved) => {
                self.last = Some(Arc::clone(&resolved.policy));
                Ok(resolved)
            }
            Err(faults) => Err(FollowError::Faulty { path: self.path.clone(), faults }),
        })
    }

    pub(super) fn follow(mut self, tell: impl Fn(News) -> Listening) {
        let watch = Watch::beside(&self.path);
        loop {
            // The first look needs nobody to tell.
            match self.seen {
                None if self.judged.is_none() && self.told.is_none() => {}
                Some(_) => std::thread::sleep(SETTLED),
                None => watch.wait(PERIOD),
            }
            let news = match self.look() {
                Some(Ok(resolved)) => News::Policy(resolved),
                Some(Err(error)) => News::Refused(error.to_string()),
                None => continue,
            };
            if tell(news) == Listening::No {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "version: 1\ngroups:\n  - {id: web, rules: ['ingress ipv4 tcp 80 from any']}\n";
    const OTHER: &str = "version: 1\ngroups:\n  - {id: web, rules: ['ingress ipv4 tcp 443 from any']}\n";
    const BAD: &str = "version: 1\ngroups:\n  - {id: web, rules: ['ingress ipv4 tcp 99999 from any']}\n";

    #[test]
    fn a_bad_document_is_refused_and_the_next_good_one_taken() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("document.yaml");
        std::fs::write(&path, GOOD).unwrap();
        let (mut file, first) = DocumentFile::open(path.clone()).unwrap();
        assert_eq!(first.policy.revision(), Revision(1));
        let mut check = |text: Option<&str>, expect: Result<Option<u64>, &str>| {
            match text {
                Some(text) => std::fs::write(&path, text).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            let looks = [file.look(), file.look(), file.look()];
            let found = looks.into_iter().flatten().next().transpose();
            match (found, expect) {
                (Ok(resolved), Ok(revision)) => {
                    assert_eq!(resolved.map(|resolved| resolved.policy.revision().0), revision, "{text:?}")
                }
                (Err(error), Err(part)) => {
                    assert!(error.to_string().contains(part), "{text:?}: {error}")
                }
                (found, expect) => panic!("{text:?}: {found:?}, not {expect:?}"),
            }
        };
        check(Some(GOOD), Ok(None));
        check(Some(BAD), Err("99999"));
        check(Some(BAD), Ok(None));
        check(Some(GOOD), Ok(Some(2)));
        check(Some(""), Err("cannot be used"));
        check(Some(OTHER), Ok(Some(3)));
        check(None, Err("cannot read the document"));
        check(Some(OTHER), Ok(Some(4)));
        std::fs::write(&path, b"version: 1\n# B\xfcro").unwrap();
        let found = [file.look(), file.look()].into_iter().flatten().next().unwrap().unwrap_err().to_string();
        assert!(found.contains("line 2, column 4: this is no UTF-8"), "{found}");
    }

    #[test]
    fn an_awaited_document_is_judged_whatever_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("document.yaml");
        let mut file = DocumentFile::awaited(path.clone());
        let mut check = |text: Option<&str>, expect: Result<u64, &str>| {
            text.iter().for_each(|text| std::fs::write(&path, text).unwrap());
            let looks = [file.look(), file.look(), file.look(), file.look()];
            let found: Vec<_> = looks.into_iter().flatten().collect();
            match (found.as_slice(), expect) {
                ([Ok(resolved)], Ok(revision)) => assert_eq!(resolved.policy.revision().0, revision),
                ([Err(error)], Err(part)) => assert!(error.to_string().contains(part), "{text:?}: {error}"),
                _ => panic!("{text:?}: {found:?}, not {expect:?} once"),
            }
        };
        check(None, Err("cannot read the document"));
        // Empty is a document too, and one with a fault.
        check(Some(""), Err("cannot be used"));
        check(Some(GOOD), Ok(1));
        check(Some(OTHER), Ok(2));
    }

    #[test]
    fn half_a_document_is_not_taken() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("document.yaml");
        std::fs::write(&path, OTHER).unwrap();
        let (mut file, _) = DocumentFile::open(path.clone()).unwrap();
        std::fs::write(&path, "version: 1\n").unwrap();
        assert!(file.look().is_none());
        std::fs::write(&path, GOOD).unwrap();
        assert!(file.look().is_none());
        assert_eq!(file.look().unwrap().unwrap().policy.revision(), Revision(2));
    }
}
