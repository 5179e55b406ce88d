//! Italian: the mailbox.

use crate::words::Mailbox;

pub(super) const MAILBOX: Mailbox = Mailbox {
    title: "Posta",
    lead: "E-mail inviate da Comanda. Restano qui e non arrivano a nessuno.",
    none: "Ancora nessuna e-mail.",
    none_hint: "Fai un ordine, e la ricevuta arriva qui.",
    all: "Tutte le e-mail",
    from: "Da",
    to: "A",
    received: "Ricevuta",
    as_page: "L’e-mail come pagina",
    plain: "Solo testo",
};
