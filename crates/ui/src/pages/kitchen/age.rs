//! The age of a slip, relative to its allowed time.

use domain::{ports::OrderView, status::Status};
use jiff::Timestamp;

use super::KitchenPage;
use crate::when;

/// Share of the time after which a slip is late, in percent.
const LATE: i64 = 100;
/// Share of the time after which a slip is marked, in percent.
const SOON: i64 = 70;
/// Minutes after which food that waits is called late.
const WAITING_MIN: i64 = 15;

/// How long something has taken. The script lets it go on by the same rules.
pub(super) struct Age {
    /// The start time.
    pub(super) since: Timestamp,
    /// Allowed time, in minutes.
    pub(super) whole_min: i64,
    /// Whether the time left, or the delay, is shown.
    pub(super) is_promised: bool,
    /// The duration as text.
    pub(super) text: String,
    /// Share of the allowed time, in percent.
    pub(super) share: i64,
}

impl Age {
    /// New slips are measured by the time to accept, cooking ones by the promised time, and ready
    /// ones by [`WAITING_MIN`].
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
        let is_promised = cooking && standing.ready_by.is_some();
        let (words, late) = (&page.words().slip, minutes - whole_min);
        let text = match is_promised {
            true if late > 0 => (words.late)(&when::age(&page.reader, late)),
            true => (words.left)(&when::age(&page.reader, -late)),
            false => when::age(&page.reader, minutes),
        };
        Self { since, whole_min, is_promised, text, share: minutes * 100 / whole_min.max(1) }
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
