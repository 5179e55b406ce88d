//! Numbers of Stripe's test cards. They belong to no account.

/// The number of a test card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CardNumber(pub(super) &'static str);

impl CardNumber {
    #[cfg(test)]
    pub(crate) const fn digits(self) -> &'static str {
        self.0
    }

    /// The last four digits.
    pub(crate) fn last4(self) -> &'static str {
        self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default()
    }

    /// The network, which follows from the first digits.
    pub(crate) fn brand(self) -> &'static str {
        match self.0.as_bytes() {
            [b'4', ..] => "visa",
            [b'5', ..] => "mastercard",
            [b'3', b'4' | b'7', ..] => "amex",
            [b'3', b'5', ..] => "jcb",
            [b'3', ..] => "diners",
            [b'6', b'2', ..] => "unionpay",
            [b'6', ..] => "discover",
            _ => "unknown",
        }
    }

    /// Whether it is a debit card.
    pub(crate) fn funding(self) -> &'static str {
        match self.0 {
            "4000056655665556" | "5200828282828210" => "debit",
            _ => "credit",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Method;

    #[test]
    fn brand_and_funding_are_those_of_the_token() {
        for (method, expected) in [
            (Method::Visa, ("visa", "credit", "4242")),
            (Method::VisaDebit, ("visa", "debit", "5556")),
            (Method::Mastercard, ("mastercard", "credit", "4444")),
            (Method::MastercardDebit, ("mastercard", "debit", "8210")),
            (Method::Amex, ("amex", "credit", "0005")),
            (Method::Discover, ("discover", "credit", "1117")),
            (Method::Diners, ("diners", "credit", "0004")),
            (Method::Jcb, ("jcb", "credit", "0505")),
            (Method::Unionpay, ("unionpay", "credit", "0005")),
        ] {
            let card = method.card_number();
            assert_eq!((card.brand(), card.funding(), card.last4()), expected);
        }
    }
}
