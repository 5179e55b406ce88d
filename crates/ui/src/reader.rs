//! The reader of a page.

use domain::{language::Language, money::Money};

use crate::words::{Notation, Words, words};

/// The reader of a page: language, and address of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The language.
    pub lang: Language,
    /// Path and query of the page, without secrets and without `lang`: the switch between
    /// languages leads back there.
    pub here: String,
}

impl Default for Reader {
    fn default() -> Self {
        Self { lang: Language::default(), here: "/".to_owned() }
    }
}

impl Reader {
    /// The same reader at another address, since the response to a form is shown elsewhere.
    #[must_use]
    pub fn at(self, here: impl Into<String>) -> Self {
        Self { here: here.into(), ..self }
    }

    /// The words of the reader's language.
    pub(crate) const fn words(&self) -> &'static Words {
        words(self.lang)
    }

    /// An amount as the reader writes it.
    pub(crate) fn money(&self, money: Money) -> String {
        self.lang.money(money)
    }

    /// An allergen as the reader calls it, where it is a common one; else as the menu writes it.
    pub(crate) fn allergen<'a>(&self, name: &'a str) -> &'a str {
        (self.words().menu.allergen)(name).unwrap_or(name)
    }

    /// This page in another language.
    pub(crate) fn in_language(&self, lang: Language) -> String {
        let join = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{join}lang={lang}", self.here)
    }
}
