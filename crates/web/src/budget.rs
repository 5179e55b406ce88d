//! Budgets of tries for keys such as addresses: failures spend tries, successes return them.

use std::{collections::HashMap, hash::Hash};

use parking_lot::Mutex;

use jiff::{SignedDuration, Timestamp};

/// Maximum number of keys. Beyond it, the key that has spent least is removed first, so that
/// invented keys do not restore the budget of another.
const MAX_KEYS: usize = 10_000;

/// A budget for each key: a burst, and one more try per interval.
#[derive(Debug)]
pub struct Budget<K> {
    burst: i32,
    interval: SignedDuration,
    /// When the budget of a key is full again.
    full_at: Mutex<HashMap<K, Timestamp>>,
}

/// The budget is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Seconds until the next try, at least 1.
    pub again_after_s: u32,
}

impl<K: Clone + Eq + Hash> Budget<K> {
    /// A budget of `burst` tries for each key, and one more per `interval`.
    pub fn new(burst: i32, interval: SignedDuration) -> Self {
        Self { burst, interval, full_at: Mutex::default() }
    }

    /// Takes a try.
    pub fn take(&self, key: &K, now: Timestamp) -> Result<(), Spent> {
        let mut full_at = self.lock();
        let full = full_at.get(key).copied().map_or(now, |at| at.max(now));
        self.check_full_at(full, now)?;
        if !full_at.contains_key(key) {
            make_room(&mut full_at, now);
        }
        full_at.insert(key.clone(), full.saturating_add(self.interval).unwrap_or(full));
        Ok(())
    }

    /// Checks that a try is left without taking it.
    pub fn check(&self, key: &K, now: Timestamp) -> Result<(), Spent> {
        let full = self.lock().get(key).copied().unwrap_or(now);
        self.check_full_at(full.max(now), now)
    }

    /// Gives a try back.
    pub fn give_back(&self, key: &K) {
        if let Some(at) = self.lock().get_mut(key) {
            *at = at.saturating_sub(self.interval).unwrap_or(*at);
        }
    }

    /// Removes keys with a full budget.
    pub fn forget_old(&self, now: Timestamp) {
        self.lock().retain(|_, at| *at > now);
    }

    fn check_full_at(&self, full: Timestamp, now: Timestamp) -> Result<(), Spent> {
        let after = full.duration_since(now) + self.interval;
        let over = after - self.interval * self.burst;
        if !over.is_positive() {
            return Ok(());
        }
        let seconds = u32::try_from(over.as_secs()).unwrap_or(u32::MAX);
        Err(Spent { again_after_s: seconds.saturating_add(1) })
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, HashMap<K, Timestamp>> {
        self.full_at.lock()
    }
}

fn make_room<K: Clone + Eq + Hash>(full_at: &mut HashMap<K, Timestamp>, now: Timestamp) {
    if full_at.len() < MAX_KEYS {
        return;
    }
    full_at.retain(|_, at| *at > now);
    if full_at.len() >= MAX_KEYS
        && let Some(least) = full_at.iter().min_by_key(|(_, at)| **at).map(|(key, _)| key.clone())
    {
        full_at.remove(&least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: SignedDuration = SignedDuration::from_mins(1);

    #[test]
    fn tries_are_restored_one_by_one_and_successes_at_once() {
        let (budget, start) = (Budget::new(3, MINUTE), Timestamp::UNIX_EPOCH);
        let taken = |key, now| (0..9).filter(|_| budget.take(&key, now).is_ok()).count();
        assert_eq!(taken("ada", start), 3);
        assert!(budget.check(&"ada", start).unwrap_err().again_after_s >= 60);
        assert_eq!(taken("bob", start), 3, "others have their own");
        budget.give_back(&"ada");
        assert_eq!(taken("ada", start), 1);
        assert_eq!(taken("ada", start + MINUTE * 2), 2);
        assert_eq!(taken("ada", start + MINUTE * 60), 3, "no more than the burst");
        budget.forget_old(start + MINUTE * 120);
        assert!(budget.lock().is_empty());
    }

    #[test]
    fn invented_keys_are_bounded_and_restore_no_budget() {
        let (budget, now) = (Budget::new(3, MINUTE), Timestamp::UNIX_EPOCH);
        while budget.take(&0, now).is_ok() {}
        for key in 1..=2 * MAX_KEYS {
            assert!(budget.take(&key, now).is_ok());
        }
        assert_eq!(budget.lock().len(), MAX_KEYS);
        assert!(budget.take(&0, now).is_err(), "a spent budget is kept");
    }
}
