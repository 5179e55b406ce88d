//! The front page, and what is said of a restaurant everywhere.

/// The front page.
pub(crate) struct Home {
    pub(crate) title: &'static str,
    pub(crate) headline: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) none: &'static str,
    pub(crate) none_hint: &'static str,
    /// From so many minutes to so many.
    pub(crate) minutes: fn(u32, u32) -> String,
    pub(crate) pickup_only: &'static str,
    pub(crate) free_delivery: &'static str,
    /// With the fee.
    pub(crate) delivery: fn(&str) -> String,
    /// With the smallest sum that is delivered.
    pub(crate) minimum: fn(&str) -> String,
}
