//! Italian: the shop.

use crate::words::{Home, OpeningWords};

pub(super) const HOME: Home = Home {
    title: "Ordina da mangiare",
    headline: "Cose buone, già per strada.",
    lead: "Scegli un ristorante. Segui ogni passo del tuo ordine fino alla porta di casa.",
    none: "Qui non c’è ancora nessun ristorante.",
    none_hint: "Appena uno pubblica il suo menù, compare qui.",
    minutes: |from, to| format!("{from}\u{2013}{to} min"),
    pickup_only: "Solo ritiro",
    free_delivery: "Consegna gratuita",
    delivery: |fee| format!("Consegna {fee}"),
    minimum: |sum| format!("Minimo {sum}"),
};

pub(super) const OPENING: OpeningWords = OpeningWords {
    open: "Aperto",
    open_until: |time| format!("Aperto fino alle {time}"),
    closed: "Chiuso",
    opens: |when| format!("Chiuso, apre {when}"),
    paused: "In breve pausa",
    back: |when| format!("Breve pausa, riapre {when}"),
    hours: "Orari di apertura",
    today: "oggi",
};
