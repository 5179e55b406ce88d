//! `/orders/{id}/pay`: leads a customer to the bank, and `/orders/{id}/pay/return` back from there.
//!
//! Neither charges. What the bank adds to the address on the way back proves nothing and is not
//! read: the gateway is asked.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use axum_extra::extract::CookieJar;
use domain::{
    ids::OrderId,
    order::Order,
    payment::{ClientSecret, NextAction, Payment, PaymentState},
    ports::{DuePayments, GatewayEventLog, PaymentBook, PaymentGateway, Unavailable},
};
use events::Publisher;
use serde::Deserialize;
use ui::{
    Reader,
    pages::{self, AuthenticatePage},
};
use web::{
    Access, Problem, ReadBy, Sender, Sight,
    limit::Limit,
    page::{PageProblem, page, redirect_elsewhere},
};

use super::{late::LateOutcomes, payments::HandleError};
use crate::card_field::CardField;

/// What these pages need.
pub struct PayPages<B, G, S, P> {
    /// Settles what the gateway says.
    pub late: Arc<LateOutcomes<B, G, S, P>>,
    /// The gateway's script, for banks without a page of their own.
    pub card_field: Option<CardField>,
    /// Access rules.
    pub access: Access,
    /// Rate limit: requests per minute from one address, since each asks the gateway.
    pub limit: Limit,
}

type Pages<B, G, S, P> = State<Arc<PayPages<B, G, S, P>>>;

/// The routes.
pub fn pay_routes<B, G, S, P>(pages: Arc<PayPages<B, G, S, P>>) -> Router
where
    B: PaymentBook,
    G: PaymentGateway,
    S: GatewayEventLog + DuePayments,
    P: Publisher,
{
    Router::new()
        .route("/orders/{id}/pay", get(show))
        .route("/orders/{id}/pay/return", get(come_back))
        .with_state(pages)
}

#[derive(Deserialize)]
struct PayQuery {
    #[serde(default)]
    token: Option<String>,
}

/// Redirects to the bank while it waits for the customer, else to the order.
async fn show<B, G, S, P>(
    State(pages): Pages<B, G, S, P>,
    Path(id): Path<String>,
    Query(query): Query<PayQuery>,
    ReadBy(reader): ReadBy,
    jar: CookieJar,
    sender: Sender,
) -> Result<Response, PageProblem>
where
    B: PaymentBook,
    G: PaymentGateway,
    S: GatewayEventLog + DuePayments,
    P: Publisher,
{
    let id = parse_id(&id)?;
    if pages.access.sight(id, query.token.as_deref(), &sender).await? != Sight::Customer {
        return Err(Problem::not_found("order").into());
    }
    if query.token.is_some() {
        // Keeps the token out of the address bar, browser histories and the bank's logs.
        let jar = pages.access.remember(jar, &sender.headers, id);
        return Ok((jar, Redirect::to(&format!("/orders/{id}/pay"))).into_response());
    }
    pages.limit.check(sender.from)?;
    let Some((order, payment)) = pages.waiting(id).await? else { return Ok(to_order(id)) };
    match pages.next_action(&payment).await? {
        Some(NextAction::Redirect(url)) => Ok(redirect_elsewhere(&url)),
        Some(NextAction::Script(secret)) => {
            pages.script_page(reader, id, &secret).ok_or_else(|| {
                let missing = "this shop has no publishable key of its payment gateway";
                Problem::unavailable(missing).into()
            })
        }
        Some(NextAction::Nothing(_)) | None => {
            pages.refresh(&order, &payment).await?;
            Ok(to_order(id))
        }
    }
}

/// Settles what the gateway says now, and redirects to the order. A browser without access learns
/// nothing, but the payment is settled: banks may open another browser on the way back.
async fn come_back<B, G, S, P>(
    State(pages): Pages<B, G, S, P>,
    Path(id): Path<String>,
    sender: Sender,
) -> Result<Response, PageProblem>
where
    B: PaymentBook,
    G: PaymentGateway,
    S: GatewayEventLog + DuePayments,
    P: Publisher,
{
    let id = parse_id(&id)?;
    // Beyond the limit, the gateway's event or the timer settles it.
    if pages.limit.check(sender.from).is_ok()
        && let Some((order, payment)) = pages.waiting(id).await?
    {
        pages.refresh(&order, &payment).await?;
    }
    if !pages.access.holds_token(id, None, &sender.headers) {
        return Err(Problem::not_found("order").into());
    }
    Ok(to_order(id))
}

impl<B, G, S, P> PayPages<B, G, S, P>
where
    B: PaymentBook,
    G: PaymentGateway,
    S: GatewayEventLog + DuePayments,
    P: Publisher,
{
    /// The order and its payment, if that waits for the customer.
    async fn waiting(&self, id: OrderId) -> Result<Option<(Order, Payment)>, Unavailable> {
        let Some((payment, order)) = self.late.store.payment(id).await? else { return Ok(None) };
        let order = order.filter(|order| payment.belongs_to(order, None));
        let waits = payment.state == PaymentState::ActionRequired;
        Ok(order.filter(|_| waits).map(|order| (order, payment)))
    }

    async fn next_action(&self, payment: &Payment) -> Result<Option<NextAction>, Problem> {
        let Some(intent) = &payment.intent else { return Ok(None) };
        let payments = &self.late.payments;
        let found = payments.gateway_result(payments.gateway.next_action(intent).await);
        found.map(Some).map_err(|error| gateway_problem(&error))
    }

    /// The page that has the gateway's script show the bank's question.
    fn script_page(&self, reader: Reader, id: OrderId, secret: &ClientSecret) -> Option<Response> {
        let card = self.card_field.as_ref()?;
        let shown = page(pages::authenticate(&AuthenticatePage {
            reader,
            order: id,
            script: card.script.url(),
            publishable_key: &card.publishable_key,
            client_secret: &secret.0,
        }));
        Some(card.script.allow_in(shown))
    }

    async fn refresh(&self, order: &Order, payment: &Payment) -> Result<(), Problem> {
        match self.late.refresh(order, payment).await {
            // Not decided yet: the page of the order says so.
            Ok(()) | Err(HandleError::Retry(_)) => Ok(()),
            Err(error) => Err(gateway_problem(&error)),
        }
    }
}

fn gateway_problem(error: &HandleError) -> Problem {
    Unavailable::new("payment gateway", error.reason()).into()
}

fn parse_id(id: &str) -> Result<OrderId, Problem> {
    id.parse().map_err(|_| Problem::not_found("order"))
}

fn to_order(id: OrderId) -> Response {
    Redirect::to(&format!("/orders/{id}")).into_response()
}
