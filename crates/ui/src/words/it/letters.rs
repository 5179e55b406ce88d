//! Italian.

use domain::payment::DeclineReason;

use crate::words::letters::{
    CancelledBy, Kitchen, Letters, OrderMoney, Payment, Ready, Settlement, Slip, Undecided, Undone,
};

pub(super) const LETTERS: Letters = Letters {
    months: [
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ],
    why_this_mail: |seller| {
        format!(
            "Ricevi questa e-mail perché hai ordinato da {seller}. È stata inviata in automatico."
        )
    },
    order_number: |id| format!("Ordine {id}"),
    number: "Numero dell’ordine",
    tax_id: |id| format!("P. IVA {id}"),
    not_fiscal: "Documento non fiscale.",
    collect_at: "Ritiro da",
    deliver_to: "Consegna a",
    ordered: "Ordinato",
    your_order_at: |seller| format!("Il tuo ordine da {seller}"),
    total: |settlement| match settlement {
        Settlement::Paid => "Totale pagato",
        Settlement::Held => "Totale, bloccato sulla carta",
        Settlement::Due => "Totale, da pagare in contanti",
    },
    follow: "Segui il tuo ordine in tempo reale",
    slip: Slip {
        note: |note| format!("Nota: {note}"),
        delivery: "Consegna",
        tip: "Mancia",
        subtotal: "Subtotale",
        including: |tax| format!("Di cui {tax}"),
    },
    payment: PAYMENT,
    kitchen: KITCHEN,
    undone: UNDONE,
};

const PAYMENT: Payment = Payment {
    confirmed: "Confermato",
    confirmed_subject: |seller| format!("{seller}: il tuo ordine è confermato"),
    settled: |settlement, total| match settlement {
        Settlement::Paid => format!("Hai pagato {total}."),
        Settlement::Held => format!("L’importo di {total} è bloccato sulla tua carta."),
        Settlement::Due => format!("Paghi {total} in contanti."),
    },
    thanks: |settlement, name| match settlement {
        Settlement::Paid => format!("Grazie, {name}. Il tuo ordine è pagato."),
        Settlement::Held | Settlement::Due => {
            format!("Grazie, {name}. Il tuo ordine è confermato.")
        }
    },
    has_it: |seller| format!("{seller} l’ha ricevuto."),
    begins_now: "La cucina si mette subito al lavoro.",
    when_accepted: "Appena la cucina lo accetta, la pagina dell’ordine dice quando sarà pronto.",
    until_collected: "Ti scriviamo di nuovo quando puoi ritirarlo.",
    until_on_its_way: "Ti scriviamo di nuovo quando è in arrivo.",
    paid: "Pagato",
    held: "Bloccato sulla carta",
    due: "Da pagare in contanti",
    held_until: |seller, total| {
        format!(
            "La tua banca tiene bloccato l’importo di {total}. Viene addebitato solo quando \
             {seller} accetta l’ordine; altrimenti la banca lo sblocca e non paghi nulla."
        )
    },
    due_at: |total| format!("Porta con te {total} in contanti quando vieni a ritirarlo."),
    due_to_courier: |total| format!("Tieni pronti {total} in contanti per chi consegna."),
    reference: "Riferimento del pagamento",
    receipt: |seller| format!("Ricevuta di {seller}"),
    paid_subject: |seller| format!("{seller}: il tuo ordine è pagato"),
    accepted: |seller| format!("{seller} ha accettato il tuo ordine, che ora è pagato."),
    taken: |total| {
        format!(
            "L’importo di {total}, finora bloccato sulla carta, è stato addebitato. La pagina \
             dell’ordine dice quando sarà pronto."
        )
    },
    paid_cash: |total| format!("Hai pagato {total} in contanti."),
    handed_over: |seller| format!("{seller} ti ha consegnato l’ordine. Buon appetito!"),
    total_cash: "Totale pagato in contanti",
    declined: "Non inviato",
    declined_subject: |seller| format!("{seller}: il tuo ordine non è stato inviato"),
    declined_heading: "Il tuo ordine non è stato inviato.",
    no_money: "Non è stato addebitato nulla.",
    kept: |seller| format!("Abbiamo conservato ciò che hai scelto da {seller}."),
    why,
    chosen_at: |seller| format!("Ciò che hai scelto da {seller}"),
    not_charged: "Totale, non addebitato",
    checking: Undecided {
        stamp: "Verifica del pagamento",
        subject: |seller| format!("{seller}: stiamo verificando il tuo pagamento"),
        preheader: "Abbiamo il tuo ordine. Non devi fare nulla, e nulla viene addebitato due volte.",
        heading: "Abbiamo il tuo ordine e stiamo ancora verificando il pagamento.",
        body: [
            "La tua banca ci mette più del solito a rispondere. Non devi fare nulla: non ordinare di \
             nuovo, perché nulla va perso e nulla viene addebitato due volte.",
            "Ti scriviamo appena lo sappiamo. Se il pagamento non riesce, non viene addebitato nulla.",
        ],
        action: "Guarda a che punto è",
    },
    authentication: Undecided {
        stamp: "Serve la tua conferma",
        subject: |seller| format!("{seller}: conferma il pagamento"),
        preheader: "La banca ti chiede di confermare il pagamento. Fino ad allora l’ordine aspetta.",
        heading: "La tua banca chiede di confermare il pagamento.",
        body: [
            "Apri l’ordine e continua con la banca. Appena il pagamento è confermato, il ristorante \
             riceve l’ordine.",
            "Non è ancora addebitato nulla. Senza la tua conferma l’ordine scade tra pochi minuti e \
             non viene addebitato nulla.",
        ],
        action: "Conferma il pagamento",
    },
    not_confirmed: "Totale, non ancora confermato",
};

