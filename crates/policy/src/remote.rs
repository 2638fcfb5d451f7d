//! Who the other end of a packet is, as far as any rule asks.
//!
//! A *selector* is a remote that a rule names: a prefix, a security group or an address group. (`any` is none: it asks
//! nothing.) A *class* is the set of the selectors that an address is in. All addresses of one class look alike to every rule
//! of the project, so an address is looked up once, in a table of the whole host, and programs ([`crate::program`]) know
//! classes only:
//!
//! ```text
//! selectors   10.0.0.0/8   group:web = 10.0.0.5, 10.1.0.9   address-group:office = 192.0.2.0-192.0.2.99
//!
//! IPv4 from   0.0.0.0  10.0.0.0      10.0.0.5           10.0.0.6      10.1.0.9           10.1.0.10     11.0.0.0 ...
//! class       {}       {10.0.0.0/8}  {10.0.0.0/8, web}  {10.0.0.0/8}  {10.0.0.0/8, web}  {10.0.0.0/8}  {}
//! ```
//!
//! Contract: a class index keeps its meaning over all revisions that follow one another, because classes are only ever
//! added; so what is compiled for classes stays right. A change of one selector changes the intervals that it touches.
//!
//! Absent: ports, protocols, and what any rule says.

mod blocks;
mod classes;
mod partition;
mod table;
#[cfg(test)]
mod tests;

use std::iter;
use std::net::IpAddr;
use std::sync::Arc;

use wire::Family;

use crate::cow::{Age, Paged, Sharded};
use crate::memory;
use crate::model::Remote;

pub(crate) use blocks::Blocks;
pub(crate) use classes::{ClassIndex, SelectorIndex};

use classes::Classes;
use partition::Partition;
use table::Table;

/// Every selector of a project and the class of every address.
#[derive(Clone, Debug)]
pub(crate) struct Remotes {
    selectors: Paged<Selector>,
    by_remote: Sharded<Remote, SelectorIndex>,
    /// How many selectors a rule names.
    named: usize,
    classes: Classes,
    v4: Arc<Table<u32>>,
    v6: Arc<Table<u128>>,
}

#[derive(Clone, Debug)]
struct Selector {
    /// How many rules name it. With none left it is empty and waits for one that names it again.
    uses: usize,
    blocks: Arc<Blocks>,
}

/// Remotes that are being changed.
#[derive(Debug)]
pub(crate) struct RemotesDraft {
    remotes: Remotes,
    /// By family, where anything changed.
    partitions: [Option<Partition>; 2],
}

/// The classes that each selector is in, as they were at some time. What came into being later is in none of the classes of then.
#[derive(Debug)]
pub(crate) struct Survey {
    /// Where the classes of each selector start; one more than there are selectors.
    starts: Vec<u32>,
    classes: Vec<ClassIndex>,
    /// Classes from here on are not in the survey.
    end: ClassIndex,
}

impl Remotes {
    /// Remotes with the number of rules that name each and the addresses of each. The index of a selector is its place.
    pub(crate) fn of(selectors: impl IntoIterator<Item = (Remote, usize, Blocks)>) -> Remotes {
        let mut by_remote = Sharded::default();
        let selectors: Paged<Selector> = (0..)
            .zip(selectors)
            .map(|(at, (remote, uses, blocks))| {
                by_remote.insert(remote, SelectorIndex(at));
                Selector { uses, blocks: Arc::new(blocks) }
            })
            .collect();
        let mut classes = Classes::new();
        let [v4, v6] = Family::ALL.map(|family| {
            let blocks = (0..).map(SelectorIndex).zip(selectors.iter().map(|selector| selector.blocks.family(family)));
            Partition::of(family, blocks, &mut classes)
        });
        let (v4, v6) = (Arc::new(Table::of(v4)), Arc::new(Table::of(v6)));
        Remotes { named: selectors.len(), selectors, by_remote, classes, v4, v6 }
    }

