//! Why an order was not charged.

use crate::names::names;

names! {
    /// Why an order was not charged.
    DeclineReason, UnknownDeclineReason "is not a decline reason" {
        /// The bank declined the card.
        CardDeclined "card_declined",
        /// The bank reports insufficient funds.
        InsufficientFunds "insufficient_funds",
        /// The bank requires authentication, and the gateway offers none for this card.
        AuthenticationRequired "authentication_required",
        /// The customer did not pass the authentication of the bank.
        AuthenticationFailed "authentication_failed",
        /// The customer did not finish the authentication in time.
        AuthenticationTimeout "authentication_timeout",
        /// The gateway does not know the payment method.
        InvalidPaymentMethod "invalid_payment_method",
        /// A dish ran out before the payment.
        OutOfStock "out_of_stock",
        /// The payment stayed undecided for too long.
        PaymentTimeout "payment_timeout",
        /// Cancelled before it was charged.
        Cancelled "cancelled",
        /// An order priced by a foreign writer does not match the menu.
        NotVerified "not_verified",
        /// A reason of a later release. It is decoded, never written.
        Other "other",
    }
}
