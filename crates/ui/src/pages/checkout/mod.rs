//! The checkout: everything on one page, errors at the field.

use domain::{
    ids::OrderId, money::Money, payment::DeclineReason, restaurant::Restaurant, tax::OrderTax,
    violation::Violation,
};
use maud::{Markup, html};

use crate::{
    Reader,
    cart::CartView,
    fields::{self, Field},
    icons,
    layout::{Area, document},
};

mod choices;
mod method;
mod payment;
mod sums;

pub use payment::CardSetup;

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

/// The content of the form, as typed.
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
    /// `cash`, or the chosen card's token; empty for none yet.
    pub payment_method: String,
}

/// The notice to a customer who has to pay again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckoutNotice {
    /// The form was used for an order already, and the cart is another one now.
    CartChanged,
    /// It is not known whether the order was accepted.
    Unreachable,
    /// The order was declined, and may be placed again.
    Declined(DeclineReason),
    /// The total is another one than the page showed.
    TotalChanged {
        /// The total that the page showed.
        shown: Money,
        /// The current total.
        now: Money,
    },
}

/// The checkout.
#[derive(Clone, Debug)]
pub struct CheckoutPage<'a> {
    /// The reader.
    pub reader: Reader,
    /// The restaurant.
    pub restaurant: &'a Restaurant,
    /// True while the restaurant takes orders.
    pub open: bool,
    /// The cart.
    pub cart: CartView,
    /// Its taxes when delivered, if the restaurant has rates.
    pub delivery_tax: Option<OrderTax>,
    /// Its taxes when collected.
    pub pickup_tax: Option<OrderTax>,
    /// Idempotency key of this attempt.
    pub key: &'a str,
    /// The content of the form, as typed.
    pub entered: Entered,
    /// The violations by field.
    pub violations: Vec<Violation>,
    /// The notice, if the problem is not a field.
    pub notice: Option<CheckoutNotice>,
    /// The fields of a card; `None` if the shop takes no cards.
    pub card: Option<CardSetup<'a>>,
    /// True with a test gateway: test cards are offered by their effect.
    pub test_gateway: bool,
    /// The declined order that this one tries again.
    pub replaces: Option<OrderId>,
}

/// The checkout at `/checkout?restaurant=…`.
pub fn checkout(page: &CheckoutPage<'_>) -> Markup {
    let (r, words) = (page.restaurant, &page.reader.words().checkout);
    let main = html! {
        p.back { a href={ "/r/" (r.id) } { ((words.back_to)(r.name.as_str())) } }
        h1 { (words.title) }
        @if page.cart.rows.is_empty() {
            div.empty {
                p.big { (words.nothing) }
                a.primary href={ "/r/" (r.id) } { (words.see_menu) }
            }
        } @else {
            div #checkout-notices data-part { (alerts(page)) }
            template data-notice { (bad_notice(words.unreachable)) }
            form.checkout method="post" action="/checkout" novalidate {
                div #checkout-sent data-part hidden { (hidden_fields(page)) }
                div.checkout-fields {
                    (choices::fulfilment(page))
                    (you(page))
                    (choices::tip(page))
                    (payment::payment(page))
                }
                (sums::slip(page))
            }
        }
    };
    document(&page.reader, words.title, Area::Shop, "checkout-page", &main)
}

fn alerts(page: &CheckoutPage<'_>) -> Markup {
    let words = &page.reader.words().checkout;
    let closed = page.violations.iter().filter(|v| v.field == "restaurant_id");
    let fields = page.violations.len() - closed.clone().count();
    html! {
        @if let Some(notice) = page.notice { (bad_notice(&notice_text(page, notice))) }
        @for violation in closed {
            (bad_notice(&format!("{}.", fields::line_message(&page.reader, violation))))
        }
        @if fields > 0 { (bad_notice(&(words.attention)(fields))) }
    }
}

fn bad_notice(text: &str) -> Markup {
    html! { div.notice.bad role="alert" { (icons::warning()) p { (text) } } }
}

fn notice_text(page: &CheckoutPage<'_>, notice: CheckoutNotice) -> String {
    let words = page.reader.words();
    match notice {
        CheckoutNotice::CartChanged => words.checkout.cart_changed.to_owned(),
        CheckoutNotice::Unreachable => words.checkout.unreachable.to_owned(),
        CheckoutNotice::Declined(DeclineReason::OutOfStock) => {
            let (what, advice) = (words.story.declined)(Some(DeclineReason::OutOfStock));
            format!("{what} {} {advice}", words.story.none_taken)
        }
        CheckoutNotice::Declined(_) => words.checkout.declined.to_owned(),
        CheckoutNotice::TotalChanged { shown, now } => {
            (words.checkout.total_changed)(&page.reader.money(shown), &page.reader.money(now))
        }
    }
}

/// What the form sends beside the customer's entries.
fn hidden_fields(page: &CheckoutPage<'_>) -> Markup {
    let sums = [
        ("delivery_sum_minor", FulfilmentKind::Delivery),
        ("pickup_sum_minor", FulfilmentKind::Pickup),
    ];
    html! {
        input type="hidden" name="restaurant" value=(page.restaurant.id);
        input type="hidden" name="key" value=(page.key);
        @for (name, kind) in sums {
            @let minor = sums::without_tip(page, kind);
            input type="hidden" name=(name) value=(minor) data-amount=[script_amount(page, minor)];
        }
        @if let Some(id) = page.replaces { input type="hidden" name="replaces" value=(id); }
    }
}

/// An amount as the payment gateway's script takes it.
fn script_amount(page: &CheckoutPage<'_>, minor: i64) -> Option<i64> {
    page.card.and_then(|card| (card.script_amount)(Money::new(minor, page.restaurant.currency)))
}

fn you(page: &CheckoutPage<'_>) -> Markup {
    let words = &page.reader.words().checkout;
    let text = |name, path, label, kind, value, autocomplete, hint, is_required| {
        let field = Field { name, path, label, kind, value, autocomplete, hint, is_required };
        fields::field(&page.reader, &field, &page.violations)
    };
    let e = &page.entered;
    html! {
        fieldset.panel #checkout-you data-part {
            legend { (words.you) }
            (text("name", "customer.name", words.name, "text", &e.name, "name", None, true))
            (text("email", "customer.email", words.email, "email", &e.email, "email",
                Some(words.email_hint), true))
            (text("phone", "customer.phone", words.phone, "tel", &e.phone, "tel",
                Some(words.phone_hint), false))
        }
    }
}

/// An amount in the restaurant's currency.
fn money(page: &CheckoutPage<'_>, minor: i64) -> String {
    page.reader.money(Money::new(minor, page.restaurant.currency))
}
