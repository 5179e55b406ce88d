//! `/r/{restaurant}`: the menu, and the news of it.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use ::events::Publisher;
use axum::{
    extract::{ConnectInfo, Path, State},
    response::{Response, Sse, sse::Event},
};
use axum_extra::extract::{CookieJar, Query};
use domain::{
    cart::CartLine,
    menu::{Menu, Wanted},
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

/// Between two looks of one page: a rush on a dish is one look.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// What is looked for on the menu, as the form sends it.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    diet: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
}

impl Asked {
    /// What nobody can have chosen is left out.
    fn wanted(self) -> Wanted {
        let dietary = self.diet.iter().filter_map(|tag| tag.parse().ok()).collect();
        Wanted { words: self.q, dietary, without: self.without }
    }
}

/// How a menu is shown to one person.
pub(super) struct Shown {
    pub(super) reader: Reader,
    pub(super) wanted: Wanted,
    pub(super) refused: Option<RefusedLine>,
}

pub(super) async fn show<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    ReadBy(reader): ReadBy,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    jar: CookieJar,
) -> Result<Response, PageProblem> {
    let (restaurant, menu) = storefront.open_shop(&id)?;
    let lines = cart::read(&jar, &restaurant.id);
    let shown = Shown { reader, wanted: asked.wanted(), refused: None };
    Ok(storefront.menu_page(&restaurant, &menu.menu, &lines, shown))
}

impl<B: OrderBook, P: Publisher> Storefront<B, P> {
    pub(super) fn menu_page(
        &self,
        restaurant: &Restaurant,
        menu: &Menu,
        lines: &[CartLine],
        shown: Shown,
    ) -> Response {
        let left = self.catalog.supplies(&restaurant.id, menu).counted();
        page(pages::menu(&MenuPage {
            reader: shown.reader,
            restaurant,
            menu,
            left: &left,
            wanted: shown.wanted,
            cart: CartView::new(menu, &left, lines),
            refused: shown.refused,
            now: self.clock.now(),
        }))
    }
}

/// `GET /r/{restaurant}/events`: says "look again" when dishes run low, run out or are back, and
/// when the menu or the terms are others.
pub(super) async fn events<B: OrderBook, P: Publisher>(
    State(storefront): State<Arc<Storefront<B, P>>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    // Listen first, so that nothing falls between this and the page.
    let named = id.parse().map_err(|_| Problem::not_found("restaurant"))?;
    let bell = storefront.catalog.bell(Some(&named));
    storefront.open_shop(&id)?;
    let place = storefront.streams.open(from.ip())?;
    Ok(sse(stream::unfold((bell, place), |(mut bell, place)| async move {
        bell.changed().await.ok()?;
        tokio::time::sleep(AT_MOST_EVERY).await;
        // What rang meanwhile is seen by the same look.
        bell.mark_unchanged();
        Some((Ok(Event::default().event("menu").data("changed")), (bell, place)))
    })))
}
