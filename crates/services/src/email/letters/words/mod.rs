//! What a letter says, once for text and page, in the language of its reader.
//!
//! The texts are `ui::letters`, one value a language. `payment`, `kitchen` and `undone` decide which of
//! them a letter has.

mod kitchen;
mod payment;
mod undone;

use domain::{
    money::Money,
    number::OrderNumber,
    order::{Fulfilment, Order},
    seller::PostalAddress,
};
use jiff::Timestamp;
use ui::{
    Notation,
    letters::{Letters, Settlement},
};

use super::Occasion;

/// A letter in words. Only the order's lines and the link are not in it.
pub(super) struct Letter {
    /// One line in the list of mails.
    pub(super) subject: String,
    /// What that list shows of the mail beside the subject.
    pub(super) preheader: String,
    /// Where the order is, in a word or two.
    pub(super) stamp: &'static str,
    /// The one big sentence.
    pub(super) heading: String,
    /// What follows it.
    pub(super) body: Vec<String>,
    /// What a person wrote, to be quoted.
    pub(super) said: Option<String>,
    /// When, where, how much: name and value.
    pub(super) facts: Vec<(&'static str, String)>,
    /// What the list of dishes is called.
    pub(super) slip: String,
    /// What the sum is called.
    pub(super) total: &'static str,
    /// What the link does.
    pub(super) action: &'static str,
}

/// The words for an occasion. What people call the order comes first.
pub(super) fn letter(order: &Order, number: Option<OrderNumber>, occasion: &Occasion) -> Letter {
    let mut letter = about(order, occasion);
    if let Some(number) = number {
        letter.subject = format!("{} · {}", called(order, &number), letter.subject);
        // A mail about an order that was not placed lists no facts.
        if !letter.facts.is_empty() {
            letter.facts.insert(0, (of(order).number, number.to_string()));
        }
    }
    letter
}

fn about(order: &Order, occasion: &Occasion) -> Letter {
    match occasion {
        Occasion::Confirmed { at, payment_id, settlement } => {
            payment::confirmed(order, *at, payment_id, *settlement)
        }
        Occasion::Paid { at, payment_id } => payment::paid(order, *at, payment_id.as_deref()),
        Occasion::Declined { reason } => payment::declined(order, *reason),
        Occasion::Checking => payment::checking(order),
        Occasion::Authentication => payment::authentication(order),
        Occasion::Ready { at, settlement } => kitchen::ready(order, *at, *settlement),
        Occasion::OutForDelivery { at, settlement } => kitchen::on_its_way(order, *at, *settlement),
        Occasion::Cancelled { by, reason, paid } => {
            undone::cancelled(order, *by, reason.as_deref(), *paid)
        }
        Occasion::Refunded { amount_minor, at, refund_id } => {
            undone::refunded(order, *amount_minor, *at, refund_id)
        }
    }
}

/// The words of the language that the customer reads.
pub(super) fn of(order: &Order) -> &'static Letters {
    ui::letters::letters(order.customer.language)
}

/// "Order 42", or with its id.
fn called(order: &Order, name: &impl ToString) -> String {
    (of(order).order_number)(&name.to_string())
}

/// What stands under a letter: who sold, and which order it is about.
pub(super) fn foot(order: &Order, number: Option<OrderNumber>, occasion: &Occasion) -> Vec<String> {
    let (words, sold) = (of(order), &order.seller);
    let legal = sold.legal.as_ref();
    let mut who: Vec<_> = legal.map(|legal| inline(legal.name.as_str())).into_iter().collect();
    let tax_number = legal.and_then(|legal| legal.tax_number.as_ref());
    who.extend(tax_number.map(|number| (words.tax_id)(number.as_str())));
    who.extend(sold.address.as_ref().map(|address| inline(&address.lines().join(", "))));
    let imprint = legal.and_then(|legal| legal.imprint.as_ref());
    let called = match number {
        Some(number) => format!("{} · {}", called(order, &number), order.id),
        None => called(order, &order.id),
    };
    let is_receipt = matches!(
        occasion,
        Occasion::Confirmed { settlement: Settlement::Paid, .. } | Occasion::Paid { .. }
    );
    let lines = [
        is_receipt.then(|| words.not_fiscal.to_owned()),
        Some(who.join(" · ")).filter(|who| !who.is_empty()),
        imprint.map(ToString::to_string),
        Some((words.why_this_mail)(&seller(order))),
        Some(called),
    ];
    lines.into_iter().flatten().collect()
}

/// An amount of an order, as its reader writes amounts.
pub(super) fn money(order: &Order, minor: i64) -> String {
    order.customer.language.money(Money::new(minor, order.currency))
}

/// The total of an order.
fn total(order: &Order) -> String {
    money(order, order.totals.total_minor)
}

fn seller(order: &Order) -> String {
    inline(order.seller.name.as_str())
}

/// The time of day in the restaurant's zone: `13:05`.
fn clock(order: &Order, at: Timestamp) -> String {
    at.to_zoned(order.seller.time_zone.zone()).strftime("%H:%M").to_string()
}

/// Day and time in the restaurant's zone: `Sunday 22 November 2026, 13:05`.
fn day(order: &Order, at: Timestamp) -> String {
    let date = at.to_zoned(order.seller.time_zone.zone()).date();
    let weekday = order.customer.language.weekday(date.weekday());
    let month = usize::try_from(date.month() - 1).unwrap_or(0);
    let month = of(order).months.get(month).copied().unwrap_or_default();
    format!("{weekday} {} {month} {}, {}", date.day(), date.year(), clock(order, at))
}

/// Where the food goes: name and value.
fn place(order: &Order) -> (&'static str, String) {
    match &order.fulfilment {
        Fulfilment::Pickup => {
            let lines = order.seller.address.as_ref().map(PostalAddress::lines);
            let name = std::iter::once(order.seller.name.to_string());
            let place: Vec<_> = name.chain(lines.unwrap_or_default()).collect();
            (of(order).collect_at, place.join(", "))
        }
        Fulfilment::Delivery { address } => (of(order).deliver_to, address.to_string()),
    }
}

/// Somebody's text within a sentence of ours. What is written from right to left is set apart with
/// an isolate (Unicode UAX #9), or it would carry our words and points with it.
fn inline(text: &str) -> String {
    let from_right = |c: char| matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}');
    if text.chars().any(from_right) { format!("\u{2068}{text}\u{2069}") } else { text.to_owned() }
}
