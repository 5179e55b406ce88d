//! What pages need to take cards: the account at the payment gateway, and its script.

use domain::{money::Money, payment_method::CapturePoint};
use web::GatewayScript;

/// The fields of a card, in the gateway's own frames.
#[derive(Clone, Debug)]
pub struct CardField {
    /// The account, `pk_…`. Every customer may know it.
    pub publishable_key: String,
    /// The script.
    pub script: GatewayScript,
    /// When the money is captured, as the gateway calls it: what the payment says, too.
    pub capture_method: fn(CapturePoint) -> &'static str,
    /// An amount as the script takes it; `None` if the gateway has no such amount.
    pub script_amount: fn(Money) -> Option<i64>,
}
