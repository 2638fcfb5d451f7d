//! Containers that the next revision of a policy shares with this one: a copy costs a pointer for each part, and a write
//! copies only the part that it falls into.

mod paged;
mod sharded;

pub(crate) use paged::Paged;
pub(crate) use sharded::Sharded;

/// Whether something that was to be found was there, or was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// It was there.
    Known,
    /// It was added.
    New,
}
