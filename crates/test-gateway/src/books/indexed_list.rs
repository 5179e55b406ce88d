//! A list whose items are found by id.

use std::collections::HashMap;
use std::sync::Arc;

/// Objects in the order of their creation, found by id.
#[derive(Debug)]
pub(crate) struct Shelf<Id, T> {
    items: Vec<Arc<T>>,
    places: HashMap<Id, usize>,
}

impl<Id, T> Default for Shelf<Id, T> {
    fn default() -> Self {
        Self { items: Vec::new(), places: HashMap::new() }
    }
}

impl<Id: Copy + Eq + std::hash::Hash, T> Shelf<Id, T> {
    pub(super) fn add(&mut self, id: Id, item: Arc<T>) -> bool {
        let fresh = !self.places.contains_key(&id);
        if fresh {
            self.places.insert(id, self.items.len());
            self.items.push(item);
        }
        fresh
    }

    pub(super) fn place(&mut self, id: Id) -> Option<&mut Arc<T>> {
        self.items.get_mut(*self.places.get(&id)?)
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Arc<T>> {
        self.items.get(*self.places.get(&id)?)
    }

    /// All, oldest first.
    pub(crate) fn all(&self) -> &[Arc<T>] {
        &self.items
    }

    /// How many were made before this one.
    pub(crate) fn position(&self, id: Id) -> Option<usize> {
        self.places.get(&id).copied()
    }
}
