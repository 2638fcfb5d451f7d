//! The pcapng format: sections of blocks, each section with interfaces of its own.

use std::io::Read;
use std::time::Duration;

use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{
    EnhancedPacketBlock, InterfaceDescriptionBlock, OptionCode, parse_enhancedpacketblock_be,
    parse_enhancedpacketblock_le, parse_interfacedescriptionblock_be, parse_interfacedescriptionblock_le,
    parse_sectionheaderblock,
};

use super::reader::Located;
use super::window::Window;
use super::{CaptureError, LinkType};

/// The type of a section header block, the same in either byte order.
pub(super) const MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

/// Type, length at both ends.
const SMALLEST_BLOCK: usize = 12;
const ENHANCED_HEADER: usize = 28;
const SIMPLE_HEADER: usize = 12;

const SECOND: u128 = 1_000_000_000;

/// What the blocks so far say about the blocks to come.
#[derive(Debug)]
pub(super) struct Ng {
    order: ByteOrder,
    interfaces: Vec<Interface>,
}

#[derive(Clone, Copy, Debug)]
enum ByteOrder {
    Little,
    Big,
}

#[derive(Debug)]
struct Interface {
    link_type: LinkType,
    /// The most bytes that were kept of a frame; 0 means all.
    snap_length: usize,
    units_a_second: u64,
    offset_seconds: i64,
}

impl Ng {
    pub(super) fn new() -> Self {
        Self { order: ByteOrder::Little, interfaces: Vec::new() }
    }

    pub(super) fn locate<R: Read>(&mut self, window: &mut Window<R>) -> Result<Option<Located>, CaptureError> {
        while window.reach_record(SMALLEST_BLOCK)? {
            let kind = self.order.u32(window.bytes(), 0);
            if kind == SECTION_HEADER {
                self.order = ByteOrder::of_section(window)?;
            }
            let length = self.order.u32(window.bytes(), 4) as usize;
            // The parser takes the lengths on trust.
            if length < SMALLEST_BLOCK || !length.is_multiple_of(4) {
                return Err(window.corrupt("its length is impossible"));
            }
            window.reach_record(length)?;
            if self.order.u32(window.bytes(), length - 4) as usize != length {
                return Err(window.corrupt("its two lengths differ"));
            }
            match kind {
                SECTION_HEADER => self.begin_section(window, length)?,
                INTERFACE_DESCRIPTION => self.add_interface(window, length)?,
                ENHANCED_PACKET => return self.locate_enhanced(window, length).map(Some),
                SIMPLE_PACKET => return self.locate_simple(window, length).map(Some),
                OBSOLETE_PACKET => {
                    return Err(window.corrupt("it is of the obsolete packet type; rewrite with `editcap -F pcapng`"));
                }
                // Names, statistics, keys and whatever the future brings.
                _ => {}
            }
            window.consume(length);
        }
        Ok(None)
    }

    fn begin_section<R: Read>(&mut self, window: &Window<R>, length: usize) -> Result<(), CaptureError> {
        match parse_sectionheaderblock(&window.bytes()[..length]) {
            Ok((_, section)) if section.major_version == 1 => {
                self.interfaces.clear();
                Ok(())
            }
            Ok(_) => Err(window.corrupt("its pcapng version is not 1")),
            Err(_) => Err(window.corrupt("it is no section header")),
        }
    }

    fn add_interface<R: Read>(&mut self, window: &Window<R>, length: usize) -> Result<(), CaptureError> {
        let parse = match self.order {
            ByteOrder::Little => parse_interfacedescriptionblock_le,
            ByteOrder::Big => parse_interfacedescriptionblock_be,
        };
        let (_, block) =
            parse(&window.bytes()[..length]).map_err(|_| window.corrupt("it is no interface description"))?;
        let units_a_second =
            units_a_second(block.if_tsresol).ok_or_else(|| window.corrupt("its timestamps have no such resolution"))?;
        self.interfaces.push(Interface {
            link_type: LinkType(block.linktype.0 as u16),
            snap_length: block.snaplen as usize,
            units_a_second,
            offset_seconds: self.offset_seconds(&block),
        });
        Ok(())
    }

