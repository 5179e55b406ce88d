//! The movements of the account's balance, for the books of a day.

use domain::{
    books::{GatewayKind, GatewayMovement},
    ids::OrderId,
    money::Money,
    payment::IntentId,
    ports::GatewayError,
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    StripeGateway,
    amounts::{from_wire, listed_minor},
    call_metrics::Call,
    lists::ListItem,
    wire::{Intent, Metadata, decode, validate_id},
};

/// A movement of the balance. Its amounts are in the currency of the account.
#[derive(Deserialize)]
struct BalanceBody {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    reporting_category: String,
    amount: i64,
    fee: i64,
    currency: String,
    created: i64,
    source: Option<Source>,
}

impl ListItem for BalanceBody {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The charge, refund or dispute that moved the balance, in the customer's currency; or something
/// else.
#[derive(Deserialize)]
#[serde(untagged)]
enum Source {
    Customer(Customer),
    Else(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Customer {
    payment_intent: Option<String>,
    amount: i64,
    /// Of charges: a part may have been captured.
    amount_captured: Option<i64>,
    currency: String,
    #[serde(default)]
    metadata: Metadata,
}

/// A movement, and the intent to which it belongs if the order is not named.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    movement: GatewayMovement,
    intent: Option<IntentId>,
}

fn kind_of(body: &BalanceBody) -> GatewayKind {
    match (body.kind.as_str(), body.reporting_category.as_str()) {
        ("charge" | "payment", _) => GatewayKind::Sale,
        ("refund" | "payment_refund" | "refund_failure" | "payment_failure_refund", _) => {
            GatewayKind::Refund
        }
        (_, "dispute" | "dispute_reversal") => GatewayKind::Dispute,
        _ => GatewayKind::Other,
    }
}

fn found(body: BalanceBody) -> Result<Found, GatewayError> {
    let kind = kind_of(&body);
    let at = Timestamp::from_second(body.created)
        .map_err(|_| GatewayError::Unknown(format!("{} was created at no time", body.id)))?;
    let customer = match body.source {
        Some(Source::Customer(customer)) if kind != GatewayKind::Other => Some(customer),
        _ => None,
    };
    let order = customer.as_ref().and_then(|customer| order_of(&customer.metadata));
    let paid = customer.as_ref().and_then(|customer| paid(customer, body.amount));
    let intent = customer.and_then(|customer| customer.payment_intent);
    let movement = GatewayMovement {
        id: body.id,
        kind,
        category: match body.reporting_category.as_str() {
            "" => body.kind,
            category => category.to_owned(),
        },
        order,
        paid,
        at,
        balance_minor: listed_minor(body.amount, &body.currency),
        fee_minor: listed_minor(body.fee, &body.currency),
        balance_currency: body.currency.to_uppercase(),
    };
    Ok(Found { movement, intent: intent.map(validate_id).transpose()?.map(IntentId) })
}

fn order_of(metadata: &Metadata) -> Option<OrderId> {
    metadata.order_id.as_deref()?.parse().ok()
}

/// What the customer paid or got back. The movement's sign says which: objects have none.
fn paid(customer: &Customer, moved: i64) -> Option<Money> {
    let wire = customer.amount_captured.unwrap_or(customer.amount).checked_abs()?;
    let currency = customer.currency.to_uppercase().parse().ok()?;
    from_wire(if moved < 0 { -wire } else { wire }, currency)
}

impl StripeGateway {
    /// The movements of the balance that were created from `from` (inclusive) to `to` (exclusive),
    /// newest first. One account serves all restaurants: each movement of a customer's money names
    /// its order, by its own metadata or by that of its intent.
    pub async fn balance_movements(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<GatewayMovement>, GatewayError> {
        let (from, to) = (seconds_up(from).to_string(), seconds_up(to).to_string());
        let filter = [
            ("created[gte]", from.as_str()),
            ("created[lt]", to.as_str()),
            ("expand[]", "data.source"),
        ];
        let mut listed = Vec::new();
        let each = |body: BalanceBody| listed.push(found(body));
        self.list("/v1/balance_transactions", &filter, each).await?;
        let mut movements = Vec::with_capacity(listed.len());
        for found in listed {
            let Found { mut movement, intent } = found?;
            // Refunds from the dashboard and disputes have no metadata of ours.
            if let (None, Some(intent)) = (movement.order, intent) {
                movement.order = self.order_of_intent(&intent).await?;
            }
            movements.push(movement);
        }
        Ok(movements)
    }

    /// The order of an intent; `None` if it has none of ours.
    async fn order_of_intent(&self, intent: &IntentId) -> Result<Option<OrderId>, GatewayError> {
        let path = format!("/v1/payment_intents/{}", intent.0);
        match decode::<Intent>(self.get(Call::Retrieve, &path, &[]).await).await {
            Ok(intent) => Ok(order_of(&intent.metadata)),
            // Another program's, which this key does not show.
            Err(GatewayError::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whole seconds; a fraction counts as a second. The gateway has no fractions, so the boundary of a
/// day separates the same movements for both.
fn seconds_up(at: Timestamp) -> i64 {
    at.as_second() + i64::from(at.subsec_nanosecond() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Found {
        found(serde_json::from_str(json).unwrap()).unwrap()
    }

    const ORDER: &str = "0199b1b4-0000-7000-8000-000000000001";

    fn movement(kind: &str, category: &str, amount: i64, source: &str) -> Found {
        read(&format!(
            r#"{{"id":"txn_1","type":"{kind}","reporting_category":"{category}","amount":{amount},
            "fee":62,"currency":"eur","created":1790000000,"source":{source}}}"#
        ))
    }

    #[test]
    fn a_charge_is_what_the_customer_paid() {
        // Paid in forint, into a balance in euro.
        let charge = format!(
            r#"{{"object":"charge","amount":450000,"amount_captured":350000,"currency":"huf",
            "payment_intent":"pi_1","metadata":{{"order_id":"{ORDER}"}}}}"#
        );
        let Found { movement, intent } = movement("charge", "charge", 890, &charge);
        assert_eq!(movement.kind, GatewayKind::Sale);
        assert_eq!(movement.order, ORDER.parse().ok());
        assert_eq!(movement.paid.unwrap().to_string(), "HUF 3,500");
        assert_eq!((movement.balance_minor, movement.fee_minor), (890, 62));
        assert_eq!(movement.balance_currency, "EUR");
        assert_eq!(intent, Some(IntentId("pi_1".into())));
    }

    #[test]
    fn refunds_are_negative_and_failed_ones_return() {
        let refund = r#"{"object":"refund","amount":450,"currency":"eur","payment_intent":"pi_1"}"#;
        for (kind, amount) in [("refund", -450), ("refund_failure", 450)] {
            let Found { movement, .. } = movement(kind, kind, amount, refund);
            assert_eq!((movement.kind, movement.order), (GatewayKind::Refund, None));
            assert_eq!(movement.paid.unwrap().minor, amount);
        }
    }

    #[test]
    fn other_movements_belong_to_no_order() {
        let dispute = r#"{"object":"dispute","amount":450,"currency":"eur","payment_intent":"pi_1","metadata":{}}"#;
        let found = movement("adjustment", "dispute", -450, dispute);
        assert_eq!(found.movement.kind, GatewayKind::Dispute);
        assert_eq!(found.intent, Some(IntentId("pi_1".into())));
        let payout = r#"{"object":"payout","amount":900,"currency":"eur","metadata":{}}"#;
        for source in [payout, "\"po_1\"", "null"] {
            let found = movement("payout", "payout", -900, source);
            assert_eq!((found.movement.kind, found.intent), (GatewayKind::Other, None));
            assert_eq!((found.movement.paid, found.movement.category.as_str()), (None, "payout"));
        }
        let adjustment = movement("adjustment", "other_adjustment", -100, "null");
        assert_eq!(adjustment.movement.kind, GatewayKind::Other);
    }
}
