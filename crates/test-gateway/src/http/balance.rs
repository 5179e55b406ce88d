//! `/v1/balance_transactions`

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};

use super::{
    created::CreatedRange,
    extract::PathId,
    page::{List, Page},
    params::{Params, truncate},
    response::json_response,
};
use crate::{
    engine::Engine,
    model::BalanceTransaction,
    problem::{Kind, Problem},
    view::BalanceTransactionView,
};

const URL: &str = "/v1/balance_transactions";

/// The requested movements.
struct Query {
    page: Page,
    created: CreatedRange,
    kind: Option<String>,
    source: Option<String>,
    currency: Option<String>,
    /// Whether objects are listed in place of their ids.
    is_expanded: bool,
}

impl Query {
    fn parse(query: &str) -> Result<Self, Problem> {
        let mut params = Params::parse(query.as_bytes());
        let mut text = |name| params.text(name).map(|text| truncate(&text));
        let (kind, source, currency) = (text("type"), text("source"), text("currency"));
        let is_expanded = params.expands("data.source");
        let query = Self {
            page: Page::parse(&mut params)?,
            created: CreatedRange::parse(&mut params)?,
            kind,
            source,
            currency: currency.map(|code| code.to_ascii_lowercase()),
            is_expanded,
        };
        params.finish()?;
        Ok(query)
    }

    fn matches(&self, transaction: &BalanceTransaction) -> bool {
        let BalanceTransaction { source, currency, created_unix_ms, .. } = transaction;
        self.created.contains(*created_unix_ms)
            && self.kind.as_deref().is_none_or(|kind| kind == source.kind())
            && self.currency.as_deref().is_none_or(|code| code == currency.as_str())
            && self.source.as_deref().is_none_or(|id| id == source.id())
    }
}

/// `GET /v1/balance_transactions`, newest first.
pub(super) async fn list(State(engine): State<Arc<Engine>>, RawQuery(query): RawQuery) -> Response {
    let query = match Query::parse(query.as_deref().unwrap_or_default()) {
        Ok(query) => query,
        Err(problem) => return problem.into_response(),
    };
    let now_unix_ms = (engine.now_unix_ms)();
    let found = engine.read(|books| {
        let all = books.balance();
        let index_of = |id: &str| id.parse().ok().and_then(|id| all.index_of(id));
        let matches = |item: &BalanceTransaction| query.matches(item);
        let page = query.page.select(all.all(), index_of, "balance_transaction", matches)?;
        let view = |item: &Arc<BalanceTransaction>| match query.is_expanded {
            true => BalanceTransactionView::expanded(item, books, now_unix_ms),
            false => BalanceTransactionView::of(item, now_unix_ms),
        };
        Ok((page.items.iter().map(view).collect::<Vec<_>>(), page.has_more))
    });
    match found.await {
        Ok((views, has_more)) => json_response(200, &List::new(URL, views, has_more)),
        Err(problem) => problem.into_response(),
    }
}

/// `GET /v1/balance_transactions/{id}`
pub(super) async fn retrieve(State(engine): State<Arc<Engine>>, PathId(id): PathId) -> Response {
    let found = engine.read(|books| {
        let transaction = id.parse().ok().and_then(|id| books.balance().get(id));
        transaction
            .cloned()
            .ok_or_else(|| Problem::no_such(Kind::NotFound, "balance_transaction", &id).param("id"))
    });
    match found.await {
        Ok(found) => {
            json_response(200, &BalanceTransactionView::of(&found, (engine.now_unix_ms)()))
        }
        Err(problem) => problem.into_response(),
    }
}
