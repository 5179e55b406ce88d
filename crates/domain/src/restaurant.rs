//! A restaurant: who cooks, in which currency and zone, and on which terms.

use jiff::Timestamp;

use crate::{
    hours::{Opening, OpeningHours, Pause},
    ids::RestaurantId,
    money::Currency,
    text::{Name, Note, ZoneName},
    violation::{Refused, cart::CartError},
};

/// How long a restaurant has to accept a confirmed order unless it says otherwise: 15 minutes.
pub const DEFAULT_ACCEPT_WITHIN_S: u32 = 900;

/// What a restaurant says of itself. Published whole, as one record of the topic `menu`.
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
    /// The zone in which its customers and cooks read times.
    pub time_zone: ZoneName,
    /// True if a confirmed order needs no person to accept it.
    pub auto_accept: bool,
    /// Seconds within which a person must accept.
    pub accept_within_s: u32,
    /// What delivery costs, in minor units; `None` where the restaurant does not deliver.
    pub delivery_fee_minor: Option<i64>,
    /// The smallest sum of dishes that is delivered, in minor units.
    pub minimum_order_minor: i64,
    /// How many minutes from accepted to ready, as told to customers.
    pub preparation_min: u32,
    /// When it takes orders; `None` for always.
    pub opening_hours: Option<OpeningHours>,
    /// A break in which it takes none.
    pub pause: Option<Pause>,
}

impl Restaurant {
    /// Whether it takes orders, and when that changes.
    pub fn opening(&self, now: Timestamp) -> Opening {
        let zone = self.time_zone.zone();
        Opening::at(now, &zone, self.opening_hours.as_ref(), self.pause)
    }

    /// Refuses whoever orders while it is closed.
    pub fn refuse_closed(&self, now: Timestamp) -> Result<(), Refused> {
        let opening = self.opening(now);
        if opening.is_open() {
            return Ok(());
        }
        let zone = self.time_zone.zone();
        let opens = opening.opens().map(|at| at.to_zoned(zone));
        let restaurant = self.name.clone();
        Err(Refused::one("restaurant_id", CartError::Closed { restaurant, opens }))
    }
}
