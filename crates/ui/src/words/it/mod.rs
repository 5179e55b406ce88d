//! Italian.

mod books;
mod checkout;
mod figures;
mod forms;
mod kitchen;
mod letters;
mod mailbox;
mod menu;
mod office;
mod order;
mod refunds;
mod shell;
mod shop;

use super::{Dates, Pattern, Words};

pub(super) static WORDS: Words = Words {
    language: "Italiano",
    pattern: |currency| Pattern {
        before: "",
        after: currency.sign().trim_ascii_end(),
        point: ',',
        group: '.',
    },
    shell: shell::SHELL,
    dates: DATES,
    figures: figures::FIGURES,
    forms: forms::FORMS,
    home: shop::HOME,
    opening: shop::OPENING,
    menu: menu::MENU,
    search: menu::SEARCH,
    sheet: menu::SHEET,
    cart: menu::CART,
    sums: menu::SUMS,
    checkout: checkout::CHECKOUT,
    story: order::STORY,
    order: order::ORDER,
    kitchen: kitchen::KITCHEN,
    travel: order::TRAVEL,
    mailbox: mailbox::MAILBOX,
    problem: shell::PROBLEM,
    sign_in: shell::SIGN_IN,
    office: office::OFFICE,
    books: books::BOOKS,
    refunds: refunds::REFUNDS,
    letters: letters::LETTERS,
};

const DATES: Dates = Dates {
    weekdays: ["lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"],
    weekdays_short: ["lun", "mar", "mer", "gio", "ven", "sab", "dom"],
    months_short: [
        "gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic",
    ],
    day: |weekday, day, month| format!("{weekday} {day} {month}"),
    at: |time| format!("alle {time}"),
    tomorrow_at: |time| format!("domani alle {time}"),
    day_at: |day, time| format!("{day} alle {time}"),
    just_now: "adesso",
    days: |days| if days == 1 { "1 giorno".to_owned() } else { format!("{days} giorni") },
};
