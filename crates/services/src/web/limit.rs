//! Rate limits by address. Staff tokens are exempt; forwarded addresses are never believed, since
//! no proxy is configured.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};

use super::problem::Problem;

/// So many requests a minute from one address, all at once if they like.
#[derive(Clone)]
pub struct Limit(Option<Arc<DefaultKeyedRateLimiter<IpAddr>>>);

impl Limit {
    /// A limit of `per_minute`; 0 for none.
    pub fn per_minute(per_minute: u32) -> Self {
        let quota = NonZeroU32::new(per_minute).map(Quota::per_minute);
        Self(quota.map(|quota| Arc::new(RateLimiter::keyed(quota))))
    }

    /// Counts a request of `address`, or says when to come again.
    pub fn check(&self, address: IpAddr) -> Result<(), Problem> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        limiter.check_key(&address).map_err(|until| {
            let wait = until.wait_time_from(governor::clock::DefaultClock::default().now());
            Problem::too_many(u32::try_from(wait.as_secs()).unwrap_or(60).saturating_add(1))
        })
    }

    /// Forgets addresses that have not asked for a while.
    pub fn forget_old(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_one_waits() {
        let limit = Limit::per_minute(2);
        let (ada, bob) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        assert!(limit.check(ada).is_ok() && limit.check(ada).is_ok());
        assert_eq!(limit.check(ada).unwrap_err().kind, "too-many-requests");
        assert!(limit.check(bob).is_ok());
        assert!(Limit::per_minute(0).check(ada).is_ok());
    }
}
