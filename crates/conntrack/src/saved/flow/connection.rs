//! What is remembered of a TCP connection, as bytes.

use crate::tcp::{MAX_SCALE, MAX_WINDOW, Open, Opening, Origin, Side, Stage, Syn, Tcp};

use super::super::bytes::{Reader, write_option};
use super::super::fault::FlowFault;

pub(super) fn write(tcp: &Tcp, bytes: &mut Vec<u8>) {
    match tcp {
        Tcp::Opening(Opening { syn, challenge }) => {
            write_syn(*syn, bytes);
            write_option(*challenge, bytes, write_number);
        }
        Tcp::Open(Open { stage, origin, original, reply, probe }) => {
            bytes.extend([*stage as u8, *origin as u8]);
            write_side(original, bytes);
            write_side(reply, bytes);
            write_option(*probe, bytes, write_syn);
        }
        Tcp::Refused => {}
    }
}

pub(super) fn read_opening(reader: &mut Reader<'_>) -> Result<Tcp, FlowFault> {
    Ok(Tcp::Opening(Opening { syn: read_syn(reader)?, challenge: reader.option(Reader::u32)? }))
}

pub(super) fn read_open(reader: &mut Reader<'_>) -> Result<Tcp, FlowFault> {
    Ok(Tcp::Open(Open {
        stage: reader.one_of("stage of TCP", &Stage::ALL)?,
        origin: reader.one_of("origin of TCP", &Origin::ALL)?,
        original: read_side(reader)?,
        reply: read_side(reader)?,
        probe: reader.option(read_syn)?,
    }))
}

fn write_side(side: &Side, bytes: &mut Vec<u8>) {
    let Side { start, end, limit, window, acknowledged, fin, scale } = *side;
    for number in [start, end, limit, window] {
        write_number(number, bytes);
    }
    write_option(acknowledged, bytes, write_number);
    write_option(fin, bytes, write_number);
    write_scale(scale, bytes);
}

fn read_side(reader: &mut Reader<'_>) -> Result<Side, FlowFault> {
    Ok(Side {
        start: reader.u32()?,
        end: reader.u32()?,
        limit: reader.u32()?,
        window: read_window(reader)?,
        acknowledged: reader.option(Reader::u32)?,
        fin: reader.option(Reader::u32)?,
        scale: reader.option(read_scale)?,
    })
}

fn write_syn(syn: Syn, bytes: &mut Vec<u8>) {
    let Syn { sequence, end, window, scale } = syn;
    write_number(sequence, bytes);
    write_number(end, bytes);
    bytes.extend(window.to_le_bytes());
    write_scale(scale, bytes);
}

fn read_syn(reader: &mut Reader<'_>) -> Result<Syn, FlowFault> {
    Ok(Syn { sequence: reader.u32()?, end: reader.u32()?, window: reader.u16()?, scale: reader.option(read_scale)? })
}

fn read_window(reader: &mut Reader<'_>) -> Result<u32, FlowFault> {
    match reader.u32()? {
        window if window <= MAX_WINDOW => Ok(window),
        window => Err(FlowFault::Unknown { what: "window", number: window.into() }),
    }
}

fn write_scale(scale: Option<u8>, bytes: &mut Vec<u8>) {
    write_option(scale, bytes, |scale, bytes| bytes.push(scale));
}

fn read_scale(reader: &mut Reader<'_>) -> Result<u8, FlowFault> {
    match reader.u8()? {
        scale if scale <= MAX_SCALE => Ok(scale),
        scale => Err(FlowFault::Unknown { what: "window scale", number: scale.into() }),
    }
}

fn write_number(number: u32, bytes: &mut Vec<u8>) {
    bytes.extend(number.to_le_bytes());
}
