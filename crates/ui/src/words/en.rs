//! English.

mod forms;
mod shell;
mod shop;

use super::{Dates, Words};

pub(super) static WORDS: Words = Words {
    shell: shell::SHELL,
    dates: DATES,
    forms: forms::FORMS,
    home: shop::HOME,
    problem: shell::PROBLEM,
    sign_in: shell::SIGN_IN,
};

const DATES: Dates = Dates {
    weekdays_short: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    months_short: [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ],
    day: |weekday, day, month| format!("{weekday} {day} {month}"),
    just_now: "just now",
    days: |days| if days == 1 { "1 day".to_owned() } else { format!("{days} days") },
};
