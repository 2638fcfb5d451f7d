//! The server as its clients see it: over real connections on the loopback.

mod console;
mod documents;
mod enforcers;
mod events;
mod gate;
mod harness;
mod start;
