//! Limits of connections, and the choice of the one to close beyond them.
//!
//! A connection whose client sends nothing costs a file handle and memory. So beyond the limit the
//! connection is closed that has waited longest for its client; a request that is being processed
//! and an event stream are not interrupted.

use std::{collections::HashMap, sync::Arc, time::Instant};

use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;
use web::ClientAddress;

use super::body::BodyGuard;

/// Limits of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConnectionLimits {
    /// Maximum number of all connections.
    pub(crate) all: usize,
    /// Maximum number per address; those of this machine and of trusted proxies are not counted.
    pub(crate) per_address: usize,
}

/// The slots for connections. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct ConnectionSlots {
    limits: ConnectionLimits,
    occupied: Arc<Mutex<OccupiedSlots>>,
}

#[derive(Debug, Default)]
struct OccupiedSlots {
    last: u64,
    slots: HashMap<u64, SlotHolder>,
}

#[derive(Debug)]
struct SlotHolder {
    /// The counted address of the connection.
    of: Option<ClientAddress>,
    /// Since when it waits for its client; `None` while a request is processed.
    waits_since: Option<Instant>,
    close: CancellationToken,
}

/// An occupied slot, freed on drop.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    id: u64,
    occupied: Arc<Mutex<OccupiedSlots>>,
    close: CancellationToken,
}

impl ConnectionSlots {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        Self { limits, occupied: Arc::default() }
    }

    /// Occupies a slot, if need be that of a waiting connection. `of` is `None` for an address that
    /// is not counted.
    pub(super) fn acquire(&self, of: Option<ClientAddress>) -> Option<ConnectionSlot> {
        let mut occupied = lock(&self.occupied);
        let is_of_address = |holder: &SlotHolder| of.is_some() && holder.of == of;
        let of_address = occupied.slots.values().filter(|holder| is_of_address(holder)).count();
        if of_address >= self.limits.per_address && !occupied.close_longest_waiting(is_of_address) {
            return None;
        }
        if occupied.slots.len() >= self.limits.all && !occupied.close_longest_waiting(|_| true) {
            return None;
        }
        occupied.last += 1;
        let (id, close) = (occupied.last, CancellationToken::new());
        let holder = SlotHolder { of, waits_since: Some(Instant::now()), close: close.clone() };
        occupied.slots.insert(id, holder);
        Some(ConnectionSlot { id, occupied: self.occupied.clone(), close })
    }
}

impl OccupiedSlots {
    /// Closes the connection that has waited longest; false if none waits.
    fn close_longest_waiting(&mut self, which: impl Fn(&SlotHolder) -> bool) -> bool {
        let waiting = self.slots.iter().filter(|(_, holder)| which(holder));
        let waiting = waiting.filter_map(|(id, holder)| Some((holder.waits_since?, *id)));
        let Some(holder) = waiting.min().and_then(|(_, id)| self.slots.remove(&id)) else {
            return false;
        };
        holder.close.cancel();
        true
    }
}

impl ConnectionSlot {
    /// Waits until the connection must make room for another.
    pub(super) async fn wait_until_needed(&self) {
        self.close.cancelled().await;
    }

    /// Marks the connection as busy: the client has sent a whole request. False if the connection
    /// has lost its slot, and is about to be closed.
    pub(super) fn mark_busy(&self) -> bool {
        self.set_waiting_since(None)
    }

    /// Marks the connection as waiting for its client.
    pub(super) fn mark_waiting(&self) {
        self.set_waiting_since(Some(Instant::now()));
    }

    /// False if the slot was given to another connection.
    fn set_waiting_since(&self, waits_since: Option<Instant>) -> bool {
        let mut occupied = lock(&self.occupied);
        let holder = occupied.slots.get_mut(&self.id);
        holder.map(|holder| holder.waits_since = waits_since).is_some()
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        lock(&self.occupied).slots.remove(&self.id);
    }
}

/// The guard of a response; once that is sent, the connection waits for its client again.
#[derive(Debug)]
pub(super) struct ResponseGuard(pub(super) Arc<ConnectionSlot>);

impl Drop for ResponseGuard {
    fn drop(&mut self) {
        self.0.mark_waiting();
    }
}

impl BodyGuard for ResponseGuard {}

fn lock(occupied: &Mutex<OccupiedSlots>) -> MutexGuard<'_, OccupiedSlots> {
    occupied.lock()
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn acquire_for(slots: &ConnectionSlots, n: u8) -> Option<ConnectionSlot> {
        slots.acquire(Some(IpAddr::from([192, 0, 2, n]).into()))
    }

    #[test]
    fn the_connection_that_has_waited_longest_makes_room() {
        let slots = ConnectionSlots::new(ConnectionLimits { all: 3, per_address: 9 });
        let [first, second, third] = [1, 2, 3].map(|n| acquire_for(&slots, n).unwrap());
        assert!(first.mark_busy());
        let fourth = acquire_for(&slots, 4).unwrap();
        assert!(second.close.is_cancelled() && !first.close.is_cancelled());
        assert!(!second.mark_busy(), "its client comes too late");
        assert!(third.mark_busy() && fourth.mark_busy());
        assert!(acquire_for(&slots, 5).is_none(), "no busy connection is closed");
        first.mark_waiting();
        assert!(acquire_for(&slots, 5).is_some());
        assert!(first.close.is_cancelled());
        drop((second, third));
        assert_eq!(lock(&slots.occupied).slots.len(), 1);
    }

    #[test]
    fn one_address_cannot_occupy_all_slots() {
        let slots = ConnectionSlots::new(ConnectionLimits { all: 100, per_address: 2 });
        let [one, two] = [1, 1].map(|n| acquire_for(&slots, n).unwrap());
        let other = acquire_for(&slots, 2).unwrap();
        let three = acquire_for(&slots, 1).unwrap();
        assert!(one.close.is_cancelled() && !other.close.is_cancelled());
        assert!(two.mark_busy() && three.mark_busy());
        assert!(acquire_for(&slots, 1).is_none());
        let ours: Vec<_> = (0..9).map(|_| slots.acquire(None).unwrap()).collect();
        assert!(ours.iter().all(|slot| !slot.close.is_cancelled()), "a proxy has many");
    }
}
