//! The front page, and texts about restaurants on all pages.

/// The front page.
pub(crate) struct Home {
    pub(crate) title: &'static str,
    pub(crate) headline: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) none: &'static str,
    pub(crate) none_hint: &'static str,
    /// From and to, in minutes.
    pub(crate) minutes: fn(u32, u32) -> String,
    pub(crate) pickup_only: &'static str,
    pub(crate) free_delivery: &'static str,
    /// With the fee.
    pub(crate) delivery: fn(&str) -> String,
    /// With the smallest sum that is delivered.
    pub(crate) minimum: fn(&str) -> String,
}

/// Whether a restaurant takes orders.
pub(crate) struct OpeningWords {
    pub(crate) open: &'static str,
    pub(crate) open_until: fn(&str) -> String,
    pub(crate) closed: &'static str,
    pub(crate) opens: fn(&str) -> String,
    pub(crate) paused: &'static str,
    pub(crate) back: fn(&str) -> String,
    /// The heading of the hours of a week.
    pub(crate) hours: &'static str,
    pub(crate) today: &'static str,
}
