//! Italian: refunds.

use domain::payment::Refunder;

use crate::words::Refunds;

pub(super) const REFUNDS: Refunds = Refunds {
    link: "Rimborsi",
    title: |order| format!("Rimborsi: {order}"),
    to_order: "Torna all’ordine",
    taken: "Pagato dal cliente",
    refunded: "Rimborsato",
    on_its_way: "In corso",
    left: "Rimborsabile",
    remains: "Resta pagato",
    not_taken: "Per questo ordine non è ancora stato incassato nulla, quindi non c’è nulla da \
        rimborsare.",
    nothing_left: "Non resta nulla da rimborsare.",
    dishes: "Piatti",
    dishes_hint: "Il cliente riceve quanto costano, con opzioni e imposte.",
    pieces_of: |dish| format!("Quanti: {dish}"),
    all_refunded: "rimborsato",
    amount: "Oppure un importo",
    amount_hint: |left| format!("Al massimo {left}."),
    reason: "Perché",
    reason_hint: "Il cliente lo legge nell’e-mail sul rimborso.",
    by_card: "Il denaro torna sulla carta.",
    in_cash: "Questo ordine è stato pagato in contanti: restituisci tu il denaro. Il rimborso è \
        registrato subito.",
    refund: "Rimborsa",
    asked: "Il rimborso è richiesto. Compare qui sotto tra un momento; ricarica la pagina per \
        vederlo.",
    more_than_left: |left| format!("È più di quanto si possa rimborsare: {left}."),
    pieces_gone: "Alcuni di questi piatti sono già rimborsati. Guarda l’elenco e scegli di nuovo.",
    choose: "Scegli dei piatti o inserisci un importo.",
    choose_one: "Scegli dei piatti o inserisci un importo, non entrambi.",
    list: "Rimborsi finora",
    none: "Non è stato rimborsato nulla.",
    requested: "Richiesto",
    failed: "Non riuscito",
    cancelled: "Ordine annullato",
    by: |by| match by {
        Refunder::Kitchen | Refunder::Restaurant => "Ristorante",
        Refunder::Customer => "Cliente",
        Refunder::Timer => "Tempo scaduto",
        Refunder::Gateway => "Fatto presso il fornitore dei pagamenti",
    },
    why_failed: |error| format!("Il fornitore dei pagamenti lo ha rifiutato: {error}"),
    disputed: |sum, reason| format!("Il cliente contesta {sum} presso la banca: {reason}."),
    disputed_more: "Rispondi presso il fornitore dei pagamenti entro la scadenza indicata lì. Qui \
        non succede nulla in automatico, e un rimborso fatto ora potrebbe essere pagato due volte.",
    dispute: |reason| match reason {
        "fraudulent" => "dice che il pagamento non è suo",
        "product_not_received" => "dice di non aver ricevuto nulla",
        "product_unacceptable" => "dice che il cibo non era come promesso",
        "duplicate" => "dice di aver pagato due volte",
        "credit_not_processed" => "dice che manca un rimborso",
        "unrecognized" => "non riconosce il pagamento",
        _ => "indica un altro motivo",
    },
};