const fn why(reason: DeclineReason) -> (&'static str, &'static str, &'static str) {
    let another_card = "Riprova con un’altra carta";
    match reason {
        DeclineReason::CardDeclined => (
            "La tua banca ha rifiutato la carta.",
            "Prova con un’altra carta, o chiedi alla banca il perché.",
            another_card,
        ),
        DeclineReason::InsufficientFunds => {
            ("Sulla carta non c’è abbastanza denaro.", "Prova con un’altra carta.", another_card)
        }
        DeclineReason::AuthenticationRequired => (
            "La banca voleva una tua conferma, ma con questa carta non è possibile darla.",
            "Prova con un’altra carta.",
            another_card,
        ),
        DeclineReason::AuthenticationFailed => {
            ("La banca non ha confermato il pagamento.", "Riprova o usa un’altra carta.", "Riprova")
        }
        DeclineReason::AuthenticationTimeout => {
            ("Il pagamento non è stato confermato in tempo.", "Riprova.", "Riprova")
        }
        DeclineReason::InvalidPaymentMethod => (
            "Il metodo di pagamento non è stato accettato.",
            "Prova con un’altra carta.",
            another_card,
        ),
        DeclineReason::OutOfStock => (
            "Qualcosa che avevi scelto era appena finito.",
            "Scegli qualcos’altro.",
            "Cambia l’ordine",
        ),
        DeclineReason::PaymentTimeout => {
            ("Il pagamento non è arrivato in tempo.", "Riprova.", "Riprova")
        }
        DeclineReason::Cancelled => {
            ("È stato annullato prima del pagamento.", "Puoi ordinare di nuovo.", "Ordina di nuovo")
        }
        DeclineReason::NotVerified => (
            "Non corrispondeva al menu del ristorante.",
            "Ordina dal menu di adesso.",
            "Cambia l’ordine",
        ),
        DeclineReason::Other => ("Il pagamento non è riuscito.", "Riprova.", "Riprova"),
    }
}

const KITCHEN: Kitchen = Kitchen {
    ready: "Pronto",
    collect: Ready {
        subject: |seller| format!("{seller}: il tuo ordine è pronto per il ritiro"),
        preheader: |seller, clock| format!("Pronto da {seller} dalle ore {clock}."),
        heading: "Il tuo ordine è pronto per il ritiro.",
        body: |seller, clock| format!("{seller} lo tiene pronto per te dalle ore {clock}."),
    },
    take_it: |settlement, total| match settlement {
        Settlement::Paid => (
            "È già pagato: vieni a prenderlo.".to_owned(),
            "È già pagato: di’ il tuo nome e prendilo.".to_owned(),
        ),
        Settlement::Held => {
            ("Vieni a prenderlo.".to_owned(), "Di’ il tuo nome e prendilo.".to_owned())
        }
        Settlement::Due => (
            format!("Porta {total} in contanti."),
            format!("Di’ il tuo nome, paga {total} in contanti e prendilo."),
        ),
    },
    packed: Ready {
        subject: |seller| format!("{seller}: il tuo ordine è pronto"),
        preheader: |_, clock| {
            format!("Pronto dalle ore {clock}. Ti scriviamo di nuovo quando è in arrivo.")
        },
        heading: "Il tuo ordine è pronto e aspetta chi lo consegna.",
        body: |seller, clock| {
            format!(
                "{seller} l’ha finito alle ore {clock}. Ti scriviamo di nuovo quando è in arrivo."
            )
        },
    },
    in_the_name_of: "A nome di",
    ready_since: "Pronto da",
    see: "Guarda il tuo ordine",
    on_its_way: "In arrivo",
    on_its_way_subject: |seller| format!("{seller}: il tuo ordine è in arrivo"),
    on_its_way_heading: "Il tuo ordine è in arrivo.",
    left: |seller, clock| format!("È partito da {seller} alle ore {clock}."),
    may_call: |phone| format!("Resta vicino alla porta: chi consegna può chiamare il {phone}."),
    cannot_call: "Resta vicino alla porta: chi consegna non ha un numero da chiamare.",
    on_its_way_since: "Partito",
};

