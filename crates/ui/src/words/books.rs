//! The texts of the closing report of a day.

use domain::payment_method::MethodKind;

/// The closing report of a day.
pub(crate) struct Books {
    /// Its tab.
    pub(crate) tab: &'static str,
    /// Its title, with the day.
    pub(crate) title: fn(&str) -> String,
    /// A date with its year: `Sun 22 Nov 2026`.
    pub(crate) date: fn(&str, i16) -> String,
    pub(crate) other_day: &'static str,
    pub(crate) show: &'static str,
    /// Beside the dates of the days before and after.
    pub(crate) days: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) open: &'static str,
    /// From and to, with days.
    pub(crate) span: fn(&str, &str) -> String,
    pub(crate) nothing: &'static str,
    /// What is left of sales after refunds, with tips.
    pub(crate) received: &'static str,
    pub(crate) sales: &'static str,
    pub(crate) refunds: &'static str,
    pub(crate) balance: &'static str,
    /// Number of sales.
    pub(crate) sold: fn(u64) -> String,
    /// Number of refunds.
    pub(crate) returned: fn(u64) -> String,
    pub(crate) what_for: &'static str,
    pub(crate) dishes: &'static str,
    pub(crate) delivery: &'static str,
    pub(crate) net: &'static str,
    pub(crate) tax: &'static str,
    pub(crate) gross: &'static str,
    pub(crate) tips: &'static str,
    pub(crate) total: &'static str,
    pub(crate) by_method: &'static str,
    pub(crate) method: fn(MethodKind) -> &'static str,
    pub(crate) by_rate: &'static str,
    pub(crate) print: &'static str,
    pub(crate) spreadsheet: &'static str,
    pub(crate) printed: fn(&str) -> String,
    pub(crate) explained: &'static str,
}
