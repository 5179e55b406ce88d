//! Italian: the closing report of a day.

use domain::payment_method::MethodKind;

use crate::words::Books;

pub(super) const BOOKS: Books = Books {
    tab: "Chiusure",
    title: |day| format!("Chiusura di {day}"),
    date: |day, year| format!("{day} {year}"),
    other_day: "Un altro giorno",
    show: "Mostra",
    days: "Altri giorni",
    closed: "Chiusa",
    open: "Ancora in corso",
    span: |from, to| format!("Da {from} a {to}"),
    nothing: "In questa giornata non ci sono movimenti.",
    received: "Incassato",
    sales: "Vendite",
    refunds: "Rimborsi",
    balance: "Saldo",
    sold: |n| if n == 1 { "1 vendita".to_owned() } else { format!("{n} vendite") },
    returned: |n| if n == 1 { "1 rimborso".to_owned() } else { format!("{n} rimborsi") },
    what_for: "Composizione",
    dishes: "Piatti",
    delivery: "Consegna",
    net: "Imponibile",
    tax: "Imposta",
    gross: "Lordo",
    tips: "Mance",
    total: "Totale",
    by_method: "Per metodo di pagamento",
    method: |method| match method {
        MethodKind::Card => "Carta",
        MethodKind::Cash => "Contanti",
    },
    by_rate: "Imposta per aliquota, dopo i rimborsi",
    print: "Stampa",
    spreadsheet: "Foglio di calcolo (CSV)",
    printed: |at| format!("Dati aggiornati a {at}"),
    explained: "Le carte contano al momento dell’addebito, i contanti alla consegna dell’ordine, i rimborsi quando vengono fatti. Commissioni e accrediti del gestore dei pagamenti non fanno parte di questo riepilogo.",
};
