//! The mailbox of the built-in mail sink.

/// The mailbox, and one mail of it.
pub(crate) struct Mailbox {
    pub(crate) title: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) none: &'static str,
    pub(crate) none_hint: &'static str,
    pub(crate) all: &'static str,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) received: &'static str,
    pub(crate) as_page: &'static str,
    pub(crate) plain: &'static str,
}
