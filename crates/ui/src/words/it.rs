//! Italian.

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
    weekdays_short: ["lun", "mar", "mer", "gio", "ven", "sab", "dom"],
    months_short: [
        "gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic",
    ],
    day: |weekday, day, month| format!("{weekday} {day} {month}"),
    just_now: "adesso",
    days: |days| if days == 1 { "1 giorno".to_owned() } else { format!("{days} giorni") },
};
