//! What people edit: plain values, each with one text form.
//!
//! `Display` and `FromStr` of every value here are inverse of each other, and the same text stands in documents, URLs, form
//! fields, the command line and scenarios. What cannot be right in any project cannot be written: a port range is never
//! empty, an ICMP code never stands without its type, a prefix has no host bits. What depends on the rest of the project
//! (does the group exist, is the name taken) is the business of [`crate::resolve`].

mod block;
mod document;
mod id;
mod link;
mod mode;
mod ports;
mod prefix;
mod protocol;
mod rule;

pub use block::{AddressBlock, AddressRange, BlockError, RangeError};
pub(crate) use document::Named;
pub use document::{AddressGroup, AddressPair, Document, Instance, Network, SecurityGroup, Subnet, Vnic};
pub use id::{AddressGroupId, GroupId, Id, IdError, IdKind, InstanceId, NetworkId, RuleId, VnicId};
pub use link::{EtherType, EtherTypeError, VlanError, VlanId};
pub use mode::{InstanceState, PortSecurity, Tracking};
pub use ports::{PortError, PortMatch, PortRange};
pub use prefix::{Prefix, PrefixError};
pub use protocol::{IcmpMatch, Protocol, ProtocolError};
pub(crate) use rule::read_family;
pub use rule::{Action, Direction, Priority, Remote, Rule, RuleError, RuleSpec};
pub use wire::Family;
