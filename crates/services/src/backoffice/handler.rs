//! menu → change log
//!
//! Compares each published version with the one before it. The log therefore has every change, also
//! those of other Kafka clients, exactly as the topic has them.

use std::{collections::HashMap, time::Duration};

use domain::{
    changes::{ChangeEntry, ChangeKind, Difference, Field},
    ids::RestaurantId,
    menu::{Menu, menu_differences},
    money::Currency,
    ports::{ChangeBook, KnownVersion, Publication, Unavailable},
    restaurant::Restaurant,
};
use events::{
    BY_HEADER, DecodeError, Handler, Outcome, Pace, Record, Topic,
    menu::{MenuBody, MenuEvent, RestaurantBody, decode_menu_event},
};
use jiff::Timestamp;
use uuid::Uuid;

use super::differences::restaurant_differences;

/// Namespace of the version 5 UUIDs of entry ids: a random UUID that must never change.
const ENTRIES: Uuid = Uuid::from_u128(0x8d1f_3c52_90ab_4f6e_b1d4_7f20_5c6e_913a);
/// The author of an unsigned record: a program with access to the topic.
const UNSIGNED: &str = "a Kafka client";

/// Records who published what in the change log.
pub struct BackofficeHandler<C>(pub C);

impl<C: ChangeBook> Handler for BackofficeHandler<C> {
    const GROUP: &'static str = "backoffice";
    const TOPICS: &'static [Topic] = &[Topic::Menu];
    const PRODUCES: &'static [Topic] = &[];
    const PACE: Pace = Pace::batches(Duration::from_millis(20));

    async fn handle(&self, records: &[Record]) -> Result<Vec<Outcome>, Unavailable> {
        let mut known = self.0.published(&keys_to_compare(records)).await?;
        let (mut publications, mut outcomes) = (Vec::new(), Vec::with_capacity(records.len()));
        for record in records {
            outcomes.push(match compare_record(record, &mut known) {
                Ok(published) => {
                    publications.extend(published);
                    Outcome::Done(Vec::new())
                }
                Err(error) => Outcome::Dead(error.to_string()),
            });
        }
        self.0.record(publications).await?;
        Ok(outcomes)
    }
}

/// The keys whose previous version is needed, including the restaurants of menus for their
/// currency.
fn keys_to_compare(records: &[Record]) -> Vec<String> {
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

/// Compares a record with the known version of its key and makes it the known one; `None` if the
/// known version is not older.
fn compare_record(
    record: &Record,
    known: &mut HashMap<String, KnownVersion>,
) -> Result<Option<Publication>, DecodeError> {
    let event = decode_menu_event(record)?;
    let key = String::from_utf8_lossy(&record.key).into_owned();
    let before = known.get(&key);
    if before.is_some_and(|known| known.version >= record.offset) {
        return Ok(None);
    }
    let (restaurant, kind, differences) = match &event {
        MenuEvent::Restaurant(new) => {
            let old = before.and_then(|known| parse_restaurant(known, &new.id));
            (&new.id, ChangeKind::Restaurant, restaurant_differences(old.as_ref(), new))
        }
        MenuEvent::Menu(id, new) => {
            let currency = restaurant_currency(known.get(&format!("restaurant/{id}")), id);
            let old = before.and_then(parse_menu);
            (id, ChangeKind::Menu, differences_to_menu(old.as_ref(), new, currency))
        }
    };
    let entry = (!differences.is_empty()).then(|| ChangeEntry {
        id: Uuid::new_v5(&ENTRIES, format!("{key}@{}", record.offset).as_bytes()),
        at: record
            .header("ce_time")
            .and_then(|at| at.parse().ok())
            .unwrap_or(Timestamp::UNIX_EPOCH),
        by: record.header(BY_HEADER).unwrap_or(UNSIGNED).to_owned(),
        by_id: None,
        restaurant: Some(restaurant.clone()),
        kind,
        subject: restaurant.to_string(),
        differences,
    });
    let body = record.payload.as_deref().unwrap_or_default();
    let body = String::from_utf8_lossy(body).into_owned();
    let now = KnownVersion { version: record.offset, body };
    known.insert(key.clone(), now.clone());
    Ok(Some(Publication { key, known: now, entry }))
}

fn parse_restaurant(known: &KnownVersion, id: &RestaurantId) -> Option<Restaurant> {
    let body: RestaurantBody = serde_json::from_str(&known.body).ok()?;
    body.check(id.clone()).ok()
}

fn parse_menu(known: &KnownVersion) -> Option<Menu> {
    serde_json::from_str::<MenuBody>(&known.body).ok()?.check().ok()
}

fn restaurant_currency(restaurant: Option<&KnownVersion>, id: &RestaurantId) -> Option<Currency> {
    Some(parse_restaurant(restaurant?, id)?.currency)
}

fn differences_to_menu(
    old: Option<&Menu>,
    new: &Menu,
    currency: Option<Currency>,
) -> Vec<Difference> {
    if let (Some(old), Some(currency)) = (old, currency) {
        return menu_differences(old, new, currency);
    }
    // A first menu, or one whose restaurant is unknown, is one entry and not one for each dish.
    let dishes = new.categories().iter().map(|category| category.items.len()).sum::<usize>();
    Difference::between("", Field::Itself, None, dishes.to_string()).into_iter().collect()
}
