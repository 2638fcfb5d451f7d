//! How much the answers about a policy may take.
//!
//! What rules say of every packet is as large as the rules are entangled: a thousand rules whose prefixes overlap in part, each with
//! other ports, say a million different things. Who asks weighs a policy before, and tells people what is too much.

use std::collections::HashSet;
use std::fmt;

use policy::{Direction, Family, Policy, PortSecurity, VnicId};

/// So many nodes are some hundred megabytes while an answer is made.
pub const NODES: usize = 4_000_000;

/// The rules of a policy say more than there may be nodes for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// Where the budget was spent.
    pub vnic: VnicId,
    /// Which way.
    pub direction: Direction,
    /// Of which packets.
    pub family: Family,
    /// How many nodes there were.
    pub budget: usize,
}

/// Counts the nodes that answers about a policy take: those of all its different surfaces, see [`policy::Surface::nodes`].
///
/// # Errors
/// They are more than the budget. Not more than that many are made to find out.
pub fn weigh(policy: &Policy, budget: usize) -> Result<usize, Exhausted> {
    let mut known = HashSet::new();
    let mut nodes = 0;
    let filters = policy.vnics().filter(|(_, vnic)| vnic.port_security == PortSecurity::On);
    for (index, vnic) in filters {
        if !known.insert(policy.likeness(index)) {
            continue;
        }
        for direction in [Direction::Ingress, Direction::Egress] {
            for family in Family::ALL {
                let surface = policy.surface_within(index, direction, family, budget - nodes);
                let is_within = |found: &usize| nodes + found <= budget;
                let found = surface.map(|surface| surface.nodes()).filter(is_within);
                let spent = || Exhausted { vnic: vnic.id.clone(), direction, family, budget };
                nodes += found.ok_or_else(spent)?;
            }
        }
    }
    Ok(nodes)
}

impl fmt::Display for Exhausted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exhausted { vnic, direction, family, budget } = self;
        write!(
            out,
            "the rules say more different things than {budget} nodes hold, which was spent at {family} {direction} of `{vnic}`: \
             name prefixes that do not overlap in part, or allow more nodes"
        )
    }
}

impl std::error::Error for Exhausted {}
