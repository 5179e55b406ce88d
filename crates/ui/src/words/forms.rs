//! Texts of violations.

use domain::violation::ViolationKind;

/// The texts of violations.
pub(crate) struct Forms {
    /// The violation as a sentence without a final stop, with the label of the field; without one
    /// if it concerns no field.
    pub(crate) wrong: fn(&str, &ViolationKind) -> String,
    /// The label of how many.
    pub(crate) quantity: &'static str,
    /// The label of a note.
    pub(crate) note: &'static str,
    /// The label of all lines together.
    pub(crate) order: &'static str,
    /// The label of a choice without a name of its own.
    pub(crate) this: &'static str,
    /// The label of the tip.
    pub(crate) tip: &'static str,
    /// The label of the payment method.
    pub(crate) payment_method: &'static str,
}
