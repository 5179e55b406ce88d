//! The checkout form: its initial entries, and its submission.

use domain::{
    cart::CartLine,
    ids::OrderId,
    language::Language,
    order::{Fulfilment, Line, Order},
    payment_method::MethodKind,
    restaurant::Restaurant,
    text::Email,
};
use serde::Deserialize;
use ui::pages::{Entered, FulfilmentKind};

use crate::storefront::body::{CartLineBody, CustomerBody, FulfilmentBody, OrderBody};

/// The entries of a new customer's form.
pub(super) fn default_entries(restaurant: &Restaurant) -> Entered {
    let fulfilment = match restaurant.delivery_fee_minor {
        Some(_) => FulfilmentKind::Delivery,
        None => FulfilmentKind::Pickup,
    };
    Entered { fulfilment, ..Entered::default() }
}

/// What the customer entered for an earlier order, except the card.
pub(super) fn entries_from_order(order: &Order) -> Entered {
    let (fulfilment, address) = match &order.fulfilment {
        Fulfilment::Pickup => (FulfilmentKind::Pickup, String::new()),
        Fulfilment::Delivery { address } => (FulfilmentKind::Delivery, address.to_string()),
    };
    Entered {
        name: order.customer.name.to_string(),
        email: order.customer.email.to_string(),
        phone: order.customer.phone.as_ref().map(ToString::to_string).unwrap_or_default(),
        fulfilment,
        address,
        tip_minor: order.totals.tip_minor,
        payment_method: match order.payment_method.kind() {
            kind @ MethodKind::Cash => kind.name().to_owned(),
            MethodKind::Card => String::new(),
        },
    }
}

/// A line of an earlier order as a line of the cart, at the current price.
pub(super) fn cart_line(line: &Line) -> CartLine {
    CartLine {
        item_id: line.item_id.clone(),
        quantity: line.quantity,
        options: line.options.iter().map(|option| option.id.clone()).collect(),
        note: line.note.clone(),
    }
}

#[derive(Deserialize)]
pub(crate) struct CheckoutForm {
    pub(super) restaurant: String,
    pub(super) key: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    fulfilment: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    tip_minor: i64,
    /// `cash`, a card's token, or `card` where `card` has the token.
    #[serde(default)]
    payment_method: String,
    #[serde(default)]
    card: String,
    #[serde(default)]
    pub(super) replaces: Option<String>,
    /// The total of a delivery before the tip, as the page showed it.
    #[serde(default)]
    delivery_sum_minor: Option<i64>,
    /// The total of a pickup before the tip, as the page showed it.
    #[serde(default)]
    pickup_sum_minor: Option<i64>,
}

impl CheckoutForm {
    fn kind(&self) -> FulfilmentKind {
        if self.fulfilment == "pickup" { FulfilmentKind::Pickup } else { FulfilmentKind::Delivery }
    }

    /// The e-mail address, if it is one.
    pub(super) fn email(&self) -> Option<Email> {
        self.email.trim().parse().ok()
    }

    /// `cash`, or a card's token.
    fn method(&self) -> &str {
        if self.payment_method == MethodKind::Card.name() {
            &self.card
        } else {
            &self.payment_method
        }
    }

    /// The total that the page showed for these choices.
    pub(super) fn shown_total_minor(&self) -> Option<i64> {
        let sum_minor = match self.kind() {
            FulfilmentKind::Pickup => self.pickup_sum_minor,
            FulfilmentKind::Delivery => self.delivery_sum_minor,
        };
        Some(sum_minor?.saturating_add(self.tip_minor))
    }

    pub(super) fn entered(&self) -> Entered {
        Entered {
            name: self.name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
            fulfilment: self.kind(),
            address: self.address.clone(),
            tip_minor: self.tip_minor,
            payment_method: self.method().to_owned(),
        }
    }

    pub(super) fn body(
        &self,
        lines: &[CartLine],
        replaces: Option<OrderId>,
        language: Language,
    ) -> OrderBody {
        let line = |line: &CartLine| CartLineBody {
            item_id: line.item_id.to_string(),
            quantity: line.quantity,
            options: line.options.iter().map(ToString::to_string).collect(),
            note: line.note.as_ref().map(ToString::to_string),
        };
        OrderBody {
            restaurant_id: self.restaurant.clone(),
            customer: CustomerBody {
                name: self.name.clone(),
                email: self.email.trim().to_owned(),
                phone: Some(self.phone.clone()),
                language: Some(language.name().to_owned()),
            },
            fulfilment: match self.kind() {
                FulfilmentKind::Pickup => FulfilmentBody::Pickup {},
                FulfilmentKind::Delivery => {
                    FulfilmentBody::Delivery { address: self.address.clone() }
                }
            },
            lines: lines.iter().map(line).collect(),
            payment_method: self.method().to_owned(),
            tip_minor: self.tip_minor,
            replaces: replaces.map(|id| id.to_string()),
            expected_total_minor: self.shown_total_minor(),
        }
    }
}
