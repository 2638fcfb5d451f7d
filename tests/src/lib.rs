//! What the tests of the whole share.

#[cfg(feature = "browser")]
pub mod console;
pub mod lab;
pub mod scenarios;
pub mod vectors;
pub mod worlds;
