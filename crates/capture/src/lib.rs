//! Capture files: reading pcap and pcapng as a stream, writing either.
//!
//! Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng. Only frames of Ethernet interfaces are read; memory use
//! does not grow with the file.
//!
//! Absent: the meaning of any byte of a frame, and any call to the system beyond `Read` and `Write`, so that it reads in a browser too.

mod error;
mod legacy;
mod link_type;
mod ng;
mod ng_writer;
mod reader;
mod window;
mod writer;

pub use error::CaptureError;
pub use link_type::LinkType;
pub use ng_writer::{Heading, InterfaceId, NgWriter};
pub use reader::{ROOM, Reader, Record};
pub use writer::{Precision, Writer};
