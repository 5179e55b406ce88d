//! The number by which people call an order.

use std::{fmt, num::NonZeroU32, str::FromStr};

/// The number of an order: counted from 1 per restaurant and business day. Numbers may have gaps;
/// they number no invoices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderNumber(NonZeroU32);

/// A value that is no order number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an order number: a whole number from 1")]
pub struct NoOrderNumber;

impl OrderNumber {
    /// The number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl TryFrom<i64> for OrderNumber {
    type Error = NoOrderNumber;

    fn try_from(number: i64) -> Result<Self, NoOrderNumber> {
        let number = u32::try_from(number).ok().and_then(NonZeroU32::new);
        number.map(Self).ok_or(NoOrderNumber)
    }
}

impl FromStr for OrderNumber {
    type Err = NoOrderNumber;

    fn from_str(text: &str) -> Result<Self, NoOrderNumber> {
        let is_plain = text.bytes().all(|c| c.is_ascii_digit());
        let number = is_plain.then(|| text.parse().ok()).flatten();
        number.map(Self).ok_or(NoOrderNumber)
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_begin_at_one() {
        assert_eq!(OrderNumber::try_from(42).unwrap().to_string(), "42");
        assert_eq!("42".parse(), OrderNumber::try_from(42));
        for bad in [0, -1, i64::from(u32::MAX) + 1] {
            assert_eq!(OrderNumber::try_from(bad), Err(NoOrderNumber), "{bad}");
        }
        for bad in ["", "0", "-1", "+1", " 1", "1.0", "4294967296"] {
            assert_eq!(bad.parse::<OrderNumber>(), Err(NoOrderNumber), "{bad}");
        }
    }
}
