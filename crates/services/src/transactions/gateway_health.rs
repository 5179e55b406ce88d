//! Whether the payment gateway is available.

use std::sync::atomic::{AtomicU32, Ordering};

use domain::ports::GatewayError;

/// Consecutive failures after which the gateway counts as unavailable. If one call in five fails,
/// the probability of 15 in a row is three in a hundred billion.
const UNAVAILABLE_AFTER: u32 = 15;

/// Counts consecutive failures. A single failed charge goes to a retry topic; while the gateway is
/// unavailable, all orders wait in place.
#[derive(Debug, Default)]
pub(super) struct GatewayHealth(AtomicU32);

impl GatewayHealth {
    /// Records the result of a call and returns it.
    pub(super) fn record<T>(&self, result: Result<T, GatewayError>) -> Result<T, GatewayError> {
        match &result {
            Err(GatewayError::Unknown(_)) => {
                // Saturates instead of wrapping around.
                let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |failures| {
                    Some(failures.saturating_add(1))
                });
            }
            Ok(_) | Err(GatewayError::Refused(_)) => self.0.store(0, Ordering::Relaxed),
        }
        result
    }

    /// True after [`UNAVAILABLE_AFTER`] consecutive failures.
    pub(super) fn is_unavailable(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= UNAVAILABLE_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_answer_makes_it_available() {
        let health = GatewayHealth::default();
        let lost = || Err::<(), _>(GatewayError::Unknown("reset".into()));
        for _ in 0..UNAVAILABLE_AFTER {
            assert!(!health.is_unavailable());
            assert!(health.record(lost()).is_err());
        }
        assert!(health.is_unavailable());
        assert!(health.record(Ok(())).is_ok());
        assert!(!health.is_unavailable());
    }
}
