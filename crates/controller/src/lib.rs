//! The HTTP API, the console's files and the events: everything that `portcullis serve` answers.
//!
//! Read in this order: [`Server`] binds and answers; `gate` decides whom; `documents`, `events` and `enforcers` are the API,
//! whose shapes stand in [`api`]; `console` serves files.
//!
//! Contract: a document is saved only if it resolves, as the revision after the one that its author saw, and is durable
//! before it is announced. What a client sends is bounded in size and time and never makes the server fail. A page of
//! another site can neither read nor change anything.
//!
//! Absent: TLS and authentication, and so every address but the loopback; reports of enforcers on disk.

pub mod api;

mod console;
mod documents;
mod enforcers;
mod error;
mod events;
mod gate;
mod refusal;
mod request;
mod server;
mod shared;

pub use error::ServeError;
pub use server::{Config, Server, serve};
