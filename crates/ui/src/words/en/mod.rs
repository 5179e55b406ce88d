//! English.

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
    language: "English",
    pattern: |currency| Pattern { before: currency.sign(), after: "", point: '.', group: ',' },
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
    weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    weekdays_short: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    months_short: [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ],
    day: |weekday, day, month| format!("{weekday} {day} {month}"),
    at: |time| format!("at {time}"),
    tomorrow_at: |time| format!("tomorrow at {time}"),
    day_at: |day, time| format!("{day} at {time}"),
    just_now: "just now",
    days: |days| if days == 1 { "1 day".to_owned() } else { format!("{days} days") },
};
