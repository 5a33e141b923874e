//! A map whose changes since a mark can be undone.

use std::collections::BTreeMap;

use objclass::{ObjectError, Work};

/// One change, as what undoes it.
#[derive(Debug)]
enum Undo<K, V> {
    Entry(K, Option<V>),
    Whole(BTreeMap<K, V>),
}

/// A sorted map with savepoints. Undo records are kept only while a savepoint is open, so a transaction without
/// nested scopes pays nothing, and a savepoint costs what is written inside it, not what was there before.
#[derive(Debug)]
pub(crate) struct Undoable<K, V> {
    map: BTreeMap<K, V>,
    undo: Vec<Undo<K, V>>,
    recording: bool,
}

/// A place to undo to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark(usize);

impl<K, V> Default for Undoable<K, V> {
    fn default() -> Self {
        Self {
            map: BTreeMap::new(),
            undo: Vec::new(),
            recording: false,
        }
    }
}

impl<K: Ord + Clone, V> Undoable<K, V> {
    /// The same entries, of which nothing is to be undone.
    ///
    /// # Errors
    /// The work of copying them is too much.
    pub(crate) fn copy(&self, work: &mut Work) -> Result<Self, ObjectError>
    where
        V: Clone,
    {
        self.map.iter().try_for_each(|_| work.step())?;
        Ok(Self {
            map: self.map.clone(),
            undo: Vec::new(),
            recording: false,
        })
    }

    pub(crate) fn map(&self) -> &BTreeMap<K, V> {
        &self.map
    }

    /// Whether a savepoint is open.
    pub(crate) fn is_recording(&self) -> bool {
        self.recording
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.recording {
            let old = self.map.insert(key.clone(), value);
            self.undo.push(Undo::Entry(key, old));
        } else {
            self.map.insert(key, value);
        }
    }

    /// Removes an entry and hands back its value, cloned only when it is also needed for undoing.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V>
    where
        V: Clone,
    {
        let old = self.map.remove(key)?;
        if self.recording {
            self.undo.push(Undo::Entry(key.clone(), Some(old.clone())));
        }
        Some(old)
    }

    pub(crate) fn clear(&mut self) {
        let old = std::mem::take(&mut self.map);
        if self.recording && !old.is_empty() {
            self.undo.push(Undo::Whole(old));
        }
    }

    pub(crate) fn mark(&mut self) -> Mark {
        self.recording = true;
        Mark(self.undo.len())
    }

    /// Undoes everything since `mark`.
    pub(crate) fn undo_to(&mut self, mark: Mark) {
        while self.undo.len() > mark.0 {
            match self.undo.pop() {
                Some(Undo::Entry(key, Some(old))) => {
                    self.map.insert(key, old);
                }
                Some(Undo::Entry(key, None)) => {
                    self.map.remove(&key);
                }
                Some(Undo::Whole(old)) => self.map = old,
                None => break,
            }
        }
    }

    /// Forgets how to undo: the outermost savepoint is closed.
    pub(crate) fn settle(&mut self) {
        self.recording = false;
        self.undo.clear();
    }

    pub(crate) fn into_map(self) -> BTreeMap<K, V> {
        self.map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoing_restores_replaced_removed_and_cleared_entries() {
        let mut map = Undoable::default();
        map.insert(1, "one");
        map.insert(2, "two");
        let before = map.map().clone();
        let mark = map.mark();
        map.insert(1, "uno");
        map.remove(&2);
        let inner = map.mark();
        map.clear();
        map.insert(3, "three");
        map.undo_to(inner);
        assert_eq!(map.map(), &BTreeMap::from([(1, "uno")]));
        map.undo_to(mark);
        assert_eq!(map.map(), &before);
    }

    #[test]
    fn nothing_is_recorded_without_a_savepoint() {
        let mut map = Undoable::default();
        map.insert(1, 1);
        map.clear();
        assert!(map.undo.is_empty());
        map.mark();
        map.insert(1, 1);
        map.settle();
        map.insert(2, 2);
        assert!(map.undo.is_empty());
    }
}
