//! Errors about idempotency keys.

use super::{Kind, Problem};

impl Problem {
    /// A request with this idempotency key is in progress.
    pub(crate) fn key_in_use(key: &str) -> Self {
        Self::new(
        Kind::KeyInUse,
        format!(
            "There is currently another in-progress request using this Idempotency Key ({key}). \
             Please try again later."
        ),
    )
    .code("idempotency_key_in_use")
    }

    /// The idempotency key was used for a different request.
    pub(crate) fn key_reused(key: &str) -> Self {
        Self::new(
            Kind::KeyReused,
            format!(
                "Keys for idempotent requests can only be used with the same parameters they were \
             first used with. Try using a key other than '{key}' if you meant to execute a \
             different request."
            ),
        )
    }
}
