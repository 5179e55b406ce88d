//! A restaurant: its identity, currency, time zone and terms.

use jiff::Timestamp;

use crate::{
    hours::{DayTime, Opening, OpeningHours, Pause},
    ids::RestaurantId,
    money::{Currency, Money},
    order::Seller,
    payment_method::{CapturePoint, MethodKind},
    seller::{Legal, PostalAddress},
    tax::TaxRules,
    text::{Name, Note, ZoneName},
    violation::{Violations, cart::CartError},
};

/// Default time limit for accepting a confirmed order: 15 minutes.
pub const DEFAULT_ACCEPT_WITHIN_S: u32 = 900;

/// Default start of a business day: 05:00, when hardly any kitchen is open.
pub const DEFAULT_BUSINESS_DAY_STARTS: DayTime = DayTime::from_hour(5);

/// Whether a restaurant takes cash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CashRules {
    /// True if orders can be paid in cash at hand-over.
    pub is_allowed: bool,
    /// Largest total of an order that is paid in cash, in minor units; `None` for no limit.
    pub limit_minor: Option<i64>,
}

impl CashRules {
    /// True if an order of this total can be paid in cash.
    pub fn takes(self, total_minor: i64) -> bool {
        self.is_allowed && self.limit_minor.is_none_or(|limit| total_minor <= limit)
    }
}

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
    /// When money is captured; `None` for the default.
    pub capture: Option<CapturePoint>,
    /// Whether it takes cash.
    pub cash: CashRules,
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
            capture: self.capture_point(),
            business_day_starts: self.business_day_starts,
            legal: self.legal.clone(),
            address: self.address.clone(),
        }
    }

    /// When money is captured: by default at acceptance where a person accepts.
    pub fn capture_point(&self) -> CapturePoint {
        self.capture.unwrap_or(match self.auto_accept {
            true => CapturePoint::AtOrder,
            false => CapturePoint::AtAcceptance,
        })
    }

    /// Whether it takes orders, and when that changes.
    pub fn opening(&self, now: Timestamp) -> Opening {
        let zone = self.time_zone.zone();
        Opening::at(now, &zone, self.opening_hours.as_ref(), self.pause)
    }

    /// Refuses an order that is paid in cash where that is not possible.
    pub fn refuse_cash(&self, method: MethodKind, total: Money) -> Result<(), Violations> {
        let error = match (method, self.cash) {
            (MethodKind::Card, _) => return Ok(()),
            (MethodKind::Cash, rules) if rules.takes(total.minor) => return Ok(()),
            (MethodKind::Cash, CashRules { is_allowed: true, limit_minor: Some(limit) }) => {
                CartError::CashLimit { limit: Money::new(limit, total.currency) }
            }
            (MethodKind::Cash, _) => CartError::NoCash,
        };
        Err(Violations::one("payment_method", error))
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