    /// The class of an address.
    pub(crate) fn class_of(&self, address: IpAddr) -> ClassIndex {
        match address {
            IpAddr::V4(address) => self.v4.find(address.to_bits()),
            IpAddr::V6(address) => self.v6.find(address.to_bits()),
        }
    }

    /// Where the addresses of a family begin that are of one class, as numbers ascending from 0.
    pub(crate) fn intervals(&self, family: Family) -> impl Iterator<Item = (u128, ClassIndex)> {
        let (v4, v6) = match family {
            Family::Ipv4 => (Some(self.v4.intervals()), None),
            Family::Ipv6 => (None, Some(self.v6.intervals())),
        };
        v4.into_iter().flatten().chain(v6.into_iter().flatten())
    }

    /// The selectors that a class is in, in ascending order.
    pub(crate) fn selectors_of(&self, class: ClassIndex) -> &[SelectorIndex] {
        self.classes.selectors(class)
    }

    /// The selector of a remote that a rule names.
    pub(crate) fn selector(&self, remote: &Remote) -> Option<SelectorIndex> {
        self.by_remote.get(remote).copied().filter(|selector| self.selectors.at(selector.0).uses > 0)
    }

    /// The remotes that rules name, with the first and the last of each of their ranges of a family, ascending.
    pub(crate) fn named(&self, family: Family) -> impl Iterator<Item = (&Remote, impl Iterator<Item = (u128, u128)>)> {
        let used = self.by_remote.iter().filter(|(_, selector)| self.selectors.at(selector.0).uses > 0);
        used.map(move |(remote, selector)| (remote, self.ranges(*selector, family)))
    }

    /// The first and the last of each range of a selector's addresses, ascending and apart.
    pub(crate) fn ranges(&self, selector: SelectorIndex, family: Family) -> impl Iterator<Item = (u128, u128)> {
        let blocks = iter::once_with(move || self.blocks(selector).disjoint(family));
        blocks.flatten().map(|block| (block.first, block.last))
    }

    /// The addresses of a selector.
    pub(crate) fn blocks(&self, selector: SelectorIndex) -> &Blocks {
        &self.selectors.at(selector.0).blocks
    }

    /// Whether a selector has the very same addresses in remotes that follow these or are followed by them.
    pub(crate) fn shares_blocks(&self, other: &Remotes, selector: SelectorIndex) -> bool {
        Arc::ptr_eq(&self.selectors.at(selector.0).blocks, &other.selectors.at(selector.0).blocks)
    }

    pub(crate) fn survey(&self) -> Survey {
        let mut starts = vec![0; self.selectors.len() + 1];
        for set in self.classes.iter() {
            set.iter().for_each(|selector| starts[selector.0 as usize + 1] += 1);
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut classes = vec![ClassIndex::NOWHERE; starts[starts.len() - 1] as usize];
        let mut next = starts.clone();
        for (class, set) in (0..).map(ClassIndex).zip(self.classes.iter()) {
            for selector in set {
                let place = &mut next[selector.0 as usize];
                classes[*place as usize] = class;
                *place += 1;
            }
        }
        Survey { starts, classes, end: ClassIndex(self.classes.len() as u32) }
    }

    /// Whether most of the selectors and classes are left over from former revisions.
    pub(crate) fn is_littered(&self) -> bool {
        /// So much is never worth a new start.
        const FEW: usize = 1024;
        let intervals = self.v4.len() + self.v6.len();
        self.selectors.len() > 2 * self.named + FEW || self.classes.len() > 2 * intervals + FEW
    }

    pub(crate) fn draft(&self) -> RemotesDraft {
        RemotesDraft { remotes: self.clone(), partitions: [None, None] }
    }

    /// About the bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        let blocks = |selector: &Selector| memory::of_shared(&selector.blocks) + selector.blocks.bytes();
        let selectors =
            self.selectors.bytes() + self.selectors.iter().map(blocks).sum::<usize>() + self.by_remote.bytes();
        let v4 = memory::of_shared(&self.v4) + self.v4.bytes();
        let v6 = memory::of_shared(&self.v6) + self.v6.bytes();
        selectors + self.classes.bytes() + v4 + v6
    }

