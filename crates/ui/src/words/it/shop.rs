//! Italian: the shop.

use crate::words::Home;

pub(super) const HOME: Home = Home {
    title: "Ordina da mangiare",
    headline: "Cose buone, già per strada.",
    lead: "Scegli un ristorante. Segui ogni passo del tuo ordine fino alla porta di casa.",
    none: "Ancora nessun ristorante è aperto.",
    none_hint: "Appena uno pubblica il suo menù, compare qui.",
    minutes: |from, to| format!("{from}\u{2013}{to} min"),
    pickup_only: "Solo ritiro",
    free_delivery: "Consegna gratuita",
    delivery: |fee| format!("Consegna {fee}"),
    minimum: |sum| format!("Minimo {sum}"),
};
