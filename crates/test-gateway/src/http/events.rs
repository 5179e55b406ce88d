//! `/v1/events`

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};

use super::answer::object;
use super::extract::Id;
use super::page::{List, Page};
use super::params::{Params, short};
use crate::books::{Books, Event};
use crate::engine::Engine;
use crate::problem::{Kind, Problem};
use crate::view::EventView;

const URL: &str = "/v1/events";

/// `GET /v1/events/{id}`
pub(super) async fn retrieve(State(engine): State<Arc<Engine>>, Id(id): Id) -> Response {
    let found = engine.read(|books| {
        let event = place(books, &id).and_then(|place| books.events().all().get(place));
        event.cloned().ok_or_else(|| Problem::no_such(Kind::NotFound, "event", &id).param("id"))
    });
    match found.await {
        Ok(event) => object(200, &EventView::of(&event, pending(&engine))),
        Err(problem) => problem.into_response(),
    }
}

/// `GET /v1/events`, newest first, of all types or of one.
pub(super) async fn list(State(engine): State<Arc<Engine>>, RawQuery(query): RawQuery) -> Response {
    let (page, kind) = match parse_list(query.as_deref().unwrap_or_default()) {
        Ok(parsed) => parsed,
        Err(problem) => return problem.into_response(),
    };
    let found = engine.read(|books| {
        let all = books.events().all();
        let end = match page.starting_after() {
            None => all.len(),
            Some(id) => place(books, id).ok_or_else(|| {
                Problem::no_such(Kind::Invalid, "event", id).param("starting_after")
            })?,
        };
        let older = all.get(..end).unwrap_or_default().iter().rev();
        let wanted = |event: &&Event| kind.as_ref().is_none_or(|kind| kind == event.kind());
        Ok(page.first(older.filter(wanted).cloned()))
    });
    match found.await {
        Ok(part) => {
            let pending = pending(&engine);
            let views = part.items.iter().map(|event| EventView::of(event, pending)).collect();
            object(200, &List::new(URL, views, part.has_more))
        }
        Err(problem) => problem.into_response(),
    }
}

fn parse_list(query: &str) -> Result<(Page, Option<String>), Problem> {
    let mut params = Params::parse(query.as_bytes());
    let page = Page::take(&mut params)?;
    let kind = params.text("type").map(|kind| short(&kind));
    params.finish()?;
    Ok((page, kind))
}

fn place(books: &Books, id: &str) -> Option<usize> {
    books.events().place(id.parse().ok()?)
}

/// How many deliveries of an event are to come. Which single ones are delivered is not kept; with
/// everything delivered, so is each.
fn pending(engine: &Engine) -> u64 {
    let events = engine.lock().events().all().len();
    u64::from(engine.desk.figures(events).1 > 0)
}