const UNDONE: Undone = Undone {
    cancelled: "Annullato",
    cancelled_subject: |seller| format!("{seller}: il tuo ordine è stato annullato"),
    heading: |by, seller| match by {
        CancelledBy::Customer => "Hai annullato il tuo ordine.".to_owned(),
        CancelledBy::Restaurant => format!("{seller} ha dovuto annullare il tuo ordine."),
        CancelledBy::TimeOut => {
            format!("{seller} non ha risposto in tempo, quindi abbiamo annullato il tuo ordine.")
        }
        CancelledBy::PaymentFailed => format!(
            "Il pagamento non è andato a buon fine, quindi il tuo ordine da {seller} è stato \
             annullato."
        ),
    },
    by: |by| match by {
        CancelledBy::Customer => "Annullato da te",
        CancelledBy::Restaurant => "Annullato dal ristorante",
        CancelledBy::TimeOut => "Annullato perché nessuno ha risposto",
        CancelledBy::PaymentFailed => "Annullato perché il pagamento non è riuscito",
    },
    purse,
    ordered_at: |seller| format!("Ciò che hai ordinato da {seller}"),
    again: "Ordina di nuovo",
    refunded: "Rimborsato",
    refunded_subject: |seller, amount| format!("{seller}: rimborso di {amount}"),
    refunded_preheader: |amount| {
        format!("Il rimborso di {amount} torna sulla carta con cui hai pagato.")
    },
    refunded_heading: |amount| format!("Ti abbiamo rimborsato {amount}."),
    all_of_it: |seller| format!("È tutto ciò che hai pagato a {seller} per questo ordine."),
    part_of_it: |seller, total| {
        format!("È una parte del totale di {total} che hai pagato a {seller} per questo ordine.")
    },
    banks: "Il denaro torna sulla carta con cui hai pagato. Le banche ci mettono fino a dieci giorni \
        lavorativi; se la tua ci mette di più, dille il riferimento del rimborso.",
    sent: "Inviato",
    reference: "Riferimento del rimborso",
    as_paid: "Totale, come pagato",
    see: "Guarda l’ordine",
};

fn purse(total: &str, paid: OrderMoney) -> (String, &'static str, &'static str) {
    match paid {
        OrderMoney::Nothing => (
            "Non è stato addebitato nulla.".to_owned(),
            "Non devi fare nulla.",
            "Totale, non addebitato",
        ),
        OrderMoney::Released => (
            "Non è stato addebitato nulla.".to_owned(),
            "Per qualche giorno la banca può ancora mostrare l’importo come bloccato. Non devi fare \
             nulla.",
            "Totale, non addebitato",
        ),
        OrderMoney::NothingDue => {
            ("Non devi pagare nulla.".to_owned(), "Non serve altro.", "Totale, non dovuto")
        }
        OrderMoney::GoesBack => (
            format!("Il tuo denaro, {total}, sta tornando a te."),
            "Torna sulla carta con cui hai pagato: non devi fare nulla. Ti scriviamo di nuovo \
             quando è stato inviato.",
            "Totale, in rimborso",
        ),
        OrderMoney::WentBack => (
            format!("Il tuo denaro, {total}, è tornato a te."),
            "È tornato sulla carta con cui hai pagato; le banche ci mettono fino a dieci giorni \
             lavorativi a mostrarlo. Non devi fare nulla.",
            "Totale, rimborsato",
        ),
        OrderMoney::NotKnown => (
            format!("Stiamo verificando se la tua banca ha pagato l’importo di {total}."),
            "Se l’ha fatto, torna tutto sulla tua carta, e ti scriviamo di nuovo quando è stato \
             inviato. Se non l’ha fatto, non verrà addebitato. Non devi fare nulla.",
            "Totale, non trattenuto",
        ),
    }
}
