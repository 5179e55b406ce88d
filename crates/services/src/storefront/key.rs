//! The key of an order: what makes the same wish the same order, and when it was made.

use std::borrow::Cow;

use domain::cart::CLOCKS_DIFFER;
use jiff::Timestamp;
use uuid::{NoContext, Uuid};

use web::Problem;
use web::secret::key_time_ms;

/// An idempotency key.
#[derive(Clone, Debug)]
pub(super) struct Key<'a> {
    /// What the order's id is derived from.
    pub(super) text: Cow<'a, str>,
    /// When it says that it was made, in milliseconds since 1970: keys of version 7 do.
    time_ms: Option<i64>,
}

impl<'a> Key<'a> {
    /// The key that a client of the API sent.
    pub(super) fn of_client(text: &'a str) -> Self {
        Self { text: text.into(), time_ms: key_time_ms(text) }
    }

    /// The key that the checkout's form was made with. No client's key is mistaken for it.
    pub(super) fn of_form(text: &str) -> Self {
        Self { text: format!("checkout {text}").into(), time_ms: key_time_ms(text) }
    }

    /// When it was made, if it says so. A key that is dated further ahead than clocks differ is
    /// refused: whether it was used before does not follow from when it was made.
    pub(super) fn made_at(&self, now: Timestamp) -> Result<Option<Timestamp>, Problem> {
        let Some(ms) = self.time_ms else { return Ok(None) };
        // Beyond what a time can be is ahead, too.
        let at = Timestamp::from_millisecond(ms).map_err(|_| Problem::key_ahead())?;
        match at.duration_since(now) > CLOCKS_DIFFER {
            true => Err(Problem::key_ahead()),
            false => Ok(Some(at)),
        }
    }
}

/// A key for a form that is shown now.
pub(super) fn new_key(now: Timestamp) -> String {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanoseconds)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_version_7_says_when_it_was_made() {
        let now: Timestamp = "2026-11-30T01:00:00.123Z".parse().unwrap();
        let key = new_key(now);
        assert_eq!(Key::of_client(&key).made_at(now), Ok(Some(now)));
        assert_eq!(Key::of_form(&key).made_at(now), Ok(Some(now)));
        assert_eq!(Key::of_client(&key).made_at(now - CLOCKS_DIFFER), Ok(Some(now)));
        let early = now - CLOCKS_DIFFER - jiff::SignedDuration::from_millis(1);
        assert_eq!(Key::of_client(&key).made_at(early).unwrap_err().kind, "key-ahead");
        let never = "ffffffff-ffff-7fff-bfff-ffffffffffff";
        assert_eq!(Key::of_client(never).made_at(now).unwrap_err().kind, "key-ahead");
        for other in ["k1", "0199b1b4-0000-4000-8000-000000000001"] {
            assert_eq!(Key::of_client(other).made_at(now), Ok(None));
        }
    }
}
