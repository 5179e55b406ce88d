//! The checkout: everything on one page, errors at the field.

use domain::{ids::OrderId, money::Money, restaurant::Restaurant, violation::Violation};
use maud::{Markup, html};

use crate::{
    Reader,
    cart::CartView,
    fields::{self, Field},
    icons,
    layout::{Place, document},
    when,
};

mod choices;
mod sums;

/// Pickup or delivery, as chosen in the form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FulfilmentKind {
    /// The customer comes.
    Pickup,
    /// A courier comes.
    #[default]
    Delivery,
}

impl FulfilmentKind {
    /// The value in the form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pickup => "pickup",
            Self::Delivery => "delivery",
        }
    }
}

/// What was typed so far, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entered {
    /// The customer's name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their telephone number.
    pub phone: String,
    /// Pickup or delivery.
    pub fulfilment: FulfilmentKind,
    /// Where to deliver.
    pub address: String,
    /// The tip in minor units.
    pub tip_minor: i64,
    /// The chosen payment method's token; empty for none yet.
    pub payment_method: String,
}

/// The checkout.
#[derive(Clone, Debug)]
pub struct CheckoutPage<'a> {
    /// Who reads it.
    pub reader: Reader,
    /// Who cooks.
    pub restaurant: &'a Restaurant,
    /// What is ordered.
    pub cart: CartView,
    /// Identifies this attempt: sent again, it makes no second order.
    pub key: &'a str,
    /// What was typed so far.
    pub entered: Entered,
    /// What is wrong with it.
    pub violations: Vec<Violation>,
    /// What went wrong on our side, as sentences to the customer.
    pub notice: Option<String>,
    /// True where cards are test cards, which are then offered by what they do.
    pub test_gateway: bool,
    /// The declined order that this one tries again.
    pub replaces: Option<OrderId>,
}

/// The checkout at `/checkout?restaurant=…`.
pub fn checkout(page: &CheckoutPage<'_>) -> Markup {
    let r = page.restaurant;
    let main = html! {
        p.back { a href={ "/r/" (r.id) } { "Back to " (r.name) } }
        h1 { "Checkout" }
        @if page.cart.rows.is_empty() {
            div.empty {
                p.big { "There is nothing to pay for yet." }
                a.primary href={ "/r/" (r.id) } { "See the menu" }
            }
        } @else {
            (alerts(page))
            form.checkout method="post" action="/checkout" novalidate {
                input type="hidden" name="restaurant" value=(r.id);
                input type="hidden" name="key" value=(page.key);
                @if let Some(id) = page.replaces {
                    input type="hidden" name="replaces" value=(id);
                }
                div.checkout-fields {
                    (choices::fulfilment(page))
                    (you(page))
                    (choices::tip(page))
                    (choices::payment(page))
                }
                (sums::slip(page))
            }
        }
    };
    document(&page.reader, "Checkout", Place::Shop, "checkout-page", &main)
}

fn alerts(page: &CheckoutPage<'_>) -> Markup {
    let n = i64::try_from(page.violations.len()).unwrap_or(i64::MAX);
    html! {
        @if let Some(notice) = &page.notice {
            div.notice.bad role="alert" { (icons::warning()) p { (notice) } }
        }
        @if n > 0 {
            div.notice.bad role="alert" {
                (icons::warning())
                p {
                    (when::count(n, "thing needs", "things need"))
                    " your attention before we can take the order. Nothing was charged."
                }
            }
        }
    }
}

fn you(page: &CheckoutPage<'_>) -> Markup {
    let text = |name, path, label, kind, value, autocomplete, hint, required| {
        let field = Field { name, path, label, kind, value, autocomplete, hint, required };
        fields::field(&page.reader, &field, &page.violations)
    };
    let e = &page.entered;
    html! {
        fieldset.panel {
            legend { "You" }
            (text("name", "customer.name", "Name", "text", &e.name, "name", None, true))
            (text("email", "customer.email", "E-mail", "email", &e.email, "email",
                Some("The receipt goes there."), true))
            (text("phone", "customer.phone", "Phone", "tel", &e.phone, "tel",
                Some("Only if the courier cannot find you."), false))
        }
    }
}

/// An amount in the restaurant's currency.
fn money(page: &CheckoutPage<'_>, minor: i64) -> Money {
    Money::new(minor, page.restaurant.currency)
}
