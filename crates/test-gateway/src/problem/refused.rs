//! Refusals with Stripe's codes and messages.

use super::Problem;
use crate::model::{IntentId, Refusal, TokenId, TokenRefusal};

impl Problem {
    /// The error of a refusal.
    pub(crate) fn refused(intent: IntentId, refusal: Refusal) -> Self {
        match refusal {
            Refusal::NothingPaid => Self::invalid(format!(
                "The PaymentIntent {intent} does not have a successful charge to refund.",
            ))
            .param("payment_intent"),
            Refusal::Disputed { charge } => Self::invalid(format!(
                "Charge {charge} has been charged back; cannot issue a refund.",
            ))
            .code("charge_disputed"),
            Refusal::DisputeTooLarge => {
                Self::invalid("The dispute is larger than what was captured.").param("amount")
            }
            Refusal::AlreadyRefunded { charge } => {
                Self::invalid(format!("Charge {charge} has already been refunded."))
                    .code("charge_already_refunded")
            }
            Refusal::RefundTooLarge { requested_minor, left_minor } => Self::invalid(format!(
                "Refund amount ({requested_minor}) is greater than unrefunded amount on charge \
                 ({left_minor})",
            ))
            .param("amount"),
            Refusal::CaptureTooLarge => Self::invalid(
                "The payment could not be captured because the requested capture amount is \
                 greater than the amount you can capture for this charge.",
            )
            .code("amount_too_large")
            .param("amount_to_capture")
            .with_intent(intent),
            _ => Self::invalid(unexpected_state(refusal))
                .code("payment_intent_unexpected_state")
                .with_intent(intent),
        }
    }
}

impl Problem {
    /// The error of a token that cannot confirm an intent.
    pub(crate) fn refused_token(token: TokenId, refusal: TokenRefusal) -> Self {
        match refusal {
            TokenRefusal::AlreadyUsed => Self::invalid(format!(
                "The confirmation token provided ({token}) has already been used. You must create \
                 a new token before you can retry this request."
            ))
            .code("token_already_used")
            .param("confirmation_token"),
            TokenRefusal::Expired => Self::invalid(format!(
                "The confirmation token provided ({token}) has expired. You must create a new \
                 token before you can retry this request."
            ))
            .param("confirmation_token"),
            TokenRefusal::Mismatch { param, provided, expected } => Self::invalid(format!(
                "The provided {param} ({provided}) does not match the expected {param} \
                 ({expected}). Try confirming with a Payment Intent that is configured to use the \
                 same parameters as Stripe Elements."
            )),
        }
    }
}

/// The message of a refusal that is due to the state of the intent.
fn unexpected_state(refusal: Refusal) -> String {
    let text = match refusal {
        Refusal::NoPaymentMethod => {
            "You cannot confirm this PaymentIntent because it's missing a payment method."
        }
        Refusal::ConfirmAfterAuthorization => {
            "You cannot confirm this PaymentIntent because it has a status of requires_capture. \
             Only a PaymentIntent with one of the following statuses may be confirmed: \
             requires_confirmation, requires_action."
        }
        Refusal::ConfirmAfterSuccess => {
            "You cannot confirm this PaymentIntent because it has already succeeded after being \
             previously confirmed."
        }
        Refusal::ConfirmAfterCancel => {
            "You cannot confirm this PaymentIntent because it has been canceled."
        }
        Refusal::CannotCancel => {
            "You cannot cancel this PaymentIntent because it has already succeeded or been \
             canceled."
        }
        Refusal::AlreadyCaptured => {
            "This PaymentIntent could not be captured because it has already been captured."
        }
        Refusal::CannotCapture { status } => {
            return format!(
                "This PaymentIntent could not be captured because it has a status of {status}. \
                 Only a PaymentIntent with one of the following statuses may be captured: \
                 requires_capture."
            );
        }
        Refusal::ChallengeOver => "This authentication is over.",
        _ => "The state of this PaymentIntent does not allow it.",
    };
    text.to_owned()
}
