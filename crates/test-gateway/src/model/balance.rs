//! Movements of the account's balance. They follow from the changes, so the journal does not store
//! them.

use super::{ChargeId, Currency, Dispute, DisputeId, Refund, RefundId, TransactionId};

/// Fee of a charge, in thousandths of its amount.
const CHARGE_FEE_PERMILLE: u64 = 15;
/// Fixed fee of a charge, in minor units.
const CHARGE_FEE_MINOR: u64 = 25;
/// Fee of a dispute, in minor units.
const DISPUTE_FEE_MINOR: u64 = 2_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Days until the money can be paid out.
const DELAY_DAYS: i64 = 2;

/// A movement of the balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BalanceTransaction {
    pub(crate) source: TransactionSource,
    /// Negative if money leaves the account.
    pub(crate) amount_minor: i64,
    pub(crate) fee_minor: i64,
    pub(crate) currency: Currency,
    pub(crate) created_unix_ms: i64,
}

/// What moved the balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionSource {
    Charge(ChargeId),
    Refund(RefundId),
    Dispute(DisputeId),
}

impl TransactionSource {
    pub(crate) fn id(self) -> String {
        match self {
            Self::Charge(id) => id.to_string(),
            Self::Refund(id) => id.to_string(),
            Self::Dispute(id) => id.to_string(),
        }
    }

    /// The id of its movement; each source has one.
    pub(crate) fn transaction(self) -> TransactionId {
        TransactionId::derived(&self.id())
    }

    /// Stripe's `type`.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Charge(_) => "charge",
            Self::Refund(_) => "refund",
            Self::Dispute(_) => "adjustment",
        }
    }

    /// Stripe's `reporting_category`.
    pub(crate) const fn category(self) -> &'static str {
        match self {
            Self::Charge(_) => "charge",
            Self::Refund(_) => "refund",
            Self::Dispute(_) => "dispute",
        }
    }
}

impl BalanceTransaction {
    pub(crate) fn of_charge(
        charge: ChargeId,
        captured_minor: u64,
        currency: Currency,
        created_unix_ms: i64,
    ) -> Self {
        // Half a minor unit is rounded up.
        let share = (captured_minor.saturating_mul(CHARGE_FEE_PERMILLE) + 500) / 1_000;
        Self {
            source: TransactionSource::Charge(charge),
            amount_minor: signed(captured_minor),
            fee_minor: signed(share + CHARGE_FEE_MINOR),
            currency,
            created_unix_ms,
        }
    }

    /// A refund costs nothing, but the fee of the charge is not returned.
    pub(crate) fn of_refund(refund: &Refund) -> Self {
        Self {
            source: TransactionSource::Refund(refund.id),
            amount_minor: -signed(refund.amount_minor.minor()),
            fee_minor: 0,
            currency: refund.currency,
            created_unix_ms: refund.created_unix_ms,
        }
    }

    pub(crate) fn of_dispute(dispute: &Dispute) -> Self {
        Self {
            source: TransactionSource::Dispute(dispute.id),
            amount_minor: -signed(dispute.amount_minor.minor()),
            fee_minor: signed(DISPUTE_FEE_MINOR),
            currency: dispute.currency,
            created_unix_ms: dispute.created_unix_ms,
        }
    }

    /// What the account gains; negative if it loses.
    pub(crate) const fn net_minor(&self) -> i64 {
        self.amount_minor - self.fee_minor
    }

    /// When the money can be paid out: at the start of a day.
    pub(crate) const fn available_unix_ms(&self) -> i64 {
        (self.created_unix_ms.div_euclid(DAY_MS) + DELAY_DAYS) * DAY_MS
    }
}

fn signed(minor: u64) -> i64 {
    i64::try_from(minor).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_rounded_half_up() {
        for (amount, fee) in [(1, 25), (33, 25), (34, 26), (100, 27), (1_000, 40), (2_450, 62)] {
            let currency = Currency::parse("eur").unwrap();
            let made = BalanceTransaction::of_charge(ChargeId::random(), amount, currency, 0);
            assert_eq!(made.fee_minor, fee, "{amount}");
            assert_eq!(made.net_minor(), signed(amount) - fee);
        }
    }
}
