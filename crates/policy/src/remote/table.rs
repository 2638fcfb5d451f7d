//! All addresses of a family with their classes, to be searched.

use wire::Family;

use super::classes::ClassIndex;
use super::partition::Partition;

/// A static search tree over where intervals begin: each node has `WIDTH` keys that lie side by side, so a step costs about one
/// cache line, and the compiler compares them at once. A node has no pointers: the children of the node at `n` are the
/// nodes from `n * WIDTH`.
#[derive(Clone, Debug)]
pub(super) struct Table<K, const WIDTH: usize> {
    /// Leaves last. The keys of a level are the first ones of the nodes below; the last node is filled up with the highest key.
    levels: Vec<Vec<[K; WIDTH]>>,
    /// By interval.
    classes: Vec<ClassIndex>,
}

impl<K, const WIDTH: usize> Table<K, WIDTH>
where
    K: Copy + Ord + Into<u128> + TryFrom<u128>,
{
    /// The table of a partition, whose numbers all fit.
    pub(super) fn of(partition: Partition) -> Table<K, WIDTH> {
        let mut keys: Vec<K> = partition.starts.into_iter().filter_map(|start| K::try_from(start).ok()).collect();
        let highest = keys[keys.len() - 1];
        let mut levels = Vec::new();
        loop {
            let node = |keys: &[K]| std::array::from_fn(|at| keys.get(at).copied().unwrap_or(highest));
            let level: Vec<[K; WIDTH]> = keys.chunks(WIDTH).map(node).collect();
            keys = level.iter().map(|node| node[0]).collect();
            levels.push(level);
            if keys.len() == 1 {
                levels.reverse();
                return Table { levels, classes: partition.classes };
            }
        }
    }

    /// The class of an address.
    pub(super) fn find(&self, key: K) -> ClassIndex {
        // The first key of a node is never above what is looked for, so it is not compared.
        let step = |at: usize, level: &Vec<[K; WIDTH]>| {
            // What a node is filled up with is not above a high key either.
            let at = at.min(level.len() - 1);
            at * WIDTH + level[at][1..].iter().map(|start| usize::from(*start <= key)).sum::<usize>()
        };
        let at = self.levels.iter().fold(0, step);
        self.classes[at.min(self.classes.len() - 1)]
    }

    /// The intervals, to be changed.
    pub(super) fn partition(&self, family: Family) -> Partition {
        let leaves = self.levels.iter().next_back().into_iter().flatten().flatten();
        let starts = leaves.take(self.classes.len()).map(|start| (*start).into()).collect();
        Partition::new(family, starts, self.classes.clone())
    }

    /// How many intervals there are.
    pub(super) fn len(&self) -> usize {
        self.classes.len()
    }

    pub(super) fn bytes(&self) -> usize {
        let nodes: usize = self.levels.iter().map(|level| level.capacity() * size_of::<[K; WIDTH]>()).sum();
        nodes + self.classes.capacity() * size_of::<ClassIndex>()
    }
}
