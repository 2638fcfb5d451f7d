//! The question as text: what stands in the address and in the form.

use engine::{Place, Route};
use policy::{Document, Vnic};

use crate::browser::address::{decode, encode};

/// Who sends what to whom. Empty ends are found by the packet's addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) from: String,
    pub(super) to: String,
    /// In the text form of packets.
    pub(super) packet: String,
}

impl Ask {
    /// Reads `from=outside&to=web&packet=...`; what is missing becomes a question that suits the document.
    pub(super) fn read(fragment: &str, document: &Document) -> Ask {
        let pairs = fragment.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('='));
        let mut ask = Ask::default();
        for (name, value) in pairs {
            match name {
                "from" => ask.from = decode(value),
                "to" => ask.to = decode(value),
                "packet" => ask.packet = decode(value),
                _ => {}
            }
        }
        if ask.packet.is_empty() { ask.suited(document) } else { ask }
    }

    /// What [`Ask::read`] reads.
    pub(super) fn to_fragment(&self) -> String {
        let ends = [("from", &self.from), ("to", &self.to), ("packet", &self.packet)];
        let pairs = ends.iter().filter(|(_, value)| !value.is_empty());
        pairs.map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
    }

    /// The way, as the core takes it.
    pub(super) fn route(&self) -> Route {
        Route::Between { from: place(&self.from), to: place(&self.to) }
    }

    /// A first packet for the ends at hand: to the instance that is named, else to the first one.
    fn suited(self, document: &Document) -> Ask {
        let named = |id: &str| document.vnic(id).map(|(_, vnic)| vnic);
        let target = named(&self.to).or_else(|| document.vnics().map(|(_, vnic)| vnic).next());
        let to = match (self.to.is_empty(), target) {
            (true, Some(vnic)) => vnic.id.to_string(),
            (true, None) | (false, _) => self.to,
        };
        let from = if self.from.is_empty() { "outside".to_owned() } else { self.from };
        let source = named(&from).and_then(address).unwrap_or_else(|| OUTSIDE.to_owned());
        let destination = target.and_then(address).unwrap_or_else(|| INSIDE.to_owned());
        Ask { from, to, packet: format!("tcp {source}:40000 > {destination}:443") }
    }
}

/// A host of the documentation prefix TEST-NET-2 (RFC 5737), for a sender that is no instance.
pub(super) const OUTSIDE: &str = "198.51.100.7";
/// The same for IPv6 (RFC 3849).
pub(super) const OUTSIDE_V6: &str = "2001:db8:ffff::7";
/// A receiver where the document has none.
const INSIDE: &str = "192.0.2.10";

fn place(text: &str) -> Option<Place> {
    if text.is_empty() { None } else { text.parse().ok() }
}

/// The first address, IPv4 where there is one.
fn address(vnic: &Vnic) -> Option<String> {
    let first = vnic.addresses.iter().find(|address| address.is_ipv4()).or(vnic.addresses.first())?;
    Some(if first.is_ipv4() { first.to_string() } else { format!("[{first}]") })
}
