//! Idempotency keys: who may act under a key, and what was answered under it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::{Fingerprint, Keyed, Reply};

/// All keys not yet forgotten.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    slots: HashMap<Arc<str>, Slot>,
    /// Stored keys by age, oldest first.
    by_age: VecDeque<(i64, Arc<str>)>,
}

#[derive(Debug)]
struct Slot {
    fingerprint: Fingerprint,
    /// A request under this key is under way.
    busy: bool,
    stored: Option<Stored>,
}

#[derive(Debug)]
struct Stored {
    at_unix_ms: i64,
    reply: Reply,
}

/// What a request may do under its key.
#[derive(Debug)]
pub(crate) enum Claim {
    /// Act. The caller must `release` the key in the end, however that comes.
    Granted,
    /// Repeat this answer.
    Replay(Reply),
    /// Another request under this key is under way.
    InUse,
    /// The key belongs to another request.
    Reused,
}

impl Keys {
    /// Takes a key, after forgetting those stored at or before `forget_unix_ms`.
    pub(crate) fn claim(&mut self, keyed: &Keyed, forget_unix_ms: i64) -> Claim {
        self.forget(forget_unix_ms);
        let Some(slot) = self.slots.get(&keyed.key) else {
            let slot = Slot { fingerprint: keyed.fingerprint, busy: true, stored: None };
            self.slots.insert(keyed.key.clone(), slot);
            return Claim::Granted;
        };
        match &slot.stored {
            _ if slot.fingerprint != keyed.fingerprint => Claim::Reused,
            _ if slot.busy => Claim::InUse,
            Some(stored) => Claim::Replay(stored.reply.clone()),
            None => Claim::InUse,
        }
    }

    /// Stores an answer. A key under way stays so until it is released.
    pub(crate) fn store(&mut self, keyed: &Keyed, at_unix_ms: i64, reply: Reply) {
        let Keyed { key, fingerprint } = keyed.clone();
        self.by_age.push_back((at_unix_ms, key.clone()));
        let slot = self.slots.entry(key).or_insert(Slot { fingerprint, busy: false, stored: None });
        slot.fingerprint = fingerprint;
        slot.stored = Some(Stored { at_unix_ms, reply });
    }

    /// Ends what `claim` granted. Without a stored answer the key is free again.
    pub(crate) fn release(&mut self, key: &Arc<str>) {
        if let Some(slot) = self.slots.get_mut(key) {
            slot.busy = false;
            if slot.stored.is_none() {
                self.slots.remove(key);
            }
        }
    }

    /// Forgets the keys stored at or before this time, unless a request is under way.
    pub(crate) fn forget(&mut self, until_unix_ms: i64) {
        while let Some((at_unix_ms, key)) = self.by_age.front() {
            if *at_unix_ms > until_unix_ms {
                break;
            }
            // A key can have been stored anew since.
            let old = self.slots.get(key).is_some_and(|slot| {
                slot.stored.as_ref().is_some_and(|stored| stored.at_unix_ms <= until_unix_ms)
            });
            if old && self.slots.get(key).is_some_and(|slot| slot.busy) {
                break;
            }
            if old {
                self.slots.remove(key);
            }
            self.by_age.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    fn keyed(key: &str, path: &str) -> Keyed {
        Keyed { key: key.into(), fingerprint: Fingerprint::of(path, &[("", ""); 0]) }
    }

    #[test]
    fn a_key_goes_from_granted_to_replay_to_forgotten() {
        let (mut keys, one) = (Keys::default(), keyed("k", "/a"));
        assert!(matches!(keys.claim(&one, 0), Claim::Granted));
        assert!(matches!(keys.claim(&one, 0), Claim::InUse));
        keys.store(&one, 5, Problem::injected().into());
        assert!(matches!(keys.claim(&one, 4), Claim::InUse));
        keys.release(&one.key);
        assert!(matches!(keys.claim(&one, 4), Claim::Replay(_)));
        assert!(matches!(keys.claim(&keyed("k", "/b"), 4), Claim::Reused));
        assert!(matches!(keys.claim(&one, 5), Claim::Granted));
    }

    #[test]
    fn a_request_that_did_nothing_frees_its_key() {
        let (mut keys, one) = (Keys::default(), keyed("k", "/a"));
        assert!(matches!(keys.claim(&one, 0), Claim::Granted));
        keys.release(&one.key);
        assert!(matches!(keys.claim(&keyed("k", "/b"), 0), Claim::Granted));
    }
}
