//! `/r/{restaurant}`: the menu and the stream of its changes.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use ::events::Publisher;
use axum::{
    extract::{ConnectInfo, Path, State},
    response::{Response, Sse, sse::Event},
};
use axum_extra::extract::{CookieJar, Query};
use domain::{
    cart::CartLine,
    menu::{Menu, MenuFilter},
    ports::OrderBook,
    restaurant::Restaurant,
};
use futures::{Stream, stream};
use serde::Deserialize;
use ui::{
    CartView, Reader,
    pages::{self, MenuPage, RefusedLine},
};

use super::{Storefront, cart};
use web::{
    Problem, ReadBy,
    live::sse,
    page::{PageProblem, page},
};

/// Shortest interval between two events of a page: a burst of changes is one event.
const MIN_EVENT_INTERVAL: Duration = Duration::from_secs(1);

/// The search and filters of the menu, as submitted.
#[derive(Deserialize)]
pub(super) struct MenuQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    diet: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
}

impl MenuQuery {
    /// The filter; unknown values are ignored.
    fn into_filter(self) -> MenuFilter {
        let dietary = self.diet.iter().filter_map(|tag| tag.parse().ok()).collect();
        MenuFilter { words: self.q, dietary, without: self.without }
    }
}

/// How the menu page is shown.
pub(super) struct MenuView {
    pub(super) reader: Reader,
    pub(super) filter: MenuFilter,
    pub(super) refused: Option<RefusedLine>,
}

pub(super) async fn show<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    ReadBy(reader): ReadBy,
    Path(id): Path<String>,
    Query(query): Query<MenuQuery>,
    jar: CookieJar,
) -> Result<Response, PageProblem> {
    let (restaurant, menu) = storefront.orderable_shop(&id)?;
    let lines = cart::read(&jar, &restaurant.id);
    let view = MenuView { reader, filter: query.into_filter(), refused: None };
    Ok(storefront.menu_page(&restaurant, &menu.menu, &lines, view))
}

impl<B: OrderBook, P: Publisher> Storefront<B, P> {
    pub(super) fn menu_page(
        &self,
        restaurant: &Restaurant,
        menu: &Menu,
        lines: &[CartLine],
        view: MenuView,
    ) -> Response {
        let left = self.catalog.supplies(&restaurant.id, menu).counted();
        page(pages::menu(&MenuPage {
            reader: view.reader,
            restaurant,
            menu,
            left: &left,
            wanted: view.filter,
            cart: CartView::new(menu, &left, lines),
            refused: view.refused,
            now: self.clock.now(),
        }))
    }
}

/// `GET /r/{restaurant}/events`: streams an event when dishes run low, run out or become available,
/// and when the menu or the terms change.
pub(super) async fn stream_events<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    // Subscribe first, so that no change is missed.
    let restaurant = id.parse().map_err(|_| Problem::not_found("restaurant"))?;
    let bell = storefront.catalog.subscribe(Some(&restaurant));
    storefront.orderable_shop(&id)?;
    let permit = storefront.streams.open(from.ip())?;
    Ok(sse(stream::unfold((bell, permit), |(mut bell, permit)| async move {
        bell.changed().await.ok()?;
        tokio::time::sleep(MIN_EVENT_INTERVAL).await;
        // The same event covers changes during the interval.
        bell.mark_unchanged();
        Some((Ok(Event::default().event("menu").data("changed")), (bell, permit)))
    })))
}
