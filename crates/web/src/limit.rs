//! Rate limits by address or account. Staff tokens are exempt; forwarded addresses count only from
//! trusted proxies.

use std::{hash::Hash, num::NonZeroU32, sync::Arc};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};

use super::{client_address::ClientAddress, problem::Problem};

/// A rate limit per key, by default per client address.
#[derive(Clone)]
pub struct Limit<K: Clone + Eq + Hash = ClientAddress>(Option<Arc<DefaultKeyedRateLimiter<K>>>);

impl<K: Clone + Eq + Hash> Limit<K> {
    /// Allows `per_minute` requests, also in a burst; 0 for no limit.
    pub fn per_minute(per_minute: u32) -> Self {
        let quota = NonZeroU32::new(per_minute).map(Quota::per_minute);
        Self(quota.map(|quota| Arc::new(RateLimiter::keyed(quota))))
    }

    /// Allows a burst, and one more request each minute.
    pub fn burst_then_one_a_minute(burst: u32) -> Self {
        let burst = NonZeroU32::new(burst);
        let quota = burst.map(|burst| Quota::per_minute(NonZeroU32::MIN).allow_burst(burst));
        Self(quota.map(|quota| Arc::new(RateLimiter::keyed(quota))))
    }

    /// Counts a request of `key`, or refuses it with the time to wait.
    pub fn check(&self, key: impl Into<K>) -> Result<(), Problem> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check_key(&key.into()).map_err(|until| {
            let wait = until.wait_time_from(governor::clock::DefaultClock::default().now());
            Problem::too_many(u32::try_from(wait.as_secs()).unwrap_or(60).saturating_add(1))
        })
    }

    /// Removes keys without recent requests.
    pub fn forget_old(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn a_burst_is_followed_by_one_a_minute() {
        let limit: Limit<String> = Limit::burst_then_one_a_minute(3);
        let tries = (0..9).filter(|_| limit.check("ada@example.com".to_owned()).is_ok()).count();
        assert_eq!(tries, 3);
        assert!(limit.check("ada@example.com".to_owned()).unwrap_err().retry_after_s > Some(30));
        assert!(limit.check("bob@example.com".to_owned()).is_ok());
    }

    #[test]
    fn requests_beyond_the_limit_are_refused() {
        let limit: Limit = Limit::per_minute(2);
        let (ada, bob) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        assert!(limit.check(ada).is_ok() && limit.check(ada).is_ok());
        assert_eq!(limit.check(ada).unwrap_err().kind, "too-many-requests");
        assert!(limit.check(bob).is_ok());
        assert!(Limit::<ClientAddress>::per_minute(0).check(ada).is_ok());
    }
}
