//! `/v1/events`

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
    books::{Books, Event},
    engine::Engine,
    problem::{Kind, Problem},
    view::EventView,
};

const URL: &str = "/v1/events";

/// `GET /v1/events/{id}`
pub(super) async fn retrieve(State(engine): State<Arc<Engine>>, PathId(id): PathId) -> Response {
    let found = engine.read(|books| {
        let event = index_of(books, &id).and_then(|index| books.events().all().get(index));
        event.cloned().ok_or_else(|| Problem::no_such(Kind::NotFound, "event", &id).param("id"))
    });
    match found.await {
        Ok(event) => json_response(200, &EventView::of(&event, pending_webhooks(&engine))),
        Err(problem) => problem.into_response(),
    }
}

/// `GET /v1/events`, newest first, of all types or of one.
pub(super) async fn list(State(engine): State<Arc<Engine>>, RawQuery(query): RawQuery) -> Response {
    let (page, created, kind) = match parse_list(query.as_deref().unwrap_or_default()) {
        Ok(parsed) => parsed,
        Err(problem) => return problem.into_response(),
    };
    let found = engine.read(|books| {
        let all = books.events().all();
        let end = match page.starting_after() {
            None => all.len(),
            Some(id) => index_of(books, id).ok_or_else(|| {
                Problem::no_such(Kind::Invalid, "event", id).param("starting_after")
            })?,
        };
        let older = all.get(..end).unwrap_or_default().iter().rev();
        let matches = |event: &&Event| {
            let is_kind = kind.as_ref().is_none_or(|kind| kind == event.kind());
            is_kind && created.contains(event.at_unix_ms)
        };
        Ok(page.take_first(older.filter(matches).cloned()))
    });
    match found.await {
        Ok(page_items) => {
            let pending = pending_webhooks(&engine);
            let views =
                page_items.items.iter().map(|event| EventView::of(event, pending)).collect();
            json_response(200, &List::new(URL, views, page_items.has_more))
        }
        Err(problem) => problem.into_response(),
    }
}

fn parse_list(query: &str) -> Result<(Page, CreatedRange, Option<String>), Problem> {
    let mut params = Params::parse(query.as_bytes());
    let page = Page::parse(&mut params)?;
    let created = CreatedRange::parse(&mut params)?;
    let kind = params.text("type").map(|kind| truncate(&kind));
    params.finish()?;
    Ok((page, created, kind))
}

fn index_of(books: &Books, id: &str) -> Option<usize> {
    books.events().index_of(id.parse().ok()?)
}

/// Number of pending deliveries shown for an event: 1 as long as any event is undelivered, since
/// deliveries are not tracked per event.
fn pending_webhooks(engine: &Engine) -> u64 {
    let events = engine.lock().events().all().len();
    u64::from(engine.endpoint.stats(events).1 > 0)
}
