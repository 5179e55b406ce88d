//! The body of `POST /api/orders` and its checks.

use std::collections::BTreeSet;

use domain::{
    cart::{CartError, CartLine},
    ids::{OrderId, RestaurantId},
    language::Language,
    order::{Customer, Fulfilment, Line, Order},
    payment_method::PaymentMethod,
    violation::{Checks, Violations},
};
use serde::{Deserialize, Serialize};

use super::request_digest::RequestDigest;

/// An order as a client requests it. It has no prices: they come from the menu.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct OrderBody {
    pub(super) restaurant_id: String,
    pub(super) customer: CustomerBody,
    pub(super) fulfilment: FulfilmentBody,
    pub(super) lines: Vec<CartLineBody>,
    pub(super) payment_method: String,
    #[serde(default)]
    pub(super) tip_minor: i64,
    #[serde(default)]
    pub(super) replaces: Option<String>,
    /// The total that the customer was shown. Not part of the digest: an order repeated with another
    /// expectation is the same order.
    #[serde(default, skip_serializing)]
    pub(super) expected_total_minor: Option<i64>,
}

/// The customer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct CustomerBody {
    pub(super) name: String,
    pub(super) email: String,
    #[serde(default)]
    pub(super) phone: Option<String>,
    /// Language of the mails. Not part of the digest: an order repeated after a switch of language
    /// is the same order.
    #[serde(default, skip_serializing)]
    pub(super) language: Option<String>,
}

/// Pickup or delivery. A type of its own, because the event's type ignores unknown fields, which
/// serde cannot report inside of tagged enums.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum FulfilmentBody {
    Pickup {},
    Delivery { address: String },
}

/// A line of the order as a client requests it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct CartLineBody {
    pub(super) item_id: String,
    pub(super) quantity: u32,
    #[serde(default)]
    pub(super) options: Vec<String>,
    #[serde(default)]
    pub(super) note: Option<String>,
}

/// An order with valid fields, not yet checked against the menu.
#[derive(Clone, Debug)]
pub(super) struct NewOrder {
    pub(super) restaurant_id: RestaurantId,
    pub(super) customer: Customer,
    pub(super) fulfilment: Fulfilment,
    pub(super) lines: Vec<CartLine>,
    pub(super) payment_method: PaymentMethod,
    pub(super) tip_minor: i64,
    pub(super) replaces: Option<OrderId>,
    /// The total that the customer was shown; `None` accepts any.
    pub(super) expected_total_minor: Option<i64>,
    /// Digest of the request: differs for another one under the same idempotency key.
    pub(super) digest: RequestDigest,
    /// True if placed by staff, who have no rate limits.
    pub(super) by_staff: bool,
}

impl NewOrder {
    /// True if `order` is what this request describes.
    pub(super) fn matches(&self, order: &Order) -> bool {
        let options = |line: &CartLine| line.options.iter().cloned().collect::<BTreeSet<_>>();
        let same_line = |(ours, theirs): (&CartLine, &Line)| {
            let chosen: BTreeSet<_> = theirs.options.iter().map(|o| o.id.clone()).collect();
            (&ours.item_id, ours.quantity, &ours.note)
                == (&theirs.item_id, theirs.quantity, &theirs.note)
                && options(ours) == chosen
        };
        let customer = Customer { language: order.customer.language, ..self.customer.clone() };
        self.restaurant_id == order.seller.id
            && customer == order.customer
            && self.fulfilment == order.fulfilment
            && self.lines.len() == order.lines.len()
            && self.lines.iter().zip(&order.lines).all(same_line)
            && self.payment_method.kind() == order.payment_method.kind()
            && self.tip_minor == order.totals.tip_minor
            && self.replaces == order.replaces
    }
}

impl OrderBody {
    /// Parses every field and collects all violations.
    pub(super) fn check(self) -> Result<NewOrder, Violations> {
        let mut checks = Checks::default();
        let restaurant_id = checks.ok_or_add("restaurant_id", self.restaurant_id.parse());
        let name = checks.ok_or_add("customer.name", self.customer.name.parse());
        let email = checks.ok_or_add("customer.email", self.customer.email.parse());
        let phone = self.customer.phone.as_deref().filter(|text| !text.trim().is_empty());
        let phone = phone.map(|text| checks.ok_or_add("customer.phone", text.parse()));
        let language = self.customer.language.as_deref();
        let parse = |code: &str| code.parse::<Language>().map_err(|error| error.to_string());
        let language = language.map(|code| checks.ok_or_add("customer.language", parse(code)));
        let fulfilment = match &self.fulfilment {
            FulfilmentBody::Pickup {} => Some(Fulfilment::Pickup),
            FulfilmentBody::Delivery { address } => checks
                .ok_or_add("fulfilment.address", address.parse())
                .map(|address| Fulfilment::Delivery { address }),
        };
        let payment_method = checks.ok_or_add("payment_method", self.payment_method.parse());
        let replaces = self.replaces.as_deref().map(|id| checks.ok_or_add("replaces", id.parse()));
        let lines = self.check_lines(&mut checks);
        let (phone, language) = (phone.flatten(), language.flatten().unwrap_or_default());
        let customer = name.zip(email);
        let customer = customer.map(|(name, email)| Customer { name, email, phone, language });
        let whole = restaurant_id.zip(customer).zip(fulfilment.zip(payment_method));
        checks.finish(whole.map(|((restaurant_id, customer), (fulfilment, payment_method))| {
            NewOrder {
                restaurant_id,
                customer,
                fulfilment,
                lines,
                tip_minor: self.tip_minor,
                replaces: replaces.flatten(),
                expected_total_minor: self.expected_total_minor,
                digest: RequestDigest::new(self, &payment_method),
                payment_method,
                by_staff: false,
            }
        }))
    }

    /// The same body with another payment method.
    pub(super) fn paid_with(self, method: &str) -> Self {
        Self { payment_method: method.to_owned(), ..self }
    }

    fn check_lines(&self, checks: &mut Checks) -> Vec<CartLine> {
        if self.lines.len() > domain::cart::MAX_LINES {
            checks.add("lines", CartError::TooManyLines);
            return Vec::new();
        }
        let line = |(n, line): (usize, &CartLineBody)| line.check(&format!("lines[{n}]"), checks);
        self.lines.iter().enumerate().filter_map(line).collect()
    }
}

impl CartLineBody {
    /// The checked line, or its violations.
    pub(super) fn check_alone(&self) -> Result<CartLine, Violations> {
        let mut checks = Checks::default();
        let line = self.check("lines[0]", &mut checks);
        checks.finish(line)
    }

    fn check(&self, at: &str, checks: &mut Checks) -> Option<CartLine> {
        let item_id = checks.ok_or_add(format!("{at}.item_id"), self.item_id.parse());
        let note = self.note.as_deref().filter(|text| !text.trim().is_empty());
        let note = note.map(|text| checks.ok_or_add(format!("{at}.note"), text.parse()));
        let options: Vec<_> = (self.options.iter().enumerate())
            .filter_map(|(n, id)| checks.ok_or_add(format!("{at}.options[{n}]"), id.parse()))
            .collect();
        Some(CartLine { item_id: item_id?, quantity: self.quantity, options, note: note.flatten() })
    }
}
