//! What the tests of the whole share.
//!
//! In the browser there are only the scenarios and the vectors: it has no namespaces, no processes and no source of chance.

#[cfg(not(target_family = "wasm"))]
pub mod answers;
#[cfg(feature = "browser")]
pub mod console;
pub mod frames;
#[cfg(not(target_family = "wasm"))]
pub mod lab;
#[cfg(not(target_family = "wasm"))]
pub mod linux;
#[cfg(not(target_family = "wasm"))]
pub mod random;
pub mod scenarios;
pub mod vectors;
#[cfg(not(target_family = "wasm"))]
pub mod worlds;
