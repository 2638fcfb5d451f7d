//! Raw frames on an interface, for tests that play the attacker or listen on the wire.
//!
//! `frames send INTERFACE HEX...` puts frames on it; `frames watch INTERFACE MILLISECONDS` prints what arrives, a frame a line in hex,
//! after a line `ready`.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use datapath::{BATCH, OwnedFrame, PacketIo, ring::Ring, wait::wait};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["send", interface, frames @ ..] => send(interface, frames),
        ["watch", interface, milliseconds] => watch(interface, Duration::from_millis(milliseconds.parse()?)),
        _ => bail!("write `frames send INTERFACE HEX...` or `frames watch INTERFACE MILLISECONDS`"),
    }
}

fn send(interface: &str, frames: &[&str]) -> anyhow::Result<()> {
    let mut link = Ring::open(interface)?;
    for hex in frames {
        let digits: Vec<u8> = hex.bytes().collect();
        let byte = |pair: &[u8]| {
            u8::from_str_radix(std::str::from_utf8(pair)?, 16).with_context(|| format!("`{hex}` is no hex"))
        };
        let bytes: Vec<u8> = digits.chunks(2).map(byte).collect::<anyhow::Result<_>>()?;
        link.send(&[OwnedFrame::build(&bytes).lend()])?;
    }
    Ok(())
}

fn watch(interface: &str, time: Duration) -> anyhow::Result<()> {
    let mut link = Ring::open(interface)?;
    println!("ready");
    let mut ready = Vec::new();
    let end = Instant::now() + time;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        if let Some(descriptor) = link.wait_on() {
            wait(&[descriptor], Some(left), &mut ready)?;
        }
        link.poll(BATCH, &mut |frames| {
            for frame in frames {
                let hex: String = frame.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
                println!("{hex}");
            }
        })?;
    }
    Ok(())
}
