//! Italian: the shell, problems, signing in.

use crate::words::{ProblemText, ProblemWords, Shell, SignIn};

pub(super) const SHELL: Shell = Shell {
    skip: "Vai al contenuto",
    theme: "Passa dal tema chiaro a quello scuro",
    staff: "Personale",
    for_staff: "Per il personale",
    kitchen: "Cucina",
    analytics: "Andamento",
    mailbox: "Posta",
    back_office: "Gestione",
    account: "Account",
    sign_out: "Esci",
    motto: "Comanda porta l’ordine dal tavolo alla cucina.",
    language: "Lingua",
    optional: "(facoltativo)",
    close: "Chiudi",
    restaurant: "Ristorante",
    show: "Mostra",
    not_live: "Non in diretta: la pagina si aggiorna ogni 10 s.",
};

pub(super) const PROBLEM: ProblemWords = ProblemWords {
    not_found: ProblemText {
        title: "Pagina non trovata",
        detail: "A questo indirizzo non c’è niente.",
        advice: "Forse è scritto male, o il link non è completo. I link nelle nostre e-mail \
            funzionano sempre, se interi.",
    },
    too_many: ProblemText {
        title: "Un po’ troppo in fretta",
        detail: "Dalla tua connessione sono arrivate moltissime richieste.",
        advice: "Questa non è stata eseguita: nulla è stato ordinato, addebitato o modificato.",
    },
    too_many_tries: ProblemText {
        title: "Troppi tentativi di accesso",
        detail: "Dalla tua connessione, o per questo account, sono arrivate troppe password o codici \
            sbagliati. Per tenere fuori chi tira a indovinare, per un po’ non si controlla più nulla, \
            nemmeno la password giusta.",
        advice: "Se non sei stato tu, avvisa chi gestisce il ristorante.",
    },
    again: |seconds| match seconds {
        ..60 => format!("Riprova fra {seconds} s."),
        _ => format!("Riprova fra {} min.", seconds.div_ceil(60)),
    },
    unavailable: ProblemText {
        title: "Al momento non disponibile",
        detail: "Una parte della nostra cucina non risponde.",
        advice: "Niente è andato perso. Riprova fra un momento.",
    },
    cross_site: ProblemText {
        title: "Richiesta rifiutata",
        detail: "Questa richiesta è arrivata da un altro sito.",
        advice: "Apri la pagina da qui e riprova.",
    },
    not_staff: ProblemText {
        title: "Riservato al personale",
        detail: "Non hai effettuato l’accesso.",
        advice: "Accedi e riprova.",
    },
    not_allowed: ProblemText {
        title: "Non consentito",
        detail: "Il tuo account non può farlo qui.",
        advice: "Chi gestisce il ristorante può cambiare ciò che il tuo account può fare.",
    },
    other_host: ProblemText {
        title: "Non è l’indirizzo di questo negozio",
        detail: "Il negozio non risponde al nome nella barra degli indirizzi.",
        advice: "Controlla l’indirizzo. Chi gestisce il negozio può impostarlo \
            (COMANDA_PUBLIC_URL) o aggiungere questo nome (COMANDA_HOSTS).",
    },
    wrong_method: ProblemText {
        title: "Non in questo modo",
        detail: "L’indirizzo esiste, ma non si apre così.",
        advice: "Riparti dalla pagina precedente.",
    },
    too_large: ProblemText {
        title: "Troppo grande",
        detail: "Ciò che è stato inviato supera il limite.",
        advice: "Torna indietro e accorcialo.",
    },
    late: ProblemText {
        title: "Troppo lento",
        detail: "Ciò che è stato inviato ha impiegato troppo tempo ad arrivare.",
        advice: "Controlla la connessione e invialo di nuovo.",
    },
    unreadable: ProblemText {
        title: "Non si può leggere",
        detail: "C’è qualcosa di sbagliato nell’indirizzo o in ciò che è stato inviato.",
        advice: "Torna alla pagina precedente e riprova da lì.",
    },
    broken: ProblemText {
        title: "Qualcosa non funziona",
        detail: "Non ha funzionato, ed è colpa nostra.",
        advice: "Riprova fra un momento. Se continua, avvisa il ristorante.",
    },
    refused: ProblemText {
        title: "Così non è possibile",
        detail: "Qualcosa nel modulo non era come previsto.",
        advice: "Torna indietro e prova in un altro modo.",
    },
    to_restaurants: "Ai ristoranti",
    to_sign_in: "Accedi",
};

pub(super) const SIGN_IN: SignIn = SignIn {
    title: "Personale",
    token: "Codice del personale",
    hint: "Lo conosce chi gestisce questa installazione: viene mostrato all’avvio.",
    wrong: "Non è il codice del personale. Controlla che non manchi qualche carattere.",
    email: "E-mail",
    password: "Password",
    wrong_password: "L’e-mail o la password non è giusta. Controlla entrambe e riprova.",
    enter: "Accedi",
    by_token: "Accedi con il codice del personale",
    enter_by_token: "Accedi con il codice",
};
