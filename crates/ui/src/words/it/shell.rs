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
        advice: "Aspetta un minuto e riprova. Nulla è stato ordinato né addebitato.",
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
    refused: ProblemText {
        title: "Così non è possibile",
        detail: "Qualcosa nel modulo non era come previsto.",
        advice: "Torna indietro e prova in un altro modo.",
    },
    to_restaurants: "Ai ristoranti",
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
