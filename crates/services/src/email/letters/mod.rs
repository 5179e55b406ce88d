//! The letters: what customers read, as text and as a page. Pure: what there is to tell becomes a
//! mail, and nothing is asked or done on the way.
//!
//! `words` says it once, for both forms, in the customer's language; `plain` makes the text of it, and `page` fills the
//! template of its kind. `docs/mails` has one of each kind to look at.

mod occasion;
mod page;
mod plain;
mod slip;
mod template;
mod words;

#[cfg(test)]
mod tests;

use domain::{
    order::Order,
    ports::{Mail, MailKind},
};

pub use occasion::{CancelledBy, Occasion, Paid};

/// Writes the mail. `link` is where its reader sees the order, and can order again.
///
/// The Message-ID follows from order and kind, so that a mail sent twice can be recognised as one,
/// and so does the mail it follows: the receipt, whether it was sent before, later, or never.
pub fn write(order: &Order, occasion: &Occasion, link: &str) -> Mail {
    let kind = occasion.kind();
    let message_id = |kind: MailKind| format!("{kind}.{}@comanda", order.id);
    let letter = words::letter(order, occasion);
    let text = plain::text(order, &letter, link);
    Mail {
        message_id: message_id(kind),
        follows: (kind != MailKind::Confirmed).then(|| message_id(MailKind::Confirmed)),
        to: (order.customer.name.to_string(), order.customer.email.clone()),
        html: page::page(kind, order, &letter, link)
            .unwrap_or_else(|| page::bare(order, &letter, &text)),
        subject: letter.subject,
        text,
    }
}
