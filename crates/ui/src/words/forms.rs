//! What is wrong with what was typed or chosen.

use domain::violation::ViolationKind;

/// What forms say of what they do not take.
pub(crate) struct Forms {
    /// What is wrong, as a sentence without a final stop; with the label of the field, or nothing
    /// where no field is to blame.
    pub(crate) wrong: fn(&str, &ViolationKind) -> String,
    /// The label of how many.
    pub(crate) quantity: &'static str,
    /// The label of a note.
    pub(crate) note: &'static str,
    /// The label of all lines together.
    pub(crate) order: &'static str,
    /// The label of a choice that speaks for itself.
    pub(crate) this: &'static str,
    /// The label of the tip.
    pub(crate) tip: &'static str,
    /// The label of the payment method.
    pub(crate) payment_method: &'static str,
}
