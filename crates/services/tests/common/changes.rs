//! The change log and the order search in memory.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use domain::{
    changes::ChangeEntry,
    ports::{
        ChangeBook, ChangesQuery, KnownVersion, OrderSearch, OrderSearchQuery, OrderText,
        OrderView, Publication, StockNote, Unavailable,
    },
    stock::Dish,
};
use jiff::Timestamp;

use super::{Faults, Tables, lock};

#[derive(Clone)]
pub struct Changes {
    rows: Arc<Mutex<ChangeRows>>,
    faults: Faults,
}

#[derive(Default)]
struct ChangeRows {
    published: HashMap<String, KnownVersion>,
    entries: BTreeMap<(Timestamp, String), ChangeEntry>,
    claims: HashMap<String, (i64, Timestamp)>,
}

impl Changes {
    pub fn new(faults: Faults) -> Self {
        Self { rows: Arc::default(), faults }
    }

    /// All entries, oldest first.
    pub fn all(&self) -> Vec<ChangeEntry> {
        lock(&self.rows).entries.values().cloned().collect()
    }
}

impl ChangeBook for Changes {
    async fn published(
        &self,
        keys: &[String],
    ) -> Result<HashMap<String, KnownVersion>, Unavailable> {
        let rows = lock(&self.rows);
        let known = |key: &String| Some((key.clone(), rows.published.get(key)?.clone()));
        Ok(keys.iter().filter_map(known).collect())
    }

    async fn record(&self, news: Vec<Publication>) -> Result<(), Unavailable> {
        self.faults.call("changes.note", || {
            let mut rows = lock(&self.rows);
            for Publication { key, known, entry } in news {
                let newer = rows.published.get(&key).is_none_or(|k| k.version < known.version);
                if newer {
                    rows.published.insert(key, known);
                }
                if let Some(entry) = entry {
                    rows.entries.entry((entry.at, entry.id.to_string())).or_insert(entry);
                }
            }
        })
    }

    async fn changes(&self, wanted: &ChangesQuery) -> Result<Vec<ChangeEntry>, Unavailable> {
        let all = self.all().into_iter().rev();
        let here = |entry: &ChangeEntry| {
            wanted.restaurant.is_none() || entry.restaurant == wanted.restaurant
        };
        Ok(all.filter(here).take(wanted.limit as usize).collect())
    }

    async fn stock_notes(
        &self,
        _: &ChangesQuery,
        _: Option<&Dish>,
    ) -> Result<Vec<StockNote>, Unavailable> {
        Ok(Vec::new())
    }

    async fn claim(
        &self,
        key: &str,
        version: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Unavailable> {
        self.faults.call("changes.claim", || {
            let claims = &mut lock(&self.rows).claims;
            let free = claims.get(key).is_none_or(|(held, end)| *held < version || *end <= now);
            if free {
                claims.insert(key.to_owned(), (version, until));
            }
            free
        })
    }

    async fn release_claim(&self, key: &str, version: i64) -> Result<(), Unavailable> {
        lock(&self.rows).claims.retain(|held, (of, _)| held != key || *of != version);
        Ok(())
    }
}

impl OrderSearch for Tables {
    async fn find(&self, wanted: &OrderSearchQuery) -> Result<Vec<OrderView>, Unavailable> {
        let ids: Vec<_> = lock(&self.rows).book.keys().copied().collect();
        let mut found = Vec::new();
        for id in ids {
            found.extend(domain::ports::OrderBook::read_order(self, id).await?);
        }
        found.retain(|view| {
            let Some(order) = &view.order else { return false };
            let text = match &wanted.text {
                None => true,
                Some(OrderText::Id(id)) => *id == view.order_id,
                Some(OrderText::Number(number)) => view.number() == Some(*number),
                Some(OrderText::Email(text)) => order.customer.email.canonical().starts_with(text),
                Some(OrderText::Name(text)) => {
                    order.customer.name.as_str().to_lowercase().starts_with(text)
                }
            };
            let here = wanted.restaurant.as_ref().is_none_or(|id| *id == order.seller.id);
            text && here && wanted.status.is_none_or(|status| status == view.standing.status)
        });
        found.truncate(wanted.limit as usize);
        Ok(found)
    }
}
