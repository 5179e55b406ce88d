//! The checkout.

/// The texts of the checkout page.
pub(crate) struct Checkout {
    pub(crate) title: &'static str,
    pub(crate) back_to: fn(&str) -> String,
    pub(crate) nothing: &'static str,
    pub(crate) see_menu: &'static str,
    /// With the number of errors.
    pub(crate) attention: fn(usize) -> String,
    pub(crate) cart_changed: &'static str,
    /// From the total shown and the current one.
    pub(crate) total_changed: fn(&str, &str) -> String,
    pub(crate) unreachable: &'static str,
    pub(crate) how: &'static str,
    pub(crate) delivery: &'static str,
    pub(crate) pickup: &'static str,
    pub(crate) free: &'static str,
    pub(crate) address: &'static str,
    pub(crate) address_hint: &'static str,
    pub(crate) you: &'static str,
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) email_hint: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) phone_hint: &'static str,
    pub(crate) tip: &'static str,
    pub(crate) no_tip: &'static str,
    pub(crate) payment: &'static str,
    /// Name and effect of the cards that are offered where no money moves.
    pub(crate) test_cards: [(&'static str, &'static str); 3],
    /// Beside the fields of a card.
    pub(crate) card_hint: &'static str,
    /// The same, where no money moves.
    pub(crate) test_hint: &'static str,
    /// In place of the fields of a card, without JavaScript.
    pub(crate) needs_script: &'static str,
    /// In place of the fields of a card that could not be loaded.
    pub(crate) card_lost: &'static str,
    pub(crate) card_missing: &'static str,
    /// In place of the fields of a card, where none are taken.
    pub(crate) no_cards: &'static str,
    pub(crate) declined: &'static str,
    /// Where money is held until the restaurant accepts.
    pub(crate) held: fn(&str) -> String,
    pub(crate) pay: fn(&str) -> String,
    pub(crate) paying: &'static str,
    pub(crate) once: &'static str,
    pub(crate) cash: CashWords,
}

/// The choice between card and cash.
pub(crate) struct CashWords {
    pub(crate) card: &'static str,
    /// When a card is charged.
    pub(crate) card_now: &'static str,
    pub(crate) cash: &'static str,
    /// When cash is paid; true for delivery.
    pub(crate) when: fn(bool) -> &'static str,
    /// When, and the limit.
    pub(crate) up_to: fn(&str, &str) -> String,
    /// The limit, and the total that exceeds it.
    pub(crate) over: fn(&str, &str) -> String,
    /// Of a pickup: the restaurant, and the total.
    pub(crate) due_at: fn(&str, &str) -> String,
    /// Of a delivery: the total.
    pub(crate) due_to_courier: fn(&str) -> String,
    pub(crate) order: fn(&str) -> String,
    pub(crate) ordering: &'static str,
    pub(crate) once: &'static str,
    /// In place of the fields of a card, where only cash is taken.
    pub(crate) no_cards: &'static str,
}
