//! `/orders/{id}/refunds`: staff see the money of an order, and refund parts of it. Works without
//! JavaScript.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Extension, Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    money::Currency,
    payment::{LinePieces, NotRefundable, RefundKey, RefundOutcome, RefundPart},
    ports::OrderBook,
    staff::Actor,
    text::Note,
    violation::{Checks, Violation, Violations},
};
use events::Publisher;
use serde::Deserialize;
use ui::{
    Reader, Staff,
    pages::{self, RefundForm, RefundNotice, RefundPage},
};
use uuid::Uuid;

use super::{
    Orders,
    refunds::{OrderAccount, RefundError, refund_key},
};
use web::{
    Problem, ReadBy,
    page::{PageProblem, page},
};

/// How long a request is waited for, until the page shows it; mostly it takes the gateway's time.
const VISIBLE_AFTER: Duration = Duration::from_secs(2);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

#[derive(Deserialize)]
pub(super) struct RefundPageQuery {
    #[serde(default)]
    notice: String,
}

/// Shows the money of an order.
pub(super) async fn show<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
    Path(id): Path<String>,
    Query(query): Query<RefundPageQuery>,
) -> Result<Response, PageProblem> {
    let account = orders.refundable_order(&actor, &id).await?;
    let notice = (query.notice == "asked").then_some(RefundNotice::Asked);
    let shown = Shown { notice, ..Shown::default() };
    Ok(orders.refund_page(&actor, &reader, &account, &shown))
}

/// Requests the refund in the form, and shows the page again.
pub(super) async fn request<B: OrderBook, P: Publisher>(
    State(orders): State<Arc<Orders<B, P>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageProblem> {
    let account = orders.refundable_order(&actor, &id).await?;
    let (entered, client_key) = read_form(&fields);
    let refuse = |notice, violations| {
        let notice = Some(notice);
        let shown = Shown { entered: entered.clone(), violations, notice };
        let page = orders.refund_page(&actor, &reader, &account, &shown);
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let (part, reason) = match check_form(&entered, account.order.currency) {
        Ok(checked) => checked,
        Err(FormError::Choice(notice)) => return refuse(notice, Vec::new()),
        Err(FormError::Fields(Violations(violations))) => {
            return refuse(RefundNotice::Wrong, violations);
        }
    };
    let key = refund_key(&actor, account.order.id, client_key)?;
    let request = orders.new_request(&actor, &account, key.clone(), part, reason);
    match orders.publish_refund(&account, &request).await {
        Ok(_) => {}
        Err(RefundError::Refused(refused)) => {
            let notice = match refused {
                NotRefundable::More { .. } => RefundNotice::MoreThanLeft,
                NotRefundable::Pieces { .. } => RefundNotice::PiecesGone,
                NotRefundable::Amount { .. } | NotRefundable::Nothing => RefundNotice::Nothing,
            };
            return refuse(notice, Vec::new());
        }
        Err(error) => return Err(Problem::from(error).into()),
    }
    let is_settled = orders.wait_for_refund(&account, &key).await?;
    let notice = if is_settled { "" } else { "?notice=asked" };
    Ok(Redirect::to(&format!("/orders/{}/refunds{notice}", account.order.id)).into_response())
}

/// What the page shows beside the order's money.
#[derive(Default)]
struct Shown {
    entered: RefundForm,
    violations: Vec<Violation>,
    notice: Option<RefundNotice>,
}

impl<B: OrderBook, P: Publisher> Orders<B, P> {
    fn refund_page(
        &self,
        actor: &Actor,
        reader: &Reader,
        account: &OrderAccount,
        shown: &Shown,
    ) -> Response {
        let reader = reader.at(format!("/orders/{}/refunds", account.order.id));
        page(pages::refunds(&RefundPage {
            reader: &reader,
            staff: Staff::of(actor, self.mailbox),
            order: &account.order,
            payment: account.payment.as_ref(),
            number: account.number,
            back: &account.back,
            entered: &shown.entered,
            violations: &shown.violations,
            notice: shown.notice,
            request_id: Uuid::now_v7().to_string(),
            now: self.clock.now(),
        }))
    }

    /// Waits until the page shows what became of a refund. False if that takes longer.
    async fn wait_for_refund(
        &self,
        account: &OrderAccount,
        key: &RefundKey,
    ) -> Result<bool, Problem> {
        let deadline = tokio::time::Instant::now() + VISIBLE_AFTER;
        loop {
            let back = self.book.money_back(account.order.id).await?;
            let known = back.refunds.iter().find(|refund| refund.key == *key);
            if known.is_some_and(|refund| refund.outcome != RefundOutcome::Reserved) {
                return Ok(true);
            }
            if tokio::time::Instant::now() >= deadline {
                return Ok(known.is_some());
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
}

/// What was entered, and the idempotency key of the form.
fn read_form(fields: &[(String, String)]) -> (RefundForm, &str) {
    let get = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str());
    let pieces = |(name, text): &(String, String)| {
        let line = name.strip_prefix("line-")?.parse().ok()?;
        let pieces = text.trim().parse().ok().filter(|pieces| *pieces > 0)?;
        Some((line, pieces))
    };
    let entered = RefundForm {
        pieces: fields.iter().filter_map(pieces).collect::<BTreeMap<u32, u32>>(),
        amount: get("amount").unwrap_or_default().trim().to_owned(),
        reason: get("reason").unwrap_or_default().to_owned(),
    };
    (entered, get("request_id").unwrap_or_default())
}

/// Why a form is refused.
enum FormError {
    Choice(RefundNotice),
    Fields(Violations),
}

fn check_form(entered: &RefundForm, currency: Currency) -> Result<(RefundPart, Note), FormError> {
    let mut checks = Checks::default();
    let reason = checks.ok_or_add("reason", entered.reason.parse::<Note>());
    let part = match (entered.pieces.is_empty(), entered.amount.as_str()) {
        (false, "") => {
            let pieces = entered.pieces.iter();
            let pieces = pieces.map(|(line, n)| LinePieces { line: *line, quantity: *n });
            Some(RefundPart::Lines(pieces.collect()))
        }
        (true, "") => return Err(FormError::Choice(RefundNotice::Nothing)),
        (true, typed) => {
            checks.ok_or_add("amount", currency.minor(typed)).map(RefundPart::Amount)
        }
        (false, _) => return Err(FormError::Choice(RefundNotice::Both)),
    };
    checks.finish(part.zip(reason)).map_err(FormError::Fields)
}
