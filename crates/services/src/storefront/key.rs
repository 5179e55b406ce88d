//! Idempotency keys of orders.

use std::borrow::Cow;

use domain::cart::CLOCKS_DIFFER;
use jiff::{SignedDuration, Timestamp};
use uuid::{NoContext, Uuid};
use web::{Problem, secret::key_time_ms};

/// An idempotency key.
#[derive(Clone, Debug)]
pub(super) struct Key<'a> {
    /// The text that the order's id is derived from.
    pub(super) text: Cow<'a, str>,
    /// Creation time in milliseconds since 1970, of keys that are UUIDs of version 7.
    time_ms: Option<i64>,
}

impl<'a> Key<'a> {
    /// The key of an API client.
    pub(super) fn of_client(text: &'a str) -> Self {
        Self { text: text.into(), time_ms: key_time_ms(text) }
    }

    /// The key of a checkout form. The prefix keeps it apart from the keys of API clients.
    pub(super) fn of_form(text: &str) -> Self {
        Self { text: format!("checkout {text}").into(), time_ms: key_time_ms(text) }
    }

    /// The creation time, if the key has one. A key from further in the future than clocks may
    /// differ is refused: its time does not tell whether it was used before.
    pub(super) fn made_at(&self, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
        let Some(ms) = self.time_ms else { return Ok(None) };
        // A time out of range is in the future, too.
        let at = Timestamp::from_millisecond(ms).map_err(|_| Problem::key_ahead())?;
        match at.duration_since(now) > CLOCKS_DIFFER {
            true => Err(Problem::key_ahead()),
            false => Ok(Some(at)),
        }
    }
}

/// Lifetime of an unused key of a cart. Later, the same cart is more likely another order than a
/// lost answer, and orders of longer ago are not in memory ([`super::RecentOrders`]).
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);

/// True for a key of a form that was made less than [`LIFETIME`] ago.
pub(super) fn is_young(key: &str, now: Timestamp) -> bool {
    let made_at = Key::of_form(key).made_at(now).ok().flatten();
    made_at.is_some_and(|at| now.duration_since(at) < LIFETIME)
}

/// A key for a new form.
pub(super) fn new_key(now: Timestamp) -> String {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanoseconds)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_version_7_has_its_creation_time() {
        let now: Timestamp = "2026-11-30T01:00:00.123Z".parse().unwrap();
        let key = new_key(now);
        assert_eq!(Key::of_client(&key).made_at(now), Ok(Some(now)));
        assert_eq!(Key::of_form(&key).made_at(now), Ok(Some(now)));
        assert_eq!(Key::of_client(&key).made_at(now - CLOCKS_DIFFER), Ok(Some(now)));
        let early = now - CLOCKS_DIFFER - jiff::SignedDuration::from_millis(1);
        assert_eq!(Key::of_client(&key).made_at(early).unwrap_err().kind, "key-ahead");
        let never = "ffffffff-ffff-7fff-bfff-ffffffffffff";
        assert_eq!(Key::of_client(never).made_at(now).unwrap_err().kind, "key-ahead");
        assert!(is_young(&key, now) && is_young(&key, now + LIFETIME / 2));
        assert!(!is_young(&key, now + LIFETIME) && !is_young("k1", now));
        for other in ["k1", "0199b1b4-0000-4000-8000-000000000001"] {
            assert_eq!(Key::of_client(other).made_at(now), Ok(None));
        }
    }
}
