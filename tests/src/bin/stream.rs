//! A long TCP stream whose every byte is checked.
//!
//! `stream receive PORT BYTES` waits for one connection and compares; `stream send ADDRESS:PORT BYTES` sends. Both make the same bytes.
//! `stream talk ADDRESS:PORT` carries standard input there, and what comes back to standard output.

use std::io::{Read, Write};
use std::net::{Ipv6Addr, TcpListener, TcpStream};

use anyhow::{Context, bail};

/// The size of one write.
const BLOCK: usize = 1 << 16;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["send", address, bytes] => send(address, bytes.parse()?),
        ["receive", port, bytes] => receive(port.parse()?, bytes.parse()?),
        ["talk", address] => talk(address),
        _ => bail!("write `stream send ADDRESS:PORT BYTES`, `stream receive PORT BYTES` or `stream talk ADDRESS:PORT`"),
    }
}

fn send(address: &str, bytes: usize) -> anyhow::Result<()> {
    let mut peer = TcpStream::connect(address).with_context(|| format!("no connection to {address}"))?;
    let mut pattern = Pattern::new();
    let mut left = bytes;
    while left > 0 {
        let block = pattern.next_block();
        let length = left.min(BLOCK);
        peer.write_all(&block[..length])?;
        left -= length;
    }
    peer.shutdown(std::net::Shutdown::Write)?;
    // The receiver closes when it has compared everything.
    peer.read_to_end(&mut Vec::new())?;
    Ok(())
}

fn receive(port: u16, bytes: usize) -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port))?;
    println!("ready");
    let (mut peer, _) = listener.accept()?;
    let mut pattern = Pattern::new();
    let mut received = vec![0; BLOCK];
    let mut left = bytes;
    while left > 0 {
        let length = left.min(BLOCK);
        peer.read_exact(&mut received[..length]).with_context(|| format!("the stream ends {left} bytes early"))?;
        if received[..length] != pattern.next_block()[..length] {
            bail!("the bytes differ within the last {left}");
        }
        left -= length;
    }
    println!("{bytes} bytes intact");
    Ok(())
}

fn talk(address: &str) -> anyhow::Result<()> {
    let mut peer = TcpStream::connect(address).with_context(|| format!("no connection to {address}"))?;
    let mut answers = peer.try_clone()?;
    std::thread::spawn(move || std::io::copy(&mut std::io::stdin(), &mut peer));
    std::io::copy(&mut answers, &mut std::io::stdout())?;
    Ok(())
}

/// Bytes without a short period (xorshift64, Marsaglia 2003).
struct Pattern {
    state: u64,
    block: Vec<u8>,
}

impl Pattern {
    fn new() -> Pattern {
        Pattern { state: 0x9e37_79b9_7f4a_7c15, block: vec![0; BLOCK] }
    }

    fn next_block(&mut self) -> &[u8] {
        for chunk in self.block.chunks_exact_mut(8) {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            chunk.copy_from_slice(&self.state.to_le_bytes());
        }
        &self.block
    }
}
