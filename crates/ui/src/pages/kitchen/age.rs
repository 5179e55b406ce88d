//! How long a slip has waited, of the time that it has.

use domain::{ports::OrderView, status::Status};
use jiff::Timestamp;

use super::KitchenPage;
use crate::when;

/// From here on a ticket is late.
const LATE: i64 = 100;
/// From here on it soon will be.
const SOON: i64 = 70;
/// Minutes after which food that waits is called late.
const WAITING_MIN: i64 = 15;

/// How long something has taken. The script lets it go on by the same rules.
pub(super) struct Age {
    /// Since when.
    pub(super) since: Timestamp,
    /// Minutes that it may take.
    pub(super) whole_min: i64,
    /// Whether the time left, or the delay, is shown.
    pub(super) promised: bool,
    /// As people say it.
    pub(super) text: String,
    /// Which share of its time is over, in percent.
    pub(super) share: i64,
}

impl Age {
    /// New slips run against the time to accept, cooking ones against what was promised, and ready
    /// ones against getting cold.
    pub(super) fn of(page: &KitchenPage<'_>, view: &OrderView) -> Self {
        let reached = |status| view.history.iter().find(|(s, _)| *s == status).map(|(_, at)| *at);
        let standing = &view.standing;
        let cooking = matches!(standing.status, Status::Accepted | Status::Preparing);
        let since = if cooking { reached(Status::Accepted) } else { reached(standing.status) };
        let since = since.unwrap_or(standing.at);
        let whole_min = match (standing.status, standing.ready_by, &view.order) {
            (Status::Accepted | Status::Preparing, Some(by), _) => when::minutes(since, by),
            (Status::Confirmed, _, Some(order)) => i64::from(order.seller.accept_within_s) / 60,
            _ => WAITING_MIN,
        };
        let minutes = when::minutes(since, page.now);
        let promised = cooking && standing.ready_by.is_some();
        let (words, late) = (&page.words().ticket, minutes - whole_min);
        let text = match promised {
            true if late > 0 => (words.late)(&when::age(&page.reader, late)),
            true => (words.left)(&when::age(&page.reader, -late)),
            false => when::age(&page.reader, minutes),
        };
        Self { since, whole_min, promised, text, share: minutes * 100 / whole_min.max(1) }
    }

    /// The class that colours it.
    pub(super) fn class(&self) -> &'static str {
        match self.share {
            LATE.. => "late",
            SOON..LATE => "soon",
            _ => "fine",
        }
    }
}
