//! A restaurant: its identity, currency, time zone and terms.

use jiff::Timestamp;

use crate::{
    hours::{DayTime, Opening, OpeningHours, Pause},
    ids::RestaurantId,
    money::Currency,
    order::Seller,
    seller::{Legal, PostalAddress},
    tax::TaxRules,
    text::{Name, Note, ZoneName},
    violation::{Violations, cart::CartError},
};

/// Default time limit for accepting a confirmed order: 15 minutes.
pub const DEFAULT_ACCEPT_WITHIN_S: u32 = 900;

/// Default start of a business day: 05:00, when hardly any kitchen is open.
pub const DEFAULT_BUSINESS_DAY_STARTS: DayTime = DayTime::from_hour(5);

/// The details of a restaurant. Published whole, as one record of the topic `menu`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restaurant {
    /// Its identifier in addresses.
    pub id: RestaurantId,
    /// Its name.
    pub name: Name,
    /// One line under the name.
    pub tagline: Option<Note>,
    /// The currency of all its prices.
    pub currency: Currency,
    /// The time zone in which its customers and staff see times.
    pub time_zone: ZoneName,
    /// True if confirmed orders are accepted automatically.
    pub auto_accept: bool,
    /// Time limit for accepting, in seconds.
    pub accept_within_s: u32,
    /// The delivery fee, in minor units; `None` if the restaurant does not deliver.
    pub delivery_fee_minor: Option<i64>,
    /// The minimum sum of dishes for delivery, in minor units.
    pub minimum_order_minor: i64,
    /// Minutes from accepted to ready, as shown to customers.
    pub preparation_min: u32,
    /// Opening hours; `None` for always open.
    pub opening_hours: Option<OpeningHours>,
    /// A pause in taking orders.
    pub pause: Option<Pause>,
    /// Its tax rules; `None` if receipts list no tax.
    pub tax: Option<TaxRules>,
    /// When a business day starts. Order numbers start again with it.
    pub business_day_starts: DayTime,
    /// The legal entity that sells; `None` if receipts name none.
    pub legal: Option<Legal>,
    /// Its address.
    pub address: Option<PostalAddress>,
}

impl Restaurant {
    /// What an order keeps of it.
    pub fn seller(&self) -> Seller {
        Seller {
            id: self.id.clone(),
            name: self.name.clone(),
            time_zone: self.time_zone.clone(),
            auto_accept: self.auto_accept,
            accept_within_s: self.accept_within_s,
            business_day_starts: self.business_day_starts,
            legal: self.legal.clone(),
            address: self.address.clone(),
        }
    }

    /// Whether it takes orders, and when that changes.
    pub fn opening(&self, now: Timestamp) -> Opening {
        let zone = self.time_zone.zone();
        Opening::at(now, &zone, self.opening_hours.as_ref(), self.pause)
    }

    /// Refuses an order while the restaurant is closed.
    pub fn refuse_closed(&self, now: Timestamp) -> Result<(), Violations> {
        let opening = self.opening(now);
        if opening.is_open() {
            return Ok(());
        }
        let zone = self.time_zone.zone();
        let opens = opening.opens().map(|at| at.to_zoned(zone));
        let restaurant = self.name.clone();
        Err(Violations::one("restaurant_id", CartError::Closed { restaurant, opens }))
    }
}
