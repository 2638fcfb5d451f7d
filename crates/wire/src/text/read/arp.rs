//! ARP and RARP.

use std::net::Ipv4Addr;

use super::super::words::{TextError, Words, quoted};
use crate::{Arp, ArpOperation, MacAddr};

pub(super) fn read(words: &mut Words<'_>) -> Result<Arp, TextError> {
    let reverse = words.take("rarp").is_some();
    if !reverse {
        words.require("arp")?;
    }
    let column = words.column();
    match (reverse, words.peek()) {
        (false, Some("who-has")) => read_request(words),
        (false, Some("reply")) => read_reply(words),
        (false, Some(word)) if word.starts_with("op=") => read_other(words),
        (true, Some("who-is")) => read_reverse(words, ArpOperation::ReverseRequest),
        (true, Some("reply")) => read_reverse(words, ArpOperation::ReverseReply),
        (false, other) => {
            let message = format!("expected `who-has`, `reply` or `op=N`, found {}", quoted(other));
            Err(TextError::new(column, message))
        }
        (true, other) => Err(TextError::new(column, format!("expected `who-is` or `reply`, found {}", quoted(other)))),
    }
}

fn read_request(words: &mut Words<'_>) -> Result<Arp, TextError> {
    words.next();
    let target_ip = words.value("IPv4 address")?;
    words.require("tell")?;
    let sender_ip = words.value("IPv4 address")?;
    let sender_mac = sender_mac(words)?;
    Ok(Arp {
        operation: ArpOperation::Request,
        sender_mac,
        sender_ip,
        target_mac: optional_mac(words, "tha")?,
        target_ip,
    })
}

fn read_reply(words: &mut Words<'_>) -> Result<Arp, TextError> {
    words.next();
    let sender_ip = words.value("IPv4 address")?;
    words.require("is-at")?;
    let sender_mac = words.value("MAC address")?;
    words.require("to")?;
    let target_ip = words.value("IPv4 address")?;
    Ok(Arp {
        operation: ArpOperation::Reply,
        sender_mac,
        sender_ip,
        target_mac: optional_mac(words, "tha")?,
        target_ip,
    })
}

fn read_reverse(words: &mut Words<'_>, operation: ArpOperation) -> Result<Arp, TextError> {
    words.next();
    let target_mac = words.value("MAC address")?;
    let sender_mac = sender_mac(words)?;
    let sender_ip = optional_address(words, "spa")?;
    let target_ip = optional_address(words, "tpa")?;
    Ok(Arp { operation, sender_mac, sender_ip, target_mac, target_ip })
}

fn read_other(words: &mut Words<'_>) -> Result<Arp, TextError> {
    let operation = words.setting("op", "operation from 0 to 65535")?.unwrap_or(0);
    let sender_mac = sender_mac(words)?;
    let sender_ip = optional_address(words, "spa")?;
    let target_mac = optional_mac(words, "tha")?;
    let target_ip = optional_address(words, "tpa")?;
    Ok(Arp { operation: ArpOperation::Other(operation), sender_mac, sender_ip, target_mac, target_ip })
}

fn sender_mac(words: &mut Words<'_>) -> Result<MacAddr, TextError> {
    let column = words.column();
    words
        .setting("sha", "MAC address")?
        .ok_or_else(|| TextError::new(column, "the sender's MAC address is missing: write `sha=MAC`"))
}

fn optional_mac(words: &mut Words<'_>, key: &str) -> Result<MacAddr, TextError> {
    Ok(words.setting(key, "MAC address")?.unwrap_or(MacAddr::ZERO))
}

fn optional_address(words: &mut Words<'_>, key: &str) -> Result<Ipv4Addr, TextError> {
    Ok(words.setting(key, "IPv4 address")?.unwrap_or(Ipv4Addr::UNSPECIFIED))
}
