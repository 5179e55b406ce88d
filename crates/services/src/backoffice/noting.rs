//! menu → change log
//!
//! What was published is compared with what was known before. So the log has every change, whoever
//! wrote it and however, and a change is in it as certainly as it is in the topic.

use std::{collections::HashMap, time::Duration};

use domain::{
    changes::{Difference, Entry, Field, What},
    ids::RestaurantId,
    menu::{Menu, menu_differences},
    money::Currency,
    ports::{ChangeBook, Known, Published, Unavailable},
    restaurant::Restaurant,
};
use events::{
    BY_HEADER, DecodeError, Handler, Outcome, Pace, Record, Topic,
    menu::{MenuBody, MenuEvent, RestaurantBody, read},
};
use jiff::Timestamp;
use uuid::Uuid;

use super::differences::restaurant_differences;

/// The namespace of entries (a random UUID, fixed for ever).
const ENTRIES: Uuid = Uuid::from_u128(0x8d1f_3c52_90ab_4f6e_b1d4_7f20_5c6e_913a);
/// Who wrote what nobody signed: some program with access to the topic.
const UNSIGNED: &str = "a Kafka client";

/// Notes who published what.
pub struct Noting<C>(pub C);

impl<C: ChangeBook> Handler for Noting<C> {
    const GROUP: &'static str = "backoffice";
    const TOPICS: &'static [Topic] = &[Topic::Menu];
    const PRODUCES: &'static [Topic] = &[];
    const PACE: Pace = Pace::batches(Duration::from_millis(20));

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let mut known = self.0.published(&keys(records)).await?;
        let (mut news, mut outcomes) = (Vec::new(), Vec::with_capacity(records.len()));
        for record in records {
            outcomes.push(match note(record, &mut known) {
                Ok(published) => {
                    news.extend(published);
                    Outcome::Done(Vec::new())
                }
                Err(error) => Outcome::Dead(error.to_string()),
            });
        }
        self.0.note(news).await?;
        Ok(outcomes)
    }
}

/// The keys whose past matters: a menu's prices are in the currency of its restaurant.
fn keys(records: &[Record]) -> Vec<String> {
    let mut keys = Vec::new();
    for record in records {
        let key = String::from_utf8_lossy(&record.key).into_owned();
        if let Some(id) = key.strip_prefix("menu/") {
            keys.push(format!("restaurant/{id}"));
        }
        keys.push(key);
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// What a record newly publishes; nothing if it is known. From then on, it is.
fn note(
    record: &Record,
    known: &mut HashMap<String, Known>,
) -> Result<Option<Published>, DecodeError> {
    let event = read(record)?;
    let key = String::from_utf8_lossy(&record.key).into_owned();
    let before = known.get(&key);
    if before.is_some_and(|known| known.version >= record.offset) {
        return Ok(None);
    }
    let (restaurant, what, differences) = match &event {
        MenuEvent::Restaurant(new) => {
            let old = before.and_then(|known| old_restaurant(known, &new.id));
            (&new.id, What::Restaurant, restaurant_differences(old.as_ref(), new))
        }
        MenuEvent::Menu(id, new) => {
            let currency = currency(known.get(&format!("restaurant/{id}")), id);
            let old = before.and_then(old_menu);
            (id, What::Menu, differences(old.as_ref(), new, currency))
        }
    };
    let entry = (!differences.is_empty()).then(|| Entry {
        id: Uuid::new_v5(&ENTRIES, format!("{key}@{}", record.offset).as_bytes()),
        at: record
            .header("ce_time")
            .and_then(|at| at.parse().ok())
            .unwrap_or(Timestamp::UNIX_EPOCH),
        by: record.header(BY_HEADER).unwrap_or(UNSIGNED).to_owned(),
        by_id: None,
        restaurant: Some(restaurant.clone()),
        what,
        subject: restaurant.to_string(),
        differences,
    });
    let body = record.payload.as_deref().unwrap_or_default();
    let body = String::from_utf8_lossy(body).into_owned();
    let now = Known { version: record.offset, body };
    known.insert(key.clone(), now.clone());
    Ok(Some(Published { key, known: now, entry }))
}

fn old_restaurant(known: &Known, id: &RestaurantId) -> Option<Restaurant> {
    let body: RestaurantBody = serde_json::from_str(&known.body).ok()?;
    body.check(id.clone()).ok()
}

fn old_menu(known: &Known) -> Option<Menu> {
    serde_json::from_str::<MenuBody>(&known.body).ok()?.check().ok()
}

fn currency(restaurant: Option<&Known>, id: &RestaurantId) -> Option<Currency> {
    Some(old_restaurant(restaurant?, id)?.currency)
}

fn differences(old: Option<&Menu>, new: &Menu, currency: Option<Currency>) -> Vec<Difference> {
    if let (Some(old), Some(currency)) = (old, currency) {
        return menu_differences(old, new, currency);
    }
    // The first menu is not told dish by dish; nor is one whose restaurant is not known.
    let dishes = new.categories().iter().map(|category| category.items.len()).sum::<usize>();
    Difference::of("", Field::Itself, None, dishes.to_string()).into_iter().collect()
}
