//! Digests of requests: they tell a repeated request from another one under the same key.

use domain::payment_method::{MethodKind, PaymentMethod};
use web::secret::digest;

use super::body::OrderBody;

/// The digest of a request for an order.
///
/// The same order paid with another card is the same request: a page makes a new token for each
/// press of its button. So the digest has `card` in place of a token, and `cash` for cash. It keeps
/// the text `pm_…`, since earlier releases in the fleet compare with that, and is then compared as
/// if this request named the card of the stored one.
#[derive(Clone, Debug)]
pub(super) struct RequestDigest {
    body: OrderBody,
    kind: MethodKind,
    text: String,
}

impl RequestDigest {
    /// The digest of a request with this payment method.
    pub(super) fn new(body: OrderBody, method: &PaymentMethod) -> Self {
        let kind = method.kind();
        let body = match method {
            PaymentMethod::Card(_) => body,
            PaymentMethod::Token(_) | PaymentMethod::Cash => body.paid_with(kind.name()),
        };
        Self { kind, text: digest_body(&body), body }
    }

    /// The text, as it is stored with the order.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// True if the request that has placed an order is the same as this one. `stored` is its
    /// digest, and `method` the payment method of the order.
    pub(super) fn is_of(&self, stored: &str, method: &PaymentMethod) -> bool {
        let with = |text: &str| digest_body(&self.body.clone().paid_with(text));
        let is_same = || stored == with(self.kind.name()) || stored == with(method.as_str());
        stored == self.text || (method.kind() == self.kind && is_same())
    }
}

/// The digest of the body in canonical form: fields in declaration order, no white space.
fn digest_body(body: &OrderBody) -> String {
    // Plain structs with text keys always serialise.
    digest(&serde_json::to_vec(body).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn digest_of(method: &str, tip_minor: i64) -> RequestDigest {
        let body = json!({
            "restaurant_id": "r", "customer": {"name": "Ada", "email": "ada@example.com"},
            "fulfilment": {"kind": "pickup"}, "lines": [], "payment_method": method,
            "tip_minor": tip_minor,
        });
        RequestDigest::new(serde_json::from_value(body).unwrap(), &method.parse().unwrap())
    }

    #[test]
    fn another_card_is_the_same_request_and_cash_is_another_one() {
        let cards = ["pm_card_visa", "pm_card_mastercard", "ctoken_1", "ctoken_2"];
        for first in cards {
            let (stored, method) = (digest_of(first, 0), first.parse().unwrap());
            let is_of = |again: &str, tip| digest_of(again, tip).is_of(stored.as_str(), &method);
            for again in cards {
                assert!(is_of(again, 0), "{first}, {again}");
                assert!(!is_of(again, 100), "{first}, {again}");
            }
            assert!(!is_of("cash", 0), "{first}");
        }
        assert!(digest_of("cash", 0).is_of(digest_of("cash", 0).as_str(), &PaymentMethod::Cash));
    }

    #[test]
    fn a_digest_has_no_token() {
        assert_eq!(digest_of("ctoken_1", 0).as_str(), digest_of("ctoken_2", 0).as_str());
        assert!(!format!("{:?}", digest_of("ctoken_secret", 0)).contains("secret"));
    }

    /// The digest of this request by a release that knew cards alone.
    #[test]
    fn digests_of_cards_stay_as_they_were() {
        let known = "b28f8b6f01ce83cfd58eca4513e3486b3ad032d2281c0bb182462c518e2dfd65";
        assert_eq!(digest_of("pm_card_visa", 0).as_str(), known);
    }
}
