//! The policy language and what it decides.
//!
//! Read in this order: [`model`] is what people edit, a [`Document`] and the values in it, each with a text form that is
//! its only syntax anywhere. [`read`] turns YAML or JSON into a document and reports every fault at once. [`Edit`] is one
//! invertible change; [`Document::differences`] tells two documents apart, and [`Merge`] brings two together that began as one.
//! [`resolve`] makes the immutable [`Policy`] of a document, the only proof that the document holds
//! together; [`resolve_after`] makes it from the policy of a document that is much alike, and [`Resolved`] keeps a document
//! and its policy together through edits. [`template`] gives rules and groups that people want often. The policy then
//! answers for one packet at one vnic: [`Policy::guard`] (anti-spoofing and infrastructure), [`Policy::decide`] (the rules)
//! and [`Policy::explain`] (why each rule matched or not). [`Policy::surface`] tells what
//! the rules say of every packet at once, and [`Policy::footprint`] tells its memory.
//!
//! Contract: pure and deterministic; two documents that are equal resolve to policies that decide alike.
//!
//! Absent: flows and time. A policy judges a packet as if it were the first of its flow.

pub mod model;

mod address_set;
mod cow;
mod decide;
mod diagnostic;
mod edit;
mod explain;
mod footprint;
mod guard;
mod items;
mod lists;
mod memory;
mod names;
mod numbers;
mod policy;
mod profile;
mod program;
pub mod read;
mod remote;
mod resolve;
mod resolved;
mod subject;
mod suggest;
mod surface;
pub mod template;
mod users;
mod validate;
mod write;

pub use address_set::AddressSet;
pub use decide::Decision;
pub use diagnostic::{Diagnostic, Faults, Severity};
pub use edit::{Edit, EditError, EditTextError, Place, References};
pub use explain::{Explained, Mismatch};
pub use footprint::Footprint;
pub use guard::{Guarded, Infra, Spoof};
pub use items::{Conflict, Difference, Field, Item, ItemId, Merge, Side};
pub use model::{
    Action, AddressBlock, AddressGroup, AddressGroupId, AddressPair, AddressRange, Direction, Document, EtherType,
    Family, GroupId, IcmpMatch, Id, IdError, Instance, InstanceId, InstanceState, Network, NetworkId, PortMatch,
    PortRange, PortSecurity, Prefix, Priority, Protocol, Remote, Rule, RuleId, RuleSpec, SecurityGroup, Subnet,
    Tracking, VlanId, Vnic, VnicId,
};
pub use names::{SENSITIVE, protocol_name};
pub use numbers::{highest_number, number_of};
pub use policy::{Policy, PolicyRule, PolicyVnic, Revision, RuleIndex, VnicIndex};
pub use profile::{
    BuiltIn, Bum, EgressDefault, Evaluation, GroupChanges, Limits, Profile, ProtocolWord, Protocols, RemoteMembers,
    Revocation, Revocations, SameSubnet, Switch,
};
pub use resolve::{resolve, resolve_after};
pub use resolved::{Refusal, Resolved};
pub use subject::{Part, Subject};
pub use suggest::nearest;
pub use surface::{Likeness, Line, Sheet, Surface};
pub use users::User;
