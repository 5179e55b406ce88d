//! Every word that people read on pages, in one place, in every language.
//!
//! [`Words`] has a field for each text, in groups of one page or part each, and there is one value
//! of it a language: a text that is missing in one of them does not compile. To add a text, add a
//! field to its group and fill it in under `en` and `it`; to add a language, add a line
//! to `languages!` and a folder like those two.

mod checkout;
mod dates;
mod en;
mod figures;
mod forms;
mod it;
mod kitchen;
mod mailbox;
mod menu;
mod money;
mod office;
mod order;
mod shell;
mod shop;

use std::{fmt, str::FromStr};

use domain::{language::Language, money::Currency};
use jiff::civil::Weekday;

pub(crate) use checkout::Checkout;
pub(crate) use dates::Dates;
pub(crate) use figures::Figures;
pub(crate) use forms::Forms;
pub(crate) use kitchen::Kitchen;
pub(crate) use mailbox::Mailbox;
pub(crate) use menu::{Cart, Menu, Search, Sheet, Sums};
pub use money::Pattern;
pub(crate) use office::Office;
pub(crate) use order::{Order, Story, Travel};
pub(crate) use shell::{ProblemText, ProblemWords, Shell, SignIn};
pub(crate) use shop::{Home, OpeningWords};

/// Declares the languages, a line each.
macro_rules! languages {
    ($($(#[$about:meta])* $lang:ident: $code:literal, $name:literal, $words:path;)*) => {
        /// A language that pages are written in.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum Lang { $($(#[$about])* $lang),* }

        impl Lang {
            /// Every language, in the order offered.
            pub const ALL: [Self; [$($code),*].len()] = [$(Self::$lang),*];

            /// Its code (ISO 639-1), as in `<html lang>` and `Content-Language`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$lang => $code),* }
            }

            /// What it calls itself.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$lang => $name),* }
            }

            pub(crate) const fn words(self) -> &'static Words {
                match self { $(Self::$lang => &$words),* }
            }
        }

        impl From<Language> for Lang {
            fn from(language: Language) -> Self {
                match language { $(Language::$lang => Self::$lang),* }
            }
        }

        impl From<Lang> for Language {
            fn from(lang: Lang) -> Self {
                match lang { $(Lang::$lang => Self::$lang),* }
            }
        }
    };
}

languages! {
    /// English.
    #[default]
    En: "en", "English", en::WORDS;
    /// Italian.
    It: "it", "Italiano", it::WORDS;
}

/// A text that names no [`Lang`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLang;

impl Lang {
    /// A day of the week, as it stands within a sentence.
    pub fn weekday(self, day: Weekday) -> &'static str {
        self.words().dates.weekday(day)
    }
}

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(code: &str) -> Result<Self, UnknownLang> {
        Self::ALL.into_iter().find(|lang| lang.code() == code).ok_or(UnknownLang)
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Everything that pages say, in one language.
pub(crate) struct Words {
    /// How amounts are written.
    pub(crate) pattern: fn(Currency) -> Pattern,
    pub(crate) shell: Shell,
    pub(crate) dates: Dates,
    pub(crate) figures: Figures,
    pub(crate) forms: Forms,
    pub(crate) home: Home,
    pub(crate) opening: OpeningWords,
    pub(crate) menu: Menu,
    pub(crate) search: Search,
    pub(crate) sheet: Sheet,
    pub(crate) cart: Cart,
    pub(crate) sums: Sums,
    pub(crate) checkout: Checkout,
    pub(crate) story: Story,
    pub(crate) order: Order,
    pub(crate) kitchen: Kitchen,
    pub(crate) travel: Travel,
    pub(crate) mailbox: Mailbox,
    pub(crate) problem: ProblemWords,
    pub(crate) sign_in: SignIn,
    pub(crate) office: Office,
}
