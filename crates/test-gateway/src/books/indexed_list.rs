//! A list indexed by id.

use std::{collections::HashMap, sync::Arc};

/// Objects in the order of their creation, indexed by id.
#[derive(Debug)]
pub(crate) struct IndexedList<Id, T> {
    items: Vec<Arc<T>>,
    indexes: HashMap<Id, usize>,
}

impl<Id, T> Default for IndexedList<Id, T> {
    fn default() -> Self {
        Self { items: Vec::new(), indexes: HashMap::new() }
    }
}

impl<Id: Copy + Eq + std::hash::Hash, T> IndexedList<Id, T> {
    /// Adds an item; false if the id exists already.
    pub(super) fn add(&mut self, id: Id, item: Arc<T>) -> bool {
        let is_new = !self.indexes.contains_key(&id);
        if is_new {
            self.indexes.insert(id, self.items.len());
            self.items.push(item);
        }
        is_new
    }

    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut Arc<T>> {
        self.items.get_mut(*self.indexes.get(&id)?)
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Arc<T>> {
        self.items.get(*self.indexes.get(&id)?)
    }

    /// All items, oldest first.
    pub(crate) fn all(&self) -> &[Arc<T>] {
        &self.items
    }

    /// The index of an item.
    pub(crate) fn index_of(&self, id: Id) -> Option<usize> {
        self.indexes.get(&id).copied()
    }
}
