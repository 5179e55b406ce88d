//! The mails that customers read, as plain text and HTML. Pure: an occasion becomes a mail, without
//! effects.
//!
//! `words` has the content for both forms in the customer's language; `plain` renders the text, and
//! `page` fills the HTML template of the kind. `docs/mails` has a sample of each kind.

mod occasion;
mod page;
mod plain;
mod slip;
mod template;
mod words;

#[cfg(test)]
mod tests;

use domain::{
    number::OrderNumber,
    order::Order,
    ports::{Mail, MailKind, MailName},
};

pub use occasion::Occasion;
pub use ui::letters::{CancelledBy, OrderMoney, Settlement};

/// Writes a mail. `link` opens the page of the order; `number` is what people call it.
///
/// The Message-ID is derived from the order and the mail's name, so that mail programs recognise a duplicate. So
/// is that of the receipt, which all other mails follow in a thread.
pub fn write_mail(
    order: &Order,
    number: Option<OrderNumber>,
    occasion: &Occasion,
    link: &str,
) -> Mail {
    let kind = occasion.kind();
    // A colon cannot stand there.
    let message_id =
        |name: MailName| format!("{}.{}@comanda", name.to_string().replace(':', "-"), order.id);
    let letter = words::letter(order, number, occasion);
    let foot = words::foot(order, number, occasion);
    let text = plain::render_text(order, &letter, &foot, link);
    Mail {
        message_id: message_id(occasion.name()),
        follows: (kind != MailKind::Confirmed).then(|| message_id(MailKind::Confirmed.into())),
        to: (order.customer.name.to_string(), order.customer.email.clone()),
        html: page::render_page(kind, order, (&letter, &foot), link)
            .unwrap_or_else(|| page::render_plain_page(order, &letter, &text)),
        subject: letter.subject,
        text,
    }
}
