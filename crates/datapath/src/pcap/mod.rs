//! Capture files: reading pcap and pcapng as a stream, writing pcap.
//!
//! Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng. Only frames of Ethernet interfaces are read; memory use
//! does not grow with the file.

mod error;
mod legacy;
mod link_type;
mod ng;
mod reader;
mod window;
mod writer;

pub use error::CaptureError;
pub use link_type::LinkType;
pub use reader::{Reader, Record};
pub use writer::{Precision, Writer};
