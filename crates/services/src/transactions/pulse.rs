//! Whether the gateway answers at all.

use std::sync::atomic::{AtomicU32, Ordering};

use domain::ports::GatewayError;

/// So many failures in a row are no accident: with one call in five failing, that is one in ten
/// billion.
const AWAY_AFTER: u32 = 15;

/// Counts what fails in a row. One charge that fails waits by itself; when everything fails, all
/// orders wait where they are, and nothing is parked.
#[derive(Debug, Default)]
pub(super) struct Pulse(AtomicU32);

impl Pulse {
    /// Notes how a call ended, and passes it on.
    pub(super) fn note<T>(&self, ended: Result<T, GatewayError>) -> Result<T, GatewayError> {
        match &ended {
            Err(GatewayError::Unknown(_)) => {
                // Stays where it is long before it could begin anew.
                let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |failures| {
                    Some(failures.saturating_add(1))
                });
            }
            Ok(_) | Err(GatewayError::Refused(_)) => self.0.store(0, Ordering::Relaxed),
        }
        ended
    }

    /// True if nothing has been answered lately.
    pub(super) fn is_away(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= AWAY_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_answer_brings_it_back() {
        let pulse = Pulse::default();
        let lost = || Err::<(), _>(GatewayError::Unknown("reset".into()));
        for _ in 0..AWAY_AFTER {
            assert!(!pulse.is_away());
            assert!(pulse.note(lost()).is_err());
        }
        assert!(pulse.is_away());
        assert!(pulse.note(Ok(())).is_ok());
        assert!(!pulse.is_away());
    }
}
