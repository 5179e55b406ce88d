//! The connections of a server: how many there are, whose, and which one goes if there are too
//! many.
//!
//! A client that holds a connection and sends nothing costs a file and memory, which have an end.
//! So beyond a number the connection goes that has waited longest for its client; who is being
//! answered, or listens to a stream, stays.

use std::{collections::HashMap, sync::Arc, time::Instant};

use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;
use web::Source;

use super::body::BodyGuard;

/// How many connections there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caps {
    /// Of all.
    pub(crate) all: usize,
    /// Of one address; those of this machine and of our proxies are not counted.
    pub(crate) of_address: usize,
}

/// The places for connections. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct ConnectionSlots {
    caps: Caps,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    last: u64,
    places: HashMap<u64, Holder>,
}

#[derive(Debug)]
struct Holder {
    /// Whose it is, if that is counted.
    of: Option<Source>,
    /// Since when it waits for its client; nothing while it is being answered.
    waits_since: Option<Instant>,
    leave: CancellationToken,
}

/// A place that is taken; given back when it is dropped.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    id: u64,
    taken: Arc<Mutex<Taken>>,
    leave: CancellationToken,
}

impl ConnectionSlots {
    pub(super) fn new(caps: Caps) -> Self {
        Self { caps, taken: Arc::default() }
    }

    /// Takes a place, if need be that of a connection that waits. `of` is nobody for those who are
    /// not counted.
    pub(super) fn take(&self, of: Option<Source>) -> Option<ConnectionSlot> {
        let mut taken = lock(&self.taken);
        let is_theirs = |holder: &Holder| of.is_some() && holder.of == of;
        let theirs = taken.places.values().filter(|holder| is_theirs(holder)).count();
        if theirs >= self.caps.of_address && !taken.send_away(is_theirs) {
            return None;
        }
        if taken.places.len() >= self.caps.all && !taken.send_away(|_| true) {
            return None;
        }
        taken.last += 1;
        let (id, leave) = (taken.last, CancellationToken::new());
        let holder = Holder { of, waits_since: Some(Instant::now()), leave: leave.clone() };
        taken.places.insert(id, holder);
        Some(ConnectionSlot { id, taken: self.taken.clone(), leave })
    }
}

impl Taken {
    /// Sends that one away which has waited longest; false if none of them waits.
    fn send_away(&mut self, which: impl Fn(&Holder) -> bool) -> bool {
        let waiting = self.places.iter().filter(|(_, holder)| which(holder));
        let waiting = waiting.filter_map(|(id, holder)| Some((holder.waits_since?, *id)));
        let Some(holder) = waiting.min().and_then(|(_, id)| self.places.remove(&id)) else {
            return false;
        };
        holder.leave.cancel();
        true
    }
}

impl ConnectionSlot {
    /// Waits until the place is needed for somebody else.
    pub(super) async fn is_needed(&self) {
        self.leave.cancelled().await;
    }

    /// The client has sent all of a request.
    pub(super) fn is_answered(&self) {
        self.set(None);
    }

    /// It is the client's turn.
    pub(super) fn waits(&self) {
        self.set(Some(Instant::now()));
    }

    fn set(&self, waits_since: Option<Instant>) {
        if let Some(holder) = lock(&self.taken).places.get_mut(&self.id) {
            holder.waits_since = waits_since;
        }
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        lock(&self.taken).places.remove(&self.id);
    }
}

/// Stays with a response; once that is sent, it is the client's turn again.
#[derive(Debug)]
pub(super) struct Responding(pub(super) Arc<ConnectionSlot>);

impl Drop for Responding {
    fn drop(&mut self) {
        self.0.waits();
    }
}

impl BodyGuard for Responding {}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock()
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn of(places: &ConnectionSlots, n: u8) -> Option<ConnectionSlot> {
        places.take(Some(IpAddr::from([192, 0, 2, n]).into()))
    }

    #[test]
    fn who_has_waited_longest_makes_room() {
        let places = ConnectionSlots::new(Caps { all: 3, of_address: 9 });
        let [first, second, third] = [1, 2, 3].map(|n| of(&places, n).unwrap());
        first.is_answered();
        let fourth = of(&places, 4).unwrap();
        assert!(second.leave.is_cancelled() && !first.leave.is_cancelled());
        third.is_answered();
        fourth.is_answered();
        assert!(of(&places, 5).is_none(), "nobody who is answered is sent away");
        first.waits();
        assert!(of(&places, 5).is_some());
        assert!(first.leave.is_cancelled());
        drop((second, third));
        assert_eq!(lock(&places.taken).places.len(), 1);
    }

    #[test]
    fn one_address_has_not_all_places() {
        let places = ConnectionSlots::new(Caps { all: 100, of_address: 2 });
        let [one, two] = [1, 1].map(|n| of(&places, n).unwrap());
        let other = of(&places, 2).unwrap();
        let three = of(&places, 1).unwrap();
        assert!(one.leave.is_cancelled() && !other.leave.is_cancelled());
        two.is_answered();
        three.is_answered();
        assert!(of(&places, 1).is_none());
        let ours: Vec<_> = (0..9).map(|_| places.take(None).unwrap()).collect();
        assert!(ours.iter().all(|place| !place.leave.is_cancelled()), "a proxy has many");
    }
}
