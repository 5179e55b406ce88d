//! The languages of customers.

use crate::names::names;

names! {
    /// A language in which customers are written to.
    Language, UnknownLanguage "is not a language that we write in" {
        /// English.
        En "en",
        /// Italian.
        It "it",
    }
}

impl Default for Language {
    /// For customers who did not choose one.
    fn default() -> Self {
        Self::En
    }
}
