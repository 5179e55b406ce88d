//! Italian: the live page of an order.

use domain::{payment::DeclineReason, status::Status};

use crate::words::{Order, Story, Travel};

fn by(ready: Option<&str>) -> String {
    ready.map(|at| format!(", pronto verso le {at}")).unwrap_or_default()
}

pub(super) const STORY: Story = Story {
    the_restaurant: "il ristorante",
    placed: "Abbiamo il tuo ordine e stiamo verificando il pagamento.",
    placed_more: "Bastano pochi secondi. Puoi chiudere la pagina: ti scriviamo anche.",
    placed_cash: "Abbiamo il tuo ordine.",
    authenticate: "La tua banca chiede di confermare il pagamento.",
    authenticate_more: |until| {
        format!("Non è ancora addebitato nulla. Teniamo i tuoi piatti da parte fino alle {until}.")
    },
    to_bank: "Continua con la banca",
    bank_opens: "La domanda della banca si apre qui. Nulla viene addebitato prima della tua risposta.",
    bank_needs_script: "Per la domanda della banca serve JavaScript. Attivalo e riapri la pagina.",
    bank_failed: "Non è stato possibile aprire la domanda della banca. Controlla la connessione e riprova.",
    back_to_order: "Torna all’ordine",
    confirmed: |who| format!("Confermato. {who} sta guardando il tuo ordine."),
    confirmed_more: "Appena la cucina accetta, qui vedi quando sarà pronto.",
    held: |sum| {
        format!(
            "La banca tiene bloccati {sum}. Vengono addebitati solo quando il ristorante accetta \
             l’ordine."
        )
    },
    accepted: |who, ready| format!("{who} ha accettato il tuo ordine{}.", by(ready)),
    preparing: |who, ready| format!("{who} sta preparando il tuo ordine{}.", by(ready)),
    packed: "Il tuo ordine è pronto e aspetta chi lo consegna.",
    ready: |who| format!("Il tuo ordine è pronto da ritirare da {who}."),
    on_its_way: "Il tuo ordine è in arrivo.",
    enjoy: "Buon appetito!",
    delivered: |who| format!("{who} ha consegnato il tuo ordine."),
    collected: |who| format!("{who} ti ha dato il tuo ordine."),
    declined,
    no_money: |advice| {
        format!("Non è stato addebitato nulla. Abbiamo conservato i tuoi piatti. {advice}")
    },
    by_you: "Hai annullato questo ordine.",
    by_timer: |who| format!("{who} non ha risposto in tempo, quindi abbiamo annullato l’ordine."),
    by_restaurant: |who| format!("{who} ha dovuto annullare il tuo ordine."),
    by_payment: "Il pagamento non è andato a buon fine, quindi l’ordine è stato annullato.",
    refunded: |sum| format!("{sum} sono tornati sulla tua carta."),
    refunded_cash: |sum| format!("{sum} ti sono stati restituiti in contanti."),
    refunding: |sum| format!("{sum} stanno tornando sulla tua carta. Non devi fare nulla."),
    none_taken: "Non è stato addebitato nulla.",
    released: |sum| {
        format!(
            "Non è stato addebitato nulla. Per qualche giorno la banca può ancora mostrare {sum} \
             come importo bloccato."
        )
    },
    nothing_due: "Non devi pagare nulla.",
    not_charged: "Non è addebitato nulla. Se la banca fosse più veloce, i soldi tornano subito.",
    try_again: "Riprova",
    change: "Cambia l’ordine",
    again: "Ordina di nuovo",
};

