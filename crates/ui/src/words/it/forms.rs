//! Italian: what is wrong.

use domain::{
    cart::{CartError, MAX_LINES, MAX_QUANTITY},
    language::Language,
    money::AmountError,
    staff::{AccountViolation, MAX_PASSWORD, MIN_PASSWORD},
    text::TextError,
    violation::ViolationKind,
};

use jiff::Zoned;

use crate::words::{Forms, Notation};

pub(super) const FORMS: Forms = Forms {
    wrong,
    quantity: "La quantità",
    note: "La nota",
    order: "L’ordine",
    this: "Questo",
    tip: "La mancia",
    payment_method: "Il metodo di pagamento",
};

fn wrong(label: &str, wrong: &ViolationKind) -> String {
    match wrong {
        ViolationKind::Text(error) => text(label, error),
        ViolationKind::Cart(error) => cart(label, error),
        ViolationKind::Amount(error) => format!("{label}: {}", amount(*error)),
        ViolationKind::Account(error) => format!("{label}: {}", account(*error)),
        ViolationKind::More(more) => format!("altre {more} cose non vanno"),
        ViolationKind::Country(_) => {
            format!("{label}: servono le due lettere maiuscole del paese, come IT")
        }
        ViolationKind::DayTime(_) => format!("{label}: serve un’ora da 00:00 a 23:59"),
        ViolationKind::Unconfirmed => "Prima conferma questo punto".to_owned(),
        ViolationKind::Rate(_) => {
            format!("{label}: serve un numero maggiore di 0 come 1,0845, con al massimo 8 decimali")
        }
        ViolationKind::Number => format!("{label}: serve un numero intero"),
        ViolationKind::Id(_) | ViolationKind::Message(_) => {
            format!("{label} {wrong}").trim_start().to_owned()
        }
    }
}

fn amount(error: AmountError) -> String {
    match error {
        AmountError::NoAmount => "serve un importo come 9,50".to_owned(),
        AmountError::Decimals(most) => format!("al massimo {most} decimali"),
        AmountError::Step(0) => "senza decimali diversi da 0".to_owned(),
        AmountError::Step(most) => format!("al massimo {most} decimali diversi da 0"),
        AmountError::TooMuch => "supera quanto può costare qualsiasi cosa".to_owned(),
    }
}

fn account(error: AccountViolation) -> String {
    match error {
        AccountViolation::Short => {
            format!("almeno {MIN_PASSWORD} caratteri; qualche parola è facile da ricordare")
        }
        AccountViolation::Long => format!("al massimo {MAX_PASSWORD} caratteri"),
        AccountViolation::Easy => {
            "troppo facile da indovinare: prendi qualche parola che non ha a che fare con te"
                .to_owned()
        }
        AccountViolation::NotYours => "non è la tua password".to_owned(),
        AccountViolation::EmailTaken => "appartiene già a un altro account".to_owned(),
        AccountViolation::Nowhere => {
            "almeno uno, tranne per chi gestisce la piattaforma".to_owned()
        }
        AccountViolation::Own => "è il tuo: può eliminarlo solo qualcun altro".to_owned(),
    }
}

fn when(at: &Zoned) -> String {
    format!("{} alle {:02}:{:02}", super::DATES.date(at.date()), at.hour(), at.minute())
}

fn text(label: &str, error: &TextError) -> String {
    match error {
        TextError::Empty => format!("{label}: manca ancora"),
        TextError::TooLong(most) => format!("{label}: al massimo {most} caratteri"),
        TextError::Control => format!("{label}: una sola riga di testo semplice"),
        TextError::Email => format!("{label}: serve un indirizzo come ada@example.com"),
        TextError::Phone => format!("{label}: serve un numero, con cifre, spazi e + - ( )"),
        TextError::PaymentMethod => {
            format!("{label}: serve un codice come pm_card_visa, mai un numero di carta")
        }
        TextError::TimeZone => format!("{label}: serve un fuso orario come Europe/Rome"),
    }
}

fn cart(label: &str, error: &CartError) -> String {
    match error {
        CartError::Empty => "Nell’ordine non c’è ancora nessun piatto".to_owned(),
        CartError::TooManyLines => format!("In un ordine ci stanno al massimo {MAX_LINES} righe"),
        CartError::TooDear => "Supera quanto può costare un ordine".to_owned(),
        CartError::TooLong => {
            "È troppo lungo per un ordine: scegli meno opzioni o accorcia le note".to_owned()
        }
        CartError::Nothing => "Non c’è niente da pagare".to_owned(),
        CartError::BelowCharge(least) => {
            format!("Con la carta si pagano almeno {}", Language::It.money(*least))
        }
        CartError::AboveCharge(most) => {
            format!("Con la carta si pagano al massimo {}", Language::It.money(*most))
        }
        CartError::Uneven(step) => {
            let step = Language::It.money(*step);
            format!("Si possono pagare solo multipli di {step}: avvisa il ristorante")
        }
        CartError::Full => "Nell’ordine non ci sta altro; invialo e iniziane un altro".to_owned(),
        CartError::NotOnMenu(_) => "Non è più nel menù, rimuovilo per favore".to_owned(),
        CartError::NoMenu(who) => format!("{who} non ha ancora un menù"),
        CartError::Closed { restaurant, opens } => match opens {
            Some(opens) => format!("{restaurant} adesso è chiuso. Riapre {}", when(opens)),
            None => format!("{restaurant} al momento non prende ordini"),
        },
        CartError::Quantity => format!("{label} deve essere fra 1 e {MAX_QUANTITY}"),
        CartError::NoSuchOption { dish, .. } => {
            format!("Una delle scelte per {dish} non è più disponibile; scegli di nuovo")
        }
        CartError::ChosenTwice(_) => "Una delle scelte è stata fatta due volte".to_owned(),
        CartError::Choose { group, min, max, .. } => match (min, max) {
            (min, max) if min == max => format!("{group}: scegline {min}"),
            (0, max) => format!("{group}: scegline al massimo {max}"),
            _ => format!("{group}: scegline da {min} a {max}"),
        },
        CartError::SoldOut(dish) => format!("{dish}: oggi esaurito, rimuovilo per favore"),
        CartError::OnlyLeft { dish, left: 1 } => format!("{dish}: ne è rimasto solo uno"),
        CartError::OnlyLeft { dish, left } => format!("{dish}: ne sono rimasti solo {left}"),
        CartError::NoDelivery => "Questo ristorante non consegna; scegli il ritiro".to_owned(),
        CartError::NoCash => "Questo ristorante non accetta contanti; paga con la carta".to_owned(),
        CartError::CashLimit { limit } => format!(
            "Questo ristorante accetta contanti fino a {}; paga con la carta",
            Language::It.money(*limit)
        ),
        CartError::BelowMinimum(sum) => {
            format!("Per la consegna servono piatti per almeno {}", Language::It.money(*sum))
        }
        CartError::Tip => format!("{label} può essere al massimo quanto i piatti"),
        CartError::TipTooDear => "Con questa mancia supera quanto può costare un ordine".to_owned(),
    }
}