    /// The seconds to add to each timestamp. Read here because the parser takes them as little-endian always.
    fn offset_seconds(&self, block: &InterfaceDescriptionBlock<'_>) -> i64 {
        let option = block.options.iter().find(|option| option.code == OptionCode::IfTsoffset);
        let bytes = option.and_then(|option| <[u8; 8]>::try_from(option.value()).ok());
        match (bytes, self.order) {
            (Some(bytes), ByteOrder::Little) => i64::from_le_bytes(bytes),
            (Some(bytes), ByteOrder::Big) => i64::from_be_bytes(bytes),
            (None, _) => 0,
        }
    }

    fn locate_enhanced<R: Read>(&self, window: &mut Window<R>, length: usize) -> Result<Located, CaptureError> {
        let parse = match self.order {
            ByteOrder::Little => parse_enhancedpacketblock_le,
            ByteOrder::Big => parse_enhancedpacketblock_be,
        };
        let (_, block) = parse(&window.bytes()[..length]).map_err(|_| window.corrupt("its frame exceeds it"))?;
        let interface = self.ethernet(window, block.if_id as usize)?;
        let (stamp, wire_length, kept) = (interface.stamp(&block), block.origlen as usize, block.packet_data().len());
        let start = window.consume(length).start + ENHANCED_HEADER;
        Ok(Located { at: start..start + kept, stamp: Some(stamp), wire_length })
    }

    fn locate_simple<R: Read>(&self, window: &mut Window<R>, length: usize) -> Result<Located, CaptureError> {
        let interface = self.ethernet(window, 0)?;
        let Some(room) = length.checked_sub(SIMPLE_HEADER + 4) else {
            return Err(window.corrupt("its frame exceeds it"));
        };
        let wire_length = self.order.u32(window.bytes(), 8) as usize;
        let kept = match interface.snap_length {
            0 => wire_length,
            snap_length => wire_length.min(snap_length),
        };
        if kept > room {
            return Err(window.corrupt("its frame exceeds it"));
        }
        let start = window.consume(length).start + SIMPLE_HEADER;
        Ok(Located { at: start..start + kept, stamp: None, wire_length })
    }

    fn ethernet<R: Read>(&self, window: &Window<R>, number: usize) -> Result<&Interface, CaptureError> {
        match self.interfaces.get(number) {
            Some(interface) if interface.link_type == LinkType::ETHERNET => Ok(interface),
            Some(interface) => Err(CaptureError::LinkType { found: interface.link_type }),
            None => Err(window.corrupt("its interface was not described")),
        }
    }
}

/// What `if_tsresol` stands for: a negative power of ten, or of two where the top bit is set. The parser's own reading
/// refuses every power of two.
fn units_a_second(resolution: u8) -> Option<u64> {
    let exponent = u32::from(resolution & 0x7f);
    match resolution & 0x80 {
        0 => 10_u64.checked_pow(exponent),
        _ => 1_u64.checked_shl(exponent),
    }
}

impl ByteOrder {
    /// The byte order of the section that begins here.
    fn of_section<R: Read>(window: &Window<R>) -> Result<Self, CaptureError> {
        match window.bytes()[8..12] {
            [0x4d, 0x3c, 0x2b, 0x1a] => Ok(Self::Little),
            [0x1a, 0x2b, 0x3c, 0x4d] => Ok(Self::Big),
            _ => Err(window.corrupt("its byte-order magic is unknown")),
        }
    }

    fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let bytes = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }
}

impl Interface {
    fn stamp(&self, block: &EnhancedPacketBlock<'_>) -> Duration {
        let units = u128::from(block.ts_high) << 32 | u128::from(block.ts_low);
        let nanoseconds = units * SECOND / u128::from(self.units_a_second);
        let (seconds, rest) = ((nanoseconds / SECOND) as i64, (nanoseconds % SECOND) as u32);
        // A capture from before 1970 is stamped with the epoch.
        Duration::new(seconds.saturating_add(self.offset_seconds).try_into().unwrap_or(0), rest)
    }
}
