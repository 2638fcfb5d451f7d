//! Writing a pcapng file of Ethernet frames, each with a comment (draft-ietf-opsawg-pcapng).

use std::io::{self, Write};
use std::time::Duration;

use super::LinkType;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;

const END: u16 = 0;
const COMMENT: u16 = 1;
const IF_NAME: u16 = 2;
const EPB_FLAGS: u16 = 2;
const SHB_USERAPPL: u16 = 4;
const IF_TSRESOL: u16 = 9;

/// Ten to the power of minus nine.
const NANOSECONDS: u8 = 9;

/// A pcapng file that is being written, in little-endian byte order and with stamps in nanoseconds. Give it something
/// buffered.
#[derive(Debug)]
pub struct NgWriter<W> {
    sink: W,
    interfaces: u32,
}

/// An interface of a pcapng file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceId(u32);

/// Which way a frame went at its interface (option `epb_flags`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// It arrived.
    Inbound,
    /// It was sent.
    Outbound,
}

impl<W: Write> NgWriter<W> {
    /// Writes the section header, with the name of who writes.
    ///
    /// # Errors
    /// The sink's own.
    pub fn new(sink: W, writer: &str) -> io::Result<Self> {
        const BYTE_ORDER: u32 = 0x1a2b_3c4d;
        let mut body = BYTE_ORDER.to_le_bytes().to_vec();
        // Version 1.0, and a section of unknown length.
        body.extend_from_slice(&[1, 0, 0, 0]);
        body.extend_from_slice(&[0xff; 8]);
        add_option(&mut body, SHB_USERAPPL, writer.as_bytes());
        add_option(&mut body, END, &[]);
        let mut new = Self { sink, interfaces: 0 };
        new.block(SECTION_HEADER, &body)?;
        Ok(new)
    }

    /// Adds an interface, by the name that readers show.
    ///
    /// # Errors
    /// The sink's own.
    pub fn add_interface(&mut self, name: &str) -> io::Result<InterfaceId> {
        let mut body = LinkType::ETHERNET.0.to_le_bytes().to_vec();
        // Reserved, and no limit to a frame's length.
        body.extend_from_slice(&[0; 6]);
        add_option(&mut body, IF_NAME, name.as_bytes());
        add_option(&mut body, IF_TSRESOL, &[NANOSECONDS]);
        add_option(&mut body, END, &[]);
        self.block(INTERFACE_DESCRIPTION, &body)?;
        self.interfaces += 1;
        Ok(InterfaceId(self.interfaces - 1))
    }

    /// Writes one whole frame, stamped with the time since 1970-01-01 UTC, and answers how many bytes of the file it took.
    ///
    /// # Errors
    /// The sink's own. A stamp after the year 2554 cannot be written.
    pub fn write(
        &mut self,
        interface: InterfaceId,
        stamp: Duration,
        heading: Heading,
        bytes: &[u8],
        comment: &str,
    ) -> io::Result<usize> {
        let invalid =
            |what: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("{what} does not fit a pcapng file"));
        let units = u64::try_from(stamp.as_nanos()).map_err(|_| invalid("a stamp after the year 2554"))?;
        let length = u32::try_from(bytes.len()).map_err(|_| invalid("a frame beyond 4 GiB"))?;
        let mut body = Vec::with_capacity(bytes.len() + comment.len() + 64);
        for field in [interface.0, (units >> 32) as u32, units as u32, length, length] {
            body.extend_from_slice(&field.to_le_bytes());
        }
        body.extend_from_slice(bytes);
        pad(&mut body);
        add_option(&mut body, COMMENT, comment.as_bytes());
        let flags: u32 = match heading {
            Heading::Inbound => 1,
            Heading::Outbound => 2,
        };
        add_option(&mut body, EPB_FLAGS, &flags.to_le_bytes());
        add_option(&mut body, END, &[]);
        self.block(ENHANCED_PACKET, &body)
    }

    /// Flushes what was written so far.
    ///
    /// # Errors
    /// The sink's own.
    pub fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }

    fn block(&mut self, kind: u32, body: &[u8]) -> io::Result<usize> {
        let total = body.len() + 12;
        let length = (total as u32).to_le_bytes();
        self.sink.write_all(&kind.to_le_bytes())?;
        self.sink.write_all(&length)?;
        self.sink.write_all(body)?;
        self.sink.write_all(&length)?;
        Ok(total)
    }
}

/// An option's value is at most 65,535 bytes long; what is longer is cut.
fn add_option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    body.extend_from_slice(&code.to_le_bytes());
    body.extend_from_slice(&length.to_le_bytes());
    body.extend_from_slice(&value[..length.into()]);
    pad(body);
}

/// To a multiple of four bytes, as all that stands before it is.
fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use pcap_parser::traits::PcapNGPacketBlock;
    use pcap_parser::{Block, OptionCode, PcapBlockOwned, PcapNGSlice};

    use super::*;
    use crate::Reader;

    /// Two interfaces, and a frame of a length that needs padding and one that does not.
    fn written() -> Vec<u8> {
        let mut file = Vec::new();
        let mut writer = NgWriter::new(&mut file, "portcullis").unwrap();
        let web = writer.add_interface("web").unwrap();
        let db = writer.add_interface("db").unwrap();
        writer
            .write(db, Duration::new(1_700_000_000, 123_456_789), Heading::Inbound, &[1; 61], "drop default")
            .unwrap();
        writer.write(web, Duration::new(0, 7), Heading::Outbound, &[2; 64], "accept rule:web-http").unwrap();
        file
    }

    #[test]
    fn our_own_reader_reads_it() {
        let file = written();
        let mut reader = Reader::new(&file[..]).unwrap();
        let mut frames = Vec::new();
        while let Some(record) = reader.next_record().unwrap() {
            frames.push((record.stamp.unwrap(), record.bytes().to_vec(), record.wire_length));
        }
        assert_eq!(
            frames,
            [(Duration::new(1_700_000_000, 123_456_789), vec![1; 61], 61), (Duration::new(0, 7), vec![2; 64], 64)]
        );
    }

    #[test]
    fn names_comments_and_headings_are_where_readers_look_for_them() {
        let file = written();
        let slice = PcapNGSlice::from_slice(&file).unwrap();
        let mut told = Vec::new();
        for block in slice {
            let text = |option: &pcap_parser::PcapNGOption<'_>| {
                String::from_utf8(option.as_bytes().unwrap().to_vec()).unwrap()
            };
            let PcapBlockOwned::NG(block) = block.unwrap() else { panic!("a block of pcapng") };
            match block {
                Block::InterfaceDescription(block) => {
                    let name = block.options.iter().find(|option| option.code == OptionCode::IfName).unwrap();
                    told.push(text(name));
                }
                Block::EnhancedPacket(block) => {
                    let comment = block.options.iter().find(|option| option.code == OptionCode::Comment).unwrap();
                    let flags = block.options.iter().find(|option| option.code == OptionCode(EPB_FLAGS)).unwrap();
                    told.push(format!(
                        "{} {} {:?} {}",
                        block.if_id,
                        text(comment),
                        flags.as_bytes().unwrap(),
                        block.orig_len()
                    ));
                }
                _ => {}
            }
        }
        let expect = ["web", "db", "1 drop default [1, 0, 0, 0] 61", "0 accept rule:web-http [2, 0, 0, 0] 64"];
        assert_eq!(told, expect);
    }
}
