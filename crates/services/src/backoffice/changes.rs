//! The change log: who changed what, including changes of stock.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use domain::{
    changes::{ChangeEntry, ChangeKind},
    ids::RestaurantId,
    ports::{ChangeBook, ChangesQuery, OrderSearch},
    staff::Actor,
};
use events::Publisher;
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use ui::{
    Reader,
    pages::{self, ChangesPage, stock_entry},
};
use uuid::Uuid;

use super::{Backoffice, context::OfficeContext};
use crate::catalog::Shop;
use web::{
    ReadBy,
    page::{PageProblem, page},
};

/// Entries per page.
const PAGE_SIZE: u32 = 50;

#[derive(Deserialize)]
pub(super) struct ChangesPageQuery {
    /// The last entry of the previous page: microseconds since 1970, a point, and its id.
    #[serde(default)]
    before: String,
}

impl ChangesPageQuery {
    fn cursor(&self) -> Option<(Timestamp, Uuid)> {
        let (at, id) = self.before.split_once('.')?;
        Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.parse().ok()?))
    }
}

/// Lists the changes of one restaurant.
pub(super) async fn list_for_restaurant<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Query(query): Query<ChangesPageQuery>,
) -> Result<Response, PageProblem> {
    office.changes_page(&actor, &reader, Some(&shop), query.cursor()).await
}

/// Lists the changes that an actor may see: of all restaurants, or of the first one where they
/// work.
pub(super) async fn list_all<P: Publisher, C: ChangeBook, O: OrderSearch>(
    State(office): State<Arc<Backoffice<P, C, O>>>,
    Extension(actor): Extension<Actor>,
    ReadBy(reader): ReadBy,
    Query(query): Query<ChangesPageQuery>,
) -> Result<Response, PageProblem> {
    let mine = actor.first_restaurant().and_then(|id| office.catalog.shop(id));
    office.changes_page(&actor, &reader, mine.as_ref(), query.cursor()).await
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    async fn changes_page(
        &self,
        actor: &Actor,
        reader: &Reader,
        shop: Option<&Shop>,
        before: Option<(Timestamp, Uuid)>,
    ) -> Result<Response, PageProblem> {
        let restaurant = shop.map(|shop| &*shop.restaurant);
        let wanted = ChangesQuery {
            restaurant: restaurant.map(|restaurant| restaurant.id.clone()),
            before,
            limit: PAGE_SIZE + 1,
        };
        let (changes, stock) = tokio::try_join!(
            self.changes.changes(&wanted),
            self.changes.stock_notes(&wanted, None),
        )?;
        let mut all: Vec<ChangeEntry> = changes;
        all.extend(stock.iter().map(|note| stock_entry(reader, note)));
        all.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.id.to_string())));
        let more = all.len() > PAGE_SIZE as usize;
        all.truncate(PAGE_SIZE as usize);
        let at = match restaurant {
            Some(restaurant) => format!("/backoffice/r/{}/changes", restaurant.id),
            None => "/backoffice/changes".to_owned(),
        };
        let older = all
            .last()
            .filter(|_| more)
            .map(|last| format!("{at}?before={}.{}", last.at.as_microsecond(), last.id));
        let entries: Vec<_> = all.into_iter().map(|e| (self.subject(&e), e)).collect();
        let header = restaurant.map(|restaurant| self.header(reader, actor, restaurant));
        Ok(page(pages::changes(&ChangesPage {
            reader,
            staff: self.staff(actor),
            header,
            entries: &entries,
            older,
            zone: restaurant.map_or(TimeZone::UTC, |restaurant| restaurant.time_zone.zone()),
            now: self.clock.now(),
        })))
    }

    /// The subject of an entry under its current name.
    fn subject(&self, entry: &ChangeEntry) -> String {
        let shop = |id: &RestaurantId| self.catalog.shop(id);
        let named = match entry.kind {
            ChangeKind::Menu | ChangeKind::Restaurant => entry
                .restaurant
                .as_ref()
                .and_then(shop)
                .map(|shop| shop.restaurant.name.to_string()),
            ChangeKind::Stock => entry.restaurant.as_ref().and_then(shop).and_then(|shop| {
                let menu = shop.menu?;
                let item = menu.whole.item(&entry.subject.parse().ok()?)?;
                Some(item.name.to_string())
            }),
            _ => None,
        };
        named.unwrap_or_else(|| entry.subject.clone())
    }
}
