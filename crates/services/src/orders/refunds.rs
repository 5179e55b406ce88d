//! Requests a refund of a part of an order's money.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    ids::OrderId,
    money::Money,
    number::OrderNumber,
    order::Order,
    payment::{
        LinePieces, NotRefundable, PartRefund, Payment, RefundKey, RefundPart, RefundRequest,
        Refunder, refund_amount,
    },
    ports::{MoneyBack, OrderBook},
    staff::{Actor, Permission},
    text::Note,
    violation::{Checks, Violations},
};
use events::{PublishError, Publisher, order_requests};
use serde::Deserialize;
use serde_json::json;
use telemetry::Scope;
use uuid::Uuid;

use super::Orders;
use web::{Problem, StrictJson, key::idempotency_key};

/// Namespace of the version 5 UUIDs of refunds: a random UUID that must never change.
const REFUNDS: Uuid = Uuid::from_u128(0x5d0e_9a47_31c8_4b6d_a2f5_7c94_e80b_16d3);

/// The body of a request.
#[derive(Debug, Deserialize)]
pub(super) struct RefundBody {
    /// Minor units of the order's currency.
    #[serde(default)]
    amount_minor: Option<i64>,
    /// Pieces of lines.
    #[serde(default)]
    lines: Option<Vec<PiecesBody>>,
    /// Why; the customer reads it.
    reason: String,
}

#[derive(Debug, Deserialize)]
struct PiecesBody {
    line: u32,
    quantity: u32,
}

/// `POST /api/orders/{id}/refunds`: 202 with the refund and where to look for it; 409 with what is
/// left if it is more than that.
pub(super) async fn request_refund<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    headers: HeaderMap,
    StrictJson(body): StrictJson<RefundBody>,
) -> Result<Response, Problem> {
    let missing = || Problem::malformed("Send the header Idempotency-Key: one key per refund.");
    let client_key = idempotency_key(&headers)?.ok_or_else(missing)?;
    let account = orders.refundable_order(&actor, &id).await?;
    let (part, reason) = read_body(body)?;
    let key = refund_key(&actor, account.order.id, client_key)?;
    let request = orders.new_request(&actor, &account, key, part, reason);
    let amount = orders.publish_refund(&account, &request).await?;
    let order = format!("/api/orders/{}", account.order.id);
    let accepted = json!({
        "refund_id": request.key.to_string(),
        "order_id": account.order.id.to_string(),
        "amount_minor": amount.minor,
        "currency": amount.currency.code(),
        "links": {"order": order},
    });
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, order)], Json(accepted)).into_response())
}

fn read_body(body: RefundBody) -> Result<(RefundPart, Note), Violations> {
    let mut checks = Checks::default();
    let reason = checks.ok_or_add("reason", body.reason.parse::<Note>());
    let pieces = |lines: Vec<PiecesBody>| {
        let pieces = |body: PiecesBody| LinePieces { line: body.line, quantity: body.quantity };
        RefundPart::Lines(lines.into_iter().map(pieces).collect())
    };
    let part = match (body.amount_minor, body.lines) {
        (Some(minor), None) => Some(RefundPart::Amount(minor)),
        (None, Some(lines)) => Some(pieces(lines)),
        _ => {
            checks.add("amount_minor", "or lines must be given, and not both");
            None
        }
    };
    checks.finish(part.zip(reason))
}

/// The key of a refund, derived from the client's, the actor and the order. A freely chosen one
/// could be the key of another person.
pub(super) fn refund_key(
    actor: &Actor,
    order: OrderId,
    client_key: &str,
) -> Result<RefundKey, Problem> {
    let own = actor.id().map_or(Uuid::nil(), |id| id.0);
    let name = [own.as_bytes(), order.0.as_bytes(), client_key.as_bytes()].concat();
    let key = Uuid::new_v5(&REFUNDS, &name).to_string();
    key.parse().map_err(|_| Problem::broken())
}

