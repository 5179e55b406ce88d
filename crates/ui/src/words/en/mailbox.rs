//! English: the mailbox.

use crate::words::Mailbox;

pub(super) const MAILBOX: Mailbox = Mailbox {
    title: "Mailbox",
    lead: "Mails that Comanda sent. They stay here and go to nobody.",
    none: "No mail yet.",
    none_hint: "Place an order, and its receipt comes here.",
    all: "All mails",
    from: "From",
    to: "To",
    received: "Received",
    as_page: "The mail as a page",
    plain: "Plain text",
};
