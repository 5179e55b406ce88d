//! Idempotency keys and their stored replies.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use super::{Fingerprint, IdempotencyKey, Reply};

/// All unexpired keys.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    slots: HashMap<Arc<str>, Slot>,
    /// Stored keys, oldest first.
    by_age: VecDeque<(i64, Arc<str>)>,
}

#[derive(Debug)]
struct Slot {
    fingerprint: Fingerprint,
    /// Whether a request with this key is in progress.
    is_in_use: bool,
    stored: Option<StoredReply>,
}

#[derive(Debug)]
struct StoredReply {
    at_unix_ms: i64,
    reply: Reply,
}

/// Outcome of claiming a key for a request.
#[derive(Debug)]
pub(crate) enum Claim {
    /// The request may proceed; the caller must `release` the key in any case.
    Granted,
    /// The stored reply, to be repeated.
    Replay(Reply),
    /// Another request with this key is in progress.
    InUse,
    /// The key was used for a different request.
    Reused,
}

impl Keys {
    /// Claims a key, after removing those stored at or before `expired_unix_ms`.
    pub(crate) fn claim(&mut self, key: &IdempotencyKey, expired_unix_ms: i64) -> Claim {
        self.remove_expired(expired_unix_ms);
        let Some(slot) = self.slots.get(&key.key) else {
            let slot = Slot { fingerprint: key.fingerprint, is_in_use: true, stored: None };
            self.slots.insert(key.key.clone(), slot);
            return Claim::Granted;
        };
        match &slot.stored {
            _ if slot.fingerprint != key.fingerprint => Claim::Reused,
            _ if slot.is_in_use => Claim::InUse,
            Some(stored) => Claim::Replay(stored.reply.clone()),
            None => Claim::InUse,
        }
    }

    /// Stores a reply. A key in use remains so until it is released.
    pub(crate) fn store(&mut self, key: &IdempotencyKey, at_unix_ms: i64, reply: Reply) {
        let IdempotencyKey { key, fingerprint } = key.clone();
        self.by_age.push_back((at_unix_ms, key.clone()));
        let slot =
            self.slots.entry(key).or_insert(Slot { fingerprint, is_in_use: false, stored: None });
        slot.fingerprint = fingerprint;
        slot.stored = Some(StoredReply { at_unix_ms, reply });
    }

    /// Releases a claimed key. Without a stored reply, the key is free again.
    pub(crate) fn release(&mut self, key: &Arc<str>) {
        if let Some(slot) = self.slots.get_mut(key) {
            slot.is_in_use = false;
            if slot.stored.is_none() {
                self.slots.remove(key);
            }
        }
    }

    /// Removes the keys stored at or before this time, unless they are in use.
    pub(crate) fn remove_expired(&mut self, until_unix_ms: i64) {
        while let Some((at_unix_ms, key)) = self.by_age.front() {
            if *at_unix_ms > until_unix_ms {
                break;
            }
            // The key may have been stored again since.
            let is_expired = self.slots.get(key).is_some_and(|slot| {
                slot.stored.as_ref().is_some_and(|stored| stored.at_unix_ms <= until_unix_ms)
            });
            if is_expired && self.slots.get(key).is_some_and(|slot| slot.is_in_use) {
                break;
            }
            if is_expired {
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

    fn key(key: &str, path: &str) -> IdempotencyKey {
        IdempotencyKey { key: key.into(), fingerprint: Fingerprint::of(path, &[("", ""); 0]) }
    }

    #[test]
    fn a_key_is_granted_then_replayed_then_expired() {
        let (mut keys, one) = (Keys::default(), key("k", "/a"));
        assert!(matches!(keys.claim(&one, 0), Claim::Granted));
        assert!(matches!(keys.claim(&one, 0), Claim::InUse));
        keys.store(&one, 5, Problem::injected().into());
        assert!(matches!(keys.claim(&one, 4), Claim::InUse));
        keys.release(&one.key);
        assert!(matches!(keys.claim(&one, 4), Claim::Replay(_)));
        assert!(matches!(keys.claim(&key("k", "/b"), 4), Claim::Reused));
        assert!(matches!(keys.claim(&one, 5), Claim::Granted));
    }

    #[test]
    fn a_request_without_a_stored_reply_frees_its_key() {
        let (mut keys, one) = (Keys::default(), key("k", "/a"));
        assert!(matches!(keys.claim(&one, 0), Claim::Granted));
        keys.release(&one.key);
        assert!(matches!(keys.claim(&key("k", "/b"), 0), Claim::Granted));
    }
}