/// An order with its money.
pub(super) struct OrderAccount {
    pub(super) order: Order,
    pub(super) number: Option<OrderNumber>,
    pub(super) payment: Option<Payment>,
    pub(super) back: MoneyBack,
}

impl<B: OrderBook, P: Publisher> Orders<B, P> {
    /// The order in a path, if the actor may refund it. An order of another restaurant is reported
    /// as unknown.
    pub(super) async fn refundable_order(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<OrderAccount, Problem> {
        let unknown = || Problem::not_found("order");
        let id: OrderId = id.parse().map_err(|_| unknown())?;
        let view = self.book.read_order(id).await?.ok_or_else(unknown)?;
        let order = view.order.ok_or_else(unknown)?;
        if !actor.may_at(Permission::RefundOrders, &order.seller.id) {
            return Err(unknown());
        }
        let (number, payment) = (view.standing.number, view.payment);
        let back = self.book.money_back(id).await?;
        Ok(OrderAccount { order, number, payment, back })
    }

    pub(super) fn new_request(
        &self,
        actor: &Actor,
        account: &OrderAccount,
        key: RefundKey,
        part: RefundPart,
        reason: Note,
    ) -> RefundRequest {
        RefundRequest {
            key,
            order_id: account.order.id,
            part,
            reason,
            by: Refunder::Kitchen,
            person: actor.name().parse().ok(),
            at: self.clock.now(),
        }
    }

    /// Publishes a request, and returns its amount. One under a known key is not published again.
    pub(super) async fn publish_refund(
        &self,
        account: &OrderAccount,
        request: &RefundRequest,
    ) -> Result<Money, RefundError> {
        let OrderAccount { order, payment, back, .. } = account;
        let (refunds, money) = (&back.refunds, |minor| Money::new(minor, order.currency));
        if let Some(known) = refunds.iter().find(|refund| refund.key == request.key) {
            return match is_same(known, request) {
                true => Ok(money(known.amount_minor)),
                false => Err(RefundError::KeyReused),
            };
        }
        let nothing = NotRefundable::More { asked: money(0), left: money(0) };
        let payment = payment.as_ref().ok_or(nothing)?;
        let minor = refund_amount(order, payment, refunds, &request.part)?;
        let mut event = order_requests::encode_refund_request(request);
        // The request is in the client's trace, what follows from it in the order's.
        if let Some(scope) = Scope::current().filter(|scope| scope.is_given) {
            event = event.in_trace(scope.trace);
        }
        self.publisher.publish(vec![event]).await?;
        Ok(money(minor))
    }
}

/// Why a request is not published.
pub(super) enum RefundError {
    Refused(NotRefundable),
    KeyReused,
    Other(Problem),
}

impl From<NotRefundable> for RefundError {
    fn from(refused: NotRefundable) -> Self {
        Self::Refused(refused)
    }
}

impl From<PublishError> for RefundError {
    fn from(error: PublishError) -> Self {
        Self::Other(error.into())
    }
}

impl From<RefundError> for Problem {
    fn from(error: RefundError) -> Self {
        match error {
            RefundError::Refused(refused) => problem_of(refused),
            RefundError::KeyReused => Self::key_reused("refund"),
            RefundError::Other(problem) => problem,
        }
    }
}

/// True if a request asks for the refund that is known under its key.
fn is_same(known: &PartRefund, request: &RefundRequest) -> bool {
    let same_part = match &request.part {
        RefundPart::Amount(minor) => known.lines.is_empty() && known.amount_minor == *minor,
        RefundPart::Lines(lines) => known.lines == *lines,
    };
    same_part && known.reason == request.reason
}

fn problem_of(refused: NotRefundable) -> Problem {
    match refused {
        NotRefundable::More { left, .. } => Problem::more_than_left(left),
        NotRefundable::Amount { .. } => Violations::one("amount_minor", refused.to_string()).into(),
        NotRefundable::Pieces { .. } | NotRefundable::Nothing => {
            Violations::one("lines", refused.to_string()).into()
        }
    }
}