fn declined(reason: Option<DeclineReason>) -> (&'static str, &'static str) {
    match reason {
        Some(DeclineReason::CardDeclined) => {
            ("La banca ha rifiutato la carta.", "Prova con un’altra carta.")
        }
        Some(DeclineReason::InsufficientFunds) => {
            ("Sulla carta non c’è abbastanza denaro.", "Prova con un’altra carta.")
        }
        Some(DeclineReason::AuthenticationRequired) => {
            ("La banca vuole una tua conferma per questo pagamento.", "Prova con un’altra carta.")
        }
        Some(DeclineReason::AuthenticationFailed) => {
            ("La banca non ha confermato il pagamento.", "Riprova o usa un’altra carta.")
        }
        Some(DeclineReason::AuthenticationTimeout) => {
            ("Il pagamento non è stato confermato in tempo.", "Riprova.")
        }
        Some(DeclineReason::InvalidPaymentMethod) => {
            ("Il metodo di pagamento non è stato accettato.", "Prova con un’altra carta.")
        }
        Some(DeclineReason::OutOfStock) => {
            ("Un piatto è finito poco prima del tuo ordine.", "Scegli qualcos’altro.")
        }
        Some(DeclineReason::PaymentTimeout) => {
            ("La banca non ha risposto in tempo, quindi abbiamo annullato.", "Riprova.")
        }
        Some(DeclineReason::Cancelled) => {
            ("L’ordine è stato annullato prima del pagamento.", "Ordina di nuovo.")
        }
        Some(DeclineReason::NotVerified) => {
            ("L’ordine non corrispondeva al menu.", "Ordina dal menu di adesso.")
        }
        Some(DeclineReason::Other) | None => {
            ("Il pagamento non è riuscito.", "Prova con un’altra carta.")
        }
    }
}

pub(super) const ORDER: Order = Order {
    offline: "Nessuna connessione. La pagina mostra l’ultimo stato noto.",
    steps: "Passi dell’ordine",
    done: ", fatto",
    step: |status, delivery| match status {
        Status::Placed => "Ordinato",
        Status::Confirmed => "Confermato",
        Status::Accepted => "Accettato",
        Status::Preparing => "In cucina",
        Status::Ready => "Pronto",
        Status::OutForDelivery => "In arrivo",
        Status::Completed if delivery => "Consegnato",
        Status::Completed => "Ritirato",
        Status::Declined => "Rifiutato",
        Status::Cancelled => "Annullato",
    },
    about: |time| format!("ca. {time}"),
    pickup: "Ritiro",
    delivery_to: |address| format!("Consegna a {address}"),
    for_whom: |name| format!("per {name}"),
    ordered_at: |when| format!("Ordinato {when}"),
    paid: "Pagato con carta",
    paid_cash: "Pagato in contanti",
    held: |sum| format!("{sum} bloccati sulla carta"),
    due: |sum| format!("Da pagare in contanti: {sum}"),
    released: "Non è stato addebitato nulla",
    given_back: "Restituito sulla carta",
    given_back_cash: "Restituito in contanti",
    number: |id| format!("Ordine {id}"),
    tax_id: |id| format!("P. IVA {id}"),
    not_fiscal: "Documento non fiscale",
    print: "Stampa la ricevuta",
    again: "Ordina di nuovo",
    cancel: "Annulla l’ordine",
    keep: "Tieni l’ordine",
    cancel_all: "Annullare tutto l’ordine?",
    back_to_card: |sum| format!("{sum} tornano sulla tua carta."),
    lifts_hold: |sum| format!("Non viene addebitato nulla: la banca sblocca {sum}."),
    yes_cancel: "Sì, annulla",
    asked: "Hai chiesto di annullare. Si sta decidendo; questa pagina te lo dice subito.",
    too_late: |who| format!("Era troppo tardi per annullare: {who} aveva già accettato l’ordine."),
};

pub(super) const TRAVEL: Travel = Travel {
    title: "Il viaggio del tuo ordine",
    lead: "Ogni passo è un evento in Kafka. Qui vedi dove si trova ciascuno dei tuoi, e quanto ci \
        ha messo ad arrivare nel nostro libro degli ordini.",
    at: "Ora",
    step: "Passo",
    topic: "Topic",
    partition: "Partizione",
    offset: "Offset",
    took: "Durata",
    ms: |ms| format!("{ms} ms"),
    seconds: |s| format!("{s} s"),
};
