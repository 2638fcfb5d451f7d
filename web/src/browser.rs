//! The few things that are asked of the browser itself.

pub(crate) mod address;
pub(crate) mod clipboard;
pub(crate) mod file;
pub(crate) mod http;
pub(crate) mod pack;
pub(crate) mod route;
pub(crate) mod storage;
pub(crate) mod theme;
pub(crate) mod worker;
