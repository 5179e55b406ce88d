//! Every text that people read on pages and in mails, in every language.
//!
//! [`Words`] has a field for each text, in groups of one page or part each, and there is one value
//! of it a language: a text that is missing in one of them does not compile. To add a text, add a
//! field to its group and fill it in under `en` and `it`; to add a language, add it to
//! [`Language`], an arm to [`words`] and a folder like those two.

mod books;
mod checkout;
mod dates;
mod en;
mod figures;
mod forms;
mod it;
mod kitchen;
pub mod letters;
mod mailbox;
mod menu;
mod money;
mod office;
mod order;
mod shell;
mod shop;

use domain::{language::Language, money::Currency};

pub(crate) use books::Books;
pub(crate) use checkout::{CashWords, Checkout};
pub(crate) use dates::Dates;
pub(crate) use figures::Figures;
pub(crate) use forms::Forms;
pub(crate) use kitchen::Kitchen;
pub(crate) use mailbox::Mailbox;
pub(crate) use menu::{Cart, Menu, Search, Sheet, Sums};
pub use money::{Notation, Pattern};
pub(crate) use office::{Office, PaymentWords, PricesWords, SellerWords, TaxWords};
pub(crate) use order::{Order, Story, Travel};
pub(crate) use shell::{ProblemText, ProblemWords, Shell, SignIn};
pub(crate) use shop::{Home, OpeningWords};

/// The words of a language.
pub(crate) const fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &en::WORDS,
        Language::It => &it::WORDS,
    }
}

/// Everything that pages and letters say, in one language.
pub(crate) struct Words {
    /// What the language calls itself.
    pub(crate) language: &'static str,
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
    pub(crate) books: Books,
    pub(crate) letters: letters::Letters,
}
