//! The languages of customers.

use crate::names::names;

names! {
    /// A language that customers are written to in.
    Language, UnknownLanguage "is not a language that we write in" {
        /// English.
        En "en",
        /// Italian.
        It "it",
    }
}

impl Default for Language {
    /// For whoever said nothing.
    fn default() -> Self {
        Self::En
    }
}