    /// Whether both have the very same tables.
    #[cfg(test)]
    pub(crate) fn shares_tables_with(&self, other: &Remotes) -> bool {
        Arc::ptr_eq(&self.v4, &other.v4) && Arc::ptr_eq(&self.v6, &other.v6)
    }
}

impl RemotesDraft {
    /// Counts one rule more that names the remote. A new selector has no address yet.
    pub(crate) fn name(&mut self, remote: &Remote) -> (SelectorIndex, Age) {
        if let Some(selector) = self.remotes.by_remote.get(remote).copied() {
            let known = self.remotes.selectors.at_mut(selector.0);
            known.uses += 1;
            if known.uses > 1 {
                return (selector, Age::Known);
            }
            self.remotes.named += 1;
            return (selector, Age::New);
        }
        self.remotes.named += 1;
        let selector = Selector { uses: 1, blocks: Arc::new(Blocks::default()) };
        let selector = SelectorIndex(self.remotes.selectors.push(selector));
        self.remotes.by_remote.insert(remote.clone(), selector);
        (selector, Age::New)
    }

    /// Counts one rule less that names the remote; without any the selector is empty.
    pub(crate) fn forget(&mut self, remote: &Remote) {
        let Some(selector) = self.remotes.selector(remote) else { return };
        let known = self.remotes.selectors.at_mut(selector.0);
        known.uses -= 1;
        if known.uses == 0 {
            self.remotes.named -= 1;
            self.set(selector, Blocks::default());
        }
    }

    pub(crate) fn selector(&self, remote: &Remote) -> Option<SelectorIndex> {
        self.remotes.selector(remote)
    }

    pub(crate) fn blocks(&self, selector: SelectorIndex) -> &Blocks {
        self.remotes.blocks(selector)
    }

    /// Gives a selector other addresses.
    pub(crate) fn set(&mut self, selector: SelectorIndex, blocks: Blocks) {
        let old = self.remotes.selectors.at(selector.0).blocks.clone();
        if *old == blocks {
            return;
        }
        for (at, family) in Family::ALL.into_iter().enumerate() {
            let touched = old.touched(&blocks, family);
            if touched.is_empty() {
                continue;
            }
            let partition = self.partitions[at].get_or_insert_with(|| match family {
                Family::Ipv4 => self.remotes.v4.partition(family),
                Family::Ipv6 => self.remotes.v6.partition(family),
            });
            partition.cover(selector, &blocks.union(family), &touched, &mut self.remotes.classes);
        }
        self.remotes.selectors.at_mut(selector.0).blocks = Arc::new(blocks);
    }

    pub(crate) fn finish(self) -> Remotes {
        let RemotesDraft { mut remotes, partitions: [v4, v6] } = self;
        if let Some(partition) = v4 {
            remotes.v4 = Arc::new(Table::of(partition));
        }
        if let Some(partition) = v6 {
            remotes.v6 = Arc::new(Table::of(partition));
        }
        remotes
    }
}

impl Survey {
    /// The classes that a selector is in, in ascending order.
    pub(crate) fn classes_of(&self, selector: SelectorIndex) -> &[ClassIndex] {
        let at = selector.0 as usize;
        match self.starts.get(at..at + 2) {
            Some(&[start, end]) => &self.classes[start as usize..end as usize],
            Some(_) | None => &[],
        }
    }

    /// Whether so many classes have come into being since that another survey is worth its time.
    pub(crate) fn lags_behind(&self, remotes: &Remotes) -> bool {
        /// So many are looked up selector by selector.
        const FEW: usize = 256;
        let known = self.end.0 as usize;
        remotes.classes.len() > known + known / 4 + FEW
    }

    /// The bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        memory::of_list(&self.starts) + memory::of_list(&self.classes)
    }

    /// The first class that is not in the survey.
    pub(crate) fn end(&self) -> ClassIndex {
        self.end
    }
}
