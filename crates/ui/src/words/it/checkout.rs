//! Italian: the checkout.

use crate::words::{CashWords, Checkout};

pub(super) const CHECKOUT: Checkout = Checkout {
    title: "Cassa",
    back_to: |who| format!("Torna a {who}"),
    nothing: "Non c’è ancora niente da pagare.",
    see_menu: "Guarda il menù",
    attention: |n| {
        let things = if n == 1 { "C’è 1 cosa".to_owned() } else { format!("Ci sono {n} cose") };
        format!("{things} da sistemare prima di inviare l’ordine. Nulla è stato addebitato.")
    },
    cart_changed: "Nel frattempo il tuo ordine è cambiato. Controllalo e paga di nuovo.",
    total_changed: |shown, now| {
        format!(
            "Un prezzo è cambiato da quando hai aperto questa pagina: il totale era {shown}, ora è \
             {now}. Non hai pagato nulla. Controlla l’ordine e, se sei d’accordo, paga."
        )
    },
    unreachable: "In questo momento non raggiungiamo la cucina. Premi di nuovo per pagare: non \
        paghi mai due volte.",
    how: "Come lo preferisci?",
    delivery: "Consegna",
    pickup: "Ritiro",
    free: "Gratis",
    address: "Indirizzo",
    address_hint: "Via, numero, piano, città",
    you: "I tuoi dati",
    name: "Nome",
    email: "E-mail",
    email_hint: "La ricevuta arriva lì. Non serve registrarsi.",
    phone: "Telefono",
    phone_hint: "Solo se chi consegna non ti trova.",
    tip: "Mancia per chi lavora",
    no_tip: "Nessuna",
    payment: "Pagamento",
    test_cards: [
        ("Visa", "Carta di prova: il pagamento riesce"),
        ("Carta rifiutata", "Carta di prova: la banca dice di no"),
        ("Carta vuota", "Carta di prova: fondi insufficienti"),
    ],
    card_hint: "I dati della carta vanno direttamente al servizio di pagamento: noi non vediamo mai il \
        numero.",
    test_hint: "Modalità di prova: non si muove denaro. La 4242\u{a0}4242\u{a0}4242\u{a0}4242 \
        paga, la 4000\u{a0}0000\u{a0}0000\u{a0}9995 viene rifiutata; con una data futura e un \
        codice qualsiasi.",
    needs_script: "Per pagare con la carta serve JavaScript, perché i dati della carta vanno \
        direttamente al servizio di pagamento. Attivalo per questa pagina e ricaricala.",
    card_lost: "Non è stato possibile caricare i campi della carta. Controlla la connessione e gli \
        eventuali blocchi dei contenuti, poi ricarica la pagina.",
    card_missing: "Controlla i dati della carta: numero, scadenza e codice.",
    no_cards: "Al momento non possiamo accettare carte, quindi l’ordine non si può inviare. \
        Riprova più tardi.",
    declined: "Il pagamento non è riuscito. Nulla è stato addebitato e il tuo ordine è ancora qui.",
    held: |who| {
        format!(
            "L’importo viene bloccato sulla carta adesso e addebitato solo quando {who} accetta \
             l’ordine."
        )
    },
    pay: |sum| format!("Paga {sum}"),
    paying: "Pagamento in corso…",
    once: "Paghi una volta sola, anche se premi due volte.",
    cash: CashWords {
        card: "Carta",
        card_now: "Online, adesso",
        cash: "Contanti",
        when: |delivery| if delivery { "Alla consegna" } else { "Al ritiro" },
        up_to: |when, limit| format!("{when}, fino a {limit}"),
        over: |limit, total| format!("Fino a {limit}; questo ordine costa {total}"),
        due_at: |who, sum| format!("Paghi {sum} in contanti da {who}, quando ritiri l’ordine."),
        due_to_courier: |sum| format!("Paghi {sum} in contanti a chi consegna, alla tua porta."),
        order: |sum| format!("Ordina, {sum} in contanti"),
        ordering: "Invio dell’ordine…",
        once: "Ordini una volta sola, anche se premi due volte.",
        no_cards: "Al momento non possiamo accettare carte.",
    },
};
