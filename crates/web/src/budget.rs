//! Tries that are left to somebody, of which failures are taken and successes given back.

use std::{collections::HashMap, hash::Hash};

use parking_lot::Mutex;

use jiff::{SignedDuration, Timestamp};

/// Most keys that are remembered. Beyond them the one that has spent least is forgotten first, so
/// that inventing keys frees nobody who has spent a lot.
const REMEMBERED: usize = 10_000;

/// So many at once of each key, and one more each time that a while has passed.
#[derive(Debug)]
pub struct Budget<K> {
    at_once: i32,
    one_more_after: SignedDuration,
    /// When all of a key's tries are back.
    whole_at: Mutex<HashMap<K, Timestamp>>,
}

/// There is none left; one is back after so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Seconds until there is one again, at least 1.
    pub again_after_s: u32,
}

impl<K: Clone + Eq + Hash> Budget<K> {
    /// `at_once` of each key, and one more after each such time.
    pub fn new(at_once: i32, one_more_after: SignedDuration) -> Self {
        Self { at_once, one_more_after, whole_at: Mutex::default() }
    }

    /// Takes one.
    pub fn take(&self, key: &K, now: Timestamp) -> Result<(), Spent> {
        let mut whole_at = self.lock();
        let whole = whole_at.get(key).copied().map_or(now, |at| at.max(now));
        self.look(whole, now)?;
        if !whole_at.contains_key(key) {
            make_room(&mut whole_at, now);
        }
        whole_at.insert(key.clone(), whole.saturating_add(self.one_more_after).unwrap_or(whole));
        Ok(())
    }

    /// Whether there is one to take.
    pub fn check(&self, key: &K, now: Timestamp) -> Result<(), Spent> {
        let whole = self.lock().get(key).copied().unwrap_or(now);
        self.look(whole.max(now), now)
    }

    /// Gives one back.
    pub fn give_back(&self, key: &K) {
        if let Some(at) = self.lock().get_mut(key) {
            *at = at.saturating_sub(self.one_more_after).unwrap_or(*at);
        }
    }

    /// Forgets keys that have all their tries.
    pub fn forget_old(&self, now: Timestamp) {
        self.lock().retain(|_, at| *at > now);
    }

    fn look(&self, whole: Timestamp, now: Timestamp) -> Result<(), Spent> {
        let after = whole.duration_since(now) + self.one_more_after;
        let over = after - self.one_more_after * self.at_once;
        if !over.is_positive() {
            return Ok(());
        }
        let seconds = u32::try_from(over.as_secs()).unwrap_or(u32::MAX);
        Err(Spent { again_after_s: seconds.saturating_add(1) })
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, HashMap<K, Timestamp>> {
        self.whole_at.lock()
    }
}

fn make_room<K: Clone + Eq + Hash>(whole_at: &mut HashMap<K, Timestamp>, now: Timestamp) {
    if whole_at.len() < REMEMBERED {
        return;
    }
    whole_at.retain(|_, at| *at > now);
    if whole_at.len() >= REMEMBERED
        && let Some(least) = whole_at.iter().min_by_key(|(_, at)| **at).map(|(key, _)| key.clone())
    {
        whole_at.remove(&least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    #[test]
    fn tries_come_back_one_by_one_and_successes_at_once() {
        let (budget, start) = (Budget::new(3, MINUTE), Timestamp::UNIX_EPOCH);
        let taken = |key, now| (0..9).filter(|_| budget.take(&key, now).is_ok()).count();
        assert_eq!(taken("ada", start), 3);
        assert!(budget.check(&"ada", start).unwrap_err().again_after_s >= 60);
        assert_eq!(taken("bob", start), 3, "others have their own");
        budget.give_back(&"ada");
        assert_eq!(taken("ada", start), 1);
        assert_eq!(taken("ada", start + MINUTE * 2), 2);
        assert_eq!(taken("ada", start + MINUTE * 60), 3, "and no more than there were");
        budget.forget_old(start + MINUTE * 120);
        assert!(budget.lock().is_empty());
    }

    #[test]
    fn invented_keys_fill_no_memory_and_free_nobody() {
        let (budget, now) = (Budget::new(3, MINUTE), Timestamp::UNIX_EPOCH);
        while budget.take(&0, now).is_ok() {}
        for key in 1..=2 * REMEMBERED {
            assert!(budget.take(&key, now).is_ok());
        }
        assert_eq!(budget.lock().len(), REMEMBERED);
        assert!(budget.take(&0, now).is_err(), "who has spent all is still known");
    }
}
