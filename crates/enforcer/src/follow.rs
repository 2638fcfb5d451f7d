//! Where the policy comes from: a file or a controller.
//!
//! Contract: only a document that resolved becomes a policy. A faulty one is refused with all its faults and the last good
//! policy stays in force; so it does when the source is away. A revision never goes backward.
//!
//! Absent: who uses the policy.

mod cache;
mod controller;
mod error;
mod file;
mod watch;

pub(crate) use controller::Client;
pub(crate) use error::FollowError;

use std::cmp::Ordering;
use std::path::PathBuf;
use std::sync::Arc;

use policy::{Document, Policy, Revision, resolve, resolve_after};

use cache::Cache;
use file::DocumentFile;

/// A document, and the policy that it resolved to.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) policy: Arc<Policy>,
    pub(crate) document: Arc<Document>,
}

/// A policy, or why there is no new one.
#[derive(Debug)]
pub(crate) enum News {
    /// A document that resolved.
    Policy(Resolved),
    /// The newest document cannot be used.
    Refused(String),
    /// The source does not answer.
    Away(String),
}

/// A source of documents that has given its first one.
pub(crate) enum Source {
    /// A file that is read again and again.
    File(DocumentFile),
    /// A controller, and where its last good document is kept.
    Controller(Follower),
}

/// Follows a controller.
pub(crate) struct Follower {
    client: Client,
    cache: Cache,
    /// What is in force.
    last: Resolved,
    /// Whether what was told last is a refusal.
    refused: bool,
}

impl Source {
    /// Reads the first document from a file.
    ///
    /// # Errors
    /// The file cannot be read, or all faults of the document.
    pub(crate) fn file(path: PathBuf) -> Result<(Source, Resolved), FollowError> {
        let (file, resolved) = DocumentFile::open(path)?;
        Ok((Source::File(file), resolved))
    }

    /// A file whose first document is news as well.
    pub(crate) fn awaited_file(path: PathBuf) -> Source {
        Source::File(DocumentFile::awaited(path))
    }

    /// Gets the first document from a controller, else from the cache.
    ///
    /// # Errors
    /// The controller does not answer, or its document cannot be used, and no cached one is there.
    pub(crate) fn controller(client: Client, state: PathBuf) -> Result<(Source, Resolved), FollowError> {
        let cache = Cache::in_directory(state)?;
        let fetched = client.document().and_then(|(revision, document)| {
            let read = Document::check_value(&document);
            cache.check_forward(revision, &read.0)?;
            let resolved = accept(revision, read, None)?;
            cache.keep(revision, &document).unwrap_or_else(|error| tracing::warn!("{error}"));
            Ok(resolved)
        });
        let resolved = match fetched {
            Ok(resolved) => resolved,
            Err(error) => {
                let Some((revision, document)) = cache.last()? else {
                    return Err(FollowError::NothingToEnforce(Box::new(error)));
                };
                tracing::warn!("{error}; enforcing revision {revision} from `{}` until then", cache.path().display());
                accept(revision, Document::check_value(&document), None)?
            }
        };
        Ok((Source::Controller(Follower { client, cache, last: resolved.clone(), refused: false }), resolved))
    }

    /// Tells the news until `tell` answers that nobody listens.
    pub(crate) fn follow(self, tell: impl Fn(News) -> Listening) {
        match self {
            Source::File(file) => file.follow(tell),
            Source::Controller(follower) => controller::follow(follower, tell),
        }
    }
}

/// Whether somebody still wants news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listening {
    /// Go on.
    Yes,
    /// Stop.
    No,
}

/// Checks that the document that a controller offers is none before the one that was used last, and no other one of the same
/// revision.
fn check_forward(
    (offered, document): (Revision, &Document),
    (applied, last): (Revision, &Document),
) -> Result<(), FollowError> {
    match offered.cmp(&applied) {
        Ordering::Less => Err(FollowError::Backward { offered, applied }),
        Ordering::Equal if document != last => Err(FollowError::Replaced { revision: offered }),
        Ordering::Equal | Ordering::Greater => Ok(()),
    }
}

/// Resolves a document as a controller gives it, after the one that was used last.
fn accept(
    revision: Revision,
    read: (Document, Vec<policy::Diagnostic>),
    last: Option<&Policy>,
) -> Result<Resolved, FollowError> {
    judge(read, revision, last).map_err(|faults| FollowError::Refused { revision, faults })
}

/// A document that is to be used, or all its faults. What it has in common with the last one is shared.
fn judge(
    (document, diagnostics): (Document, Vec<policy::Diagnostic>),
    revision: Revision,
    last: Option<&Policy>,
) -> Result<Resolved, policy::Faults> {
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == policy::Severity::Error) {
        return Err(policy::Faults(diagnostics));
    }
    let policy = match last {
        Some(last) => resolve_after(last, &document, revision),
        None => resolve(&document, revision),
    };
    Ok(Resolved { policy: Arc::new(policy?), document: Arc::new(document) })
}
