//! Italian: the kitchen's board.

use domain::{kitchen::Action, status::Status};

use crate::words::kitchen::{DishWords, Kitchen, KitchenNotices, RejectWords, SlipWords, Sound};

pub(super) const KITCHEN: Kitchen = Kitchen {
    title: "Cucina",
    all_restaurants: "Tutti i ristoranti",
    columns: ["Nuovi", "In preparazione", "Pronti"],
    orders: |n| if n == 1 { "1 ordine".to_owned() } else { format!("{n} ordini") },
    new_orders: |n| if n == 1 { "1 nuovo ordine".to_owned() } else { format!("{n} nuovi ordini") },
    nothing: "Niente, per ora",
    offline: "Nessuna connessione. Finché non torna non si salva niente; poi tutto si riallinea.",
    unsent: "Non salvato. Premi di nuovo.",
    sound: Sound { ask: "Attiva il suono", on: "Suono attivo", off: "Suono spento" },
    notice: KitchenNotices {
        no_reason: "Scrivi perché rifiuti l’ordine: il cliente lo legge.",
        waiting: "È registrato, si attende l’esito. La pagina si aggiorna da sola.",
        faster: |status| format!("Qualcuno è stato più svelto: l’ordine è già {}.", stands(status)),
        sold_out: |dish| format!("{dish}: esaurito. Ora nessuno può ordinarlo."),
        sold_again: |dish| format!("{dish}: di nuovo ordinabile."),
        undo: "Annulla",
    },
    slip: SlipWords {
        fresh: "Nuovo. Tocca per fermare il suono.",
        pickup: "Ritiro",
        contains: "Contiene",
        on_its_way: "L’ordine sta ancora arrivando.",
        late: |span| format!("{span} di ritardo"),
        left: |span| format!("ancora {span}"),
        ready_in: "Pronto fra",
        minutes: "min",
        sooner: "5 minuti in meno",
        later: "5 minuti in più",
        action,
        cash: |sum| format!("{sum} in contanti alla consegna"),
        complete_cash: |sum| format!("Consegnato, {sum} in contanti ricevuti"),
        collected: |sum| format!("Pagato in contanti, {sum}"),
        payment_failed: "Il pagamento non è riuscito. Non cucinarlo: l’ordine viene annullato.",
    },
    reject: RejectWords {
        open: "Rifiuta",
        keep: "Tieni l’ordine",
        why: "Perché? Il cliente lo legge e non paga nulla.",
        reasons: [
            "Abbiamo finito un piatto",
            "In questo momento abbiamo troppo da fare",
            "Stiamo per chiudere",
        ],
        too_far: "Non consegniamo a questo indirizzo",
        own_words: "O con parole tue",
        reject: "Rifiuta l’ordine",
    },
    dishes: DishWords {
        title: "Piatti",
        hint: "Un piatto esaurito non si può ordinare finché non torna in vendita.",
        none: "Non c’è ancora un menù.",
        sold_out: "Esaurito",
        sell_out: |dish| format!("{dish}: esaurito"),
        mark: "Esaurito",
        sell_again: "Rimetti in vendita",
        left: |n| if n == 1 { "ne resta 1".to_owned() } else { format!("ne restano {n}") },
    },
    all_day: "Totale",
    all_day_hint: "Quello che resta da fare, su tutte le comande.",
    handed_over: "Consegnati",
    none_handed_over: "Niente nelle ultime 24 ore.",
};

fn action(action: Action) -> &'static str {
    match action {
        Action::Accept => "Accetta",
        Action::Start => "Inizia a cucinare",
        Action::Ready => "Pronto",
        Action::Dispatch => "Affidato al corriere",
        Action::Complete => "Consegnato",
        Action::Reject => "Rifiuta",
        Action::Cancel => "Annulla",
    }
}

fn stands(status: Status) -> &'static str {
    match status {
        Status::Placed => "inviato",
        Status::Confirmed => "confermato",
        Status::Accepted => "accettato",
        Status::Preparing => "in preparazione",
        Status::Ready => "pronto",
        Status::OutForDelivery => "in viaggio",
        Status::Completed => "consegnato",
        Status::Declined => "rifiutato",
        Status::Cancelled => "annullato",
    }
}
