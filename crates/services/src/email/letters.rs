//! The letters: what customers read, as text and as a page.

use std::fmt::Write as _;

use domain::{
    money::Money,
    order::{Fulfilment, Line, Order},
    payment::DeclineReason,
    ports::{Mail, MailKind},
};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

/// What there is to tell.
pub(super) enum Occasion {
    /// Paid, at that time.
    Confirmed(Timestamp),
    /// Not paid, for that reason.
    Declined(DeclineReason),
}

impl Occasion {
    fn kind(&self) -> MailKind {
        match self {
            Self::Confirmed(_) => MailKind::Confirmed,
            Self::Declined(_) => MailKind::Declined,
        }
    }

    fn subject(&self, order: &Order) -> String {
        match self {
            Self::Confirmed(_) => format!("{}: your order is confirmed", order.seller.name),
            Self::Declined(_) => format!("{}: your order could not be paid", order.seller.name),
        }
    }

    fn opening(&self, order: &Order) -> String {
        let (name, seller, total) = (&order.customer.name, &order.seller.name, order.total());
        match self {
            Self::Confirmed(_) => {
                format!("Thank you, {name}. {seller} has your order, and {total} is paid.")
            }
            Self::Declined(reason) => format!(
                "{name}, your order at {seller} was not placed: {}. No money was taken.",
                why(*reason)
            ),
        }
    }

    fn closing(&self) -> &'static str {
        match self {
            Self::Confirmed(_) => "Follow your order live",
            Self::Declined(_) => "Try again with another card",
        }
    }
}

fn why(reason: DeclineReason) -> &'static str {
    match reason {
        DeclineReason::CardDeclined => "your bank declined the card",
        DeclineReason::InsufficientFunds => "the card has not enough funds",
        DeclineReason::AuthenticationRequired => "your bank asked for a confirmation",
        DeclineReason::InvalidPaymentMethod => "the payment method is not known",
        DeclineReason::OutOfStock => "something you chose has just sold out",
        DeclineReason::PaymentTimeout => "the payment did not come through in time",
        DeclineReason::Cancelled => "it was cancelled",
    }
}

/// Writes the mail. The Message-ID follows from order and kind, so that a mail sent twice can be
/// recognised as one.
pub(super) fn write(order: &Order, occasion: &Occasion, link: &str) -> Mail {
    Mail {
        message_id: format!("{}.{}@comanda", occasion.kind().name(), order.id),
        to: (order.customer.name.to_string(), order.customer.email.clone()),
        subject: occasion.subject(order),
        text: text(order, occasion, link),
        html: page(order, occasion, link).into_string(),
    }
}

fn money(order: &Order, minor: i64) -> String {
    Money::new(minor, order.currency).to_string()
}

/// The time in the restaurant's zone: `Sunday 22 November, 13:05`.
fn local(order: &Order, at: Timestamp) -> String {
    let local = at.to_zoned(order.seller.time_zone.zone());
    local.strftime("%A %-d %B, %H:%M").to_string()
}

fn line_text(line: &Line) -> String {
    let options: Vec<_> = line.options.iter().map(|option| option.name.as_str()).collect();
    match options.is_empty() {
        true => format!("{} × {}", line.quantity, line.name),
        false => format!("{} × {} ({})", line.quantity, line.name, options.join(", ")),
    }
}

/// What comes under the lines: label and amount.
fn sums(order: &Order) -> Vec<(&'static str, String)> {
    let t = &order.totals;
    let extra = [("Delivery", t.delivery_fee_minor), ("Tip", t.tip_minor)];
    let extra = extra.into_iter().filter(|(_, minor)| *minor > 0);
    let total = std::iter::once(("Total", t.total_minor));
    extra.chain(total).map(|(label, minor)| (label, money(order, minor))).collect()
}

fn way(order: &Order) -> String {
    match &order.fulfilment {
        Fulfilment::Pickup => format!("To be picked up at {}", order.seller.name),
        Fulfilment::Delivery { address } => format!("To be delivered to {address}"),
    }
}

fn text(order: &Order, occasion: &Occasion, link: &str) -> String {
    let mut text = format!("{}\n\n", occasion.opening(order));
    for line in &order.lines {
        let _ = writeln!(text, "  {}  {}", line_text(line), money(order, line.total_minor));
    }
    for (label, amount) in sums(order) {
        let _ = writeln!(text, "  {label}: {amount}");
    }
    if let Occasion::Confirmed(at) = occasion {
        let _ = writeln!(text, "\n{}.\nPaid on {}.", way(order), local(order, *at));
    }
    let _ = writeln!(text, "\n{}: {link}", occasion.closing());
    text
}

/// Mail programs know tables and inline styles, and little else. The colours are the shop's own.
fn page(order: &Order, occasion: &Occasion, link: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { (occasion.subject(order)) } }
            body style="margin:0;background:#faf7f2;color:#1d1a16;font:16px/1.5 system-ui,sans-serif" {
                table role="presentation" width="100%" cellpadding="0" cellspacing="0" { tr {
                    td align="center" style="padding:24px" {
                        table role="presentation" width="480" cellpadding="0" cellspacing="0"
                            style="max-width:480px;background:#fff;border:1px solid #e7dfd3;border-radius:12px" {
                            tr { td style="padding:24px" {
                                p style="margin:0 0 4px;color:#d9480f;font-weight:600" { (order.seller.name) }
                                p style="margin:0 0 16px;font-size:18px" { (occasion.opening(order)) }
                                (slip(order))
                                @if let Occasion::Confirmed(at) = occasion {
                                    p style="margin:16px 0 0" { (way(order)) "." br; "Paid on " (local(order, *at)) "." }
                                }
                                p style="margin:24px 0 0" {
                                    a href=(link) style="background:#d9480f;color:#fff;padding:12px 20px;border-radius:999px;text-decoration:none;font-weight:600" {
                                        (occasion.closing())
                                    }
                                }
                            } }
                        }
                    }
                } }
            }
        }
    }
}

fn slip(order: &Order) -> Markup {
    html! {
        table role="presentation" width="100%" cellpadding="0" cellspacing="0"
            style="border-top:1px dashed #e7dfd3;font-variant-numeric:tabular-nums" {
            @for line in &order.lines {
                tr {
                    td style="padding:8px 8px 0 0" { (line_text(line)) }
                    td align="right" valign="top" style="padding:8px 0 0;white-space:nowrap" { (money(order, line.total_minor)) }
                }
            }
            @for (label, amount) in sums(order) {
                tr style=[(label == "Total").then_some("font-weight:700")] {
                    td style="padding:8px 8px 0 0" { (label) }
                    td align="right" style="padding:8px 0 0" { (amount) }
                }
            }
        }
    }
}
