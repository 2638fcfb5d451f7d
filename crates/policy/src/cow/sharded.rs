//! A map in parts.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;

use crate::memory;

/// Parts: a write copies one, a copy of the map counts up one reference for each.
const SHARDS: usize = 64;

/// A map whose copies share all parts but those that were written since.
#[derive(Clone, Debug)]
pub(crate) struct Sharded<K, V> {
    shards: Vec<Arc<HashMap<K, V>>>,
    hasher: RandomState,
}

impl<K: Hash + Eq, V> Sharded<K, V> {
    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.shards[self.shard(key)].get(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.len()).sum()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    /// About the bytes of the map itself, without what keys and values point to.
    pub(crate) fn bytes(&self) -> usize {
        // Empty parts may all be one.
        let written = self.shards.iter().filter(|shard| !shard.is_empty());
        let shards: usize = written.map(|shard| memory::of_shared(shard) + memory::of_map(shard)).sum();
        memory::of_list(&self.shards) + shards
    }

    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        self.hasher.hash_one(key) as usize % SHARDS
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Sharded<K, V> {
    pub(crate) fn insert(&mut self, key: K, value: V) {
        let shard = self.shard(&key);
        Arc::make_mut(&mut self.shards[shard]).insert(key, value);
    }

    pub(crate) fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let shard = self.shard(key);
        Arc::make_mut(&mut self.shards[shard]).remove(key)
    }
}

impl<K, V> Default for Sharded<K, V> {
    fn default() -> Sharded<K, V> {
        // One empty part for all, until they are written.
        let empty = Arc::default();
        Sharded { shards: vec![empty; SHARDS], hasher: RandomState::new() }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> FromIterator<(K, V)> for Sharded<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(items: I) -> Sharded<K, V> {
        let mut map = Sharded::default();
        items.into_iter().for_each(|(key, value)| map.insert(key, value));
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_share_what_was_not_written() {
        let first: Sharded<String, usize> = (0..1000).map(|number| (number.to_string(), number)).collect();
        let mut second = first.clone();
        assert_eq!(second.remove("7"), Some(7));
        assert_eq!((first.get("7"), second.get("7"), second.get("8")), (Some(&7), None, Some(&8)));
        assert_eq!((first.len(), second.len(), first.iter().count()), (1000, 999, 1000));
        let shared = first.shards.iter().zip(&second.shards).filter(|(one, other)| Arc::ptr_eq(one, other));
        assert_eq!(shared.count(), SHARDS - 1);
    }
}
