//! English: what is wrong.

use domain::{
    cart::{CartError, MAX_LINES, MAX_QUANTITY},
    language::Language,
    text::TextError,
    violation::ViolationKind,
};

use jiff::Zoned;

use crate::words::{Forms, Notation};

pub(super) const FORMS: Forms = Forms {
    wrong,
    quantity: "The quantity",
    note: "The note",
    order: "The order",
    this: "This",
    tip: "The tip",
    payment_method: "The payment method",
};

fn wrong(label: &str, wrong: &ViolationKind) -> String {
    match wrong {
        ViolationKind::Text(error) => text(label, error),
        ViolationKind::Cart(error) => cart(label, error),
        ViolationKind::More(_) => wrong.to_string(),
        ViolationKind::Unconfirmed => "Please confirm this first".to_owned(),
        ViolationKind::Amount(_)
        | ViolationKind::Account(_)
        | ViolationKind::Number
        | ViolationKind::Rate(_)
        | ViolationKind::Country(_)
        | ViolationKind::DayTime(_)
        | ViolationKind::Id(_)
        | ViolationKind::Message(_) => format!("{label} {wrong}").trim_start().to_owned(),
    }
}

fn when(at: &Zoned) -> String {
    format!("{} at {:02}:{:02}", super::DATES.date(at.date()), at.hour(), at.minute())
}

fn text(label: &str, error: &TextError) -> String {
    match error {
        TextError::Empty => format!("{label} is missing"),
        TextError::TooLong(most) => format!("{label} can have at most {most} characters"),
        TextError::Control => format!("{label} must be one line of plain text"),
        TextError::Email => format!("{label} must be an address such as ada@example.com"),
        TextError::Phone => format!("{label} must be a number: digits, spaces and + - ( )"),
        TextError::PaymentMethod => {
            format!("{label} must be a token such as pm_card_visa, never a card number")
        }
        TextError::TimeZone => format!("{label} must be a time zone such as Europe/Rome"),
    }
}

fn cart(label: &str, error: &CartError) -> String {
    match error {
        CartError::Empty => "There is no dish in the order yet".to_owned(),
        CartError::TooManyLines => format!("At most {MAX_LINES} lines fit one order"),
        CartError::TooDear => "This comes to more than one order may cost".to_owned(),
        CartError::TooLong => {
            "This is too long for one order: choose fewer options, or shorten the notes".to_owned()
        }
        CartError::Nothing => "There is nothing to pay for".to_owned(),
        CartError::BelowCharge(least) => {
            format!("The smallest payment by card is {}", Language::En.money(*least))
        }
        CartError::AboveCharge(most) => {
            format!("The largest payment by card is {}", Language::En.money(*most))
        }
        CartError::Uneven(step) => {
            let step = Language::En.money(*step);
            format!("Only multiples of {step} can be paid; please tell the restaurant")
        }
        CartError::Full => "Nothing more fits your order; place it, and begin another".to_owned(),
        CartError::NotOnMenu(_) => "No longer on the menu, please remove it".to_owned(),
        CartError::NoMenu(who) => format!("{who} has no menu yet"),
        CartError::Closed { restaurant, opens } => match opens {
            Some(opens) => format!("{restaurant} is closed now. It opens on {}", when(opens)),
            None => format!("{restaurant} takes no orders at the moment"),
        },
        CartError::Quantity => format!("{label} must be 1 to {MAX_QUANTITY}"),
        CartError::NoSuchOption { dish, .. } => {
            format!("One of the choices is no longer offered with {dish}; please choose again")
        }
        CartError::ChosenTwice(_) => "One of the choices was made twice".to_owned(),
        CartError::Choose { group, min, max, .. } => match (min, max) {
            (min, max) if min == max => format!("{group}: choose {min}"),
            (0, max) => format!("{group}: choose at most {max}"),
            _ => format!("{group}: choose {min} to {max}"),
        },
        CartError::SoldOut(dish) => format!("{dish} is sold out today, please remove it"),
        CartError::OnlyLeft { dish, left: 1 } => format!("There is only one {dish} left"),
        CartError::OnlyLeft { dish, left } => format!("There are only {left} of {dish} left"),
        CartError::NoDelivery => "This restaurant does not deliver; choose pickup".to_owned(),
        CartError::NoCash => "This restaurant does not take cash; pay by card".to_owned(),
        CartError::CashLimit { limit } => format!(
            "This restaurant takes at most {} in cash; pay by card",
            Language::En.money(*limit)
        ),
        CartError::BelowMinimum(sum) => {
            format!("For delivery, the dishes must come to at least {}", Language::En.money(*sum))
        }
        CartError::Tip => format!("{label} can be at most the sum of the dishes"),
        CartError::TipTooDear => "With this tip it is more than one order may cost".to_owned(),
    }
}
