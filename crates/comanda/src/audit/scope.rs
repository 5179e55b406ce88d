//! What an audit looks at: everything, or the latest orders, with the gateway's books or without.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// Records are written after their order was placed, by clocks that differ by less than this.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(1);

/// What an audit looks at; by default everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    /// Only orders that were placed then or later.
    pub(super) since: Option<Timestamp>,
    /// Without the gateway's books.
    pub(super) without_gateway: bool,
}

impl Scope {
    /// True for an order that was placed then.
    pub(super) fn has(&self, placed_at: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= placed_at)
    }

    /// True if older orders are left out.
    pub(super) const fn is_partial(&self) -> bool {
        self.since.is_some()
    }

    /// Where topics and the gateway's lists are read from; `None` for their beginning.
    pub(super) fn reads_from(&self) -> Option<Timestamp> {
        let since = self.since?;
        Some(since.checked_sub(CLOCK_SKEW).unwrap_or(since))
    }

    /// What was left out, for people.
    pub(super) fn left_out(&self) -> Vec<String> {
        let mut left_out = Vec::new();
        if let Some(since) = self.since {
            left_out.extend([
                format!("orders that were placed before {since}"),
                "stock and the sums of figures, which need every order".to_owned(),
                "menus, and requests to change orders or stock".to_owned(),
                "rows and payments of orders that no topic has".to_owned(),
            ]);
        }
        if self.without_gateway {
            left_out.push("the payment gateway's books".to_owned());
        }
        left_out
    }
}

/// Parses the start of a scope: an instant, or how long ago it was.
pub(super) fn parse_since(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let wrong = || "is neither an instant such as 2026-11-22T12:00:00Z nor a duration such as 90m, 2h or 7d";
    let span: Span = text.parse().map_err(|_| wrong())?;
    let ago = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    now.checked_sub(ago.abs()).map_err(|_| wrong().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_begins_at_an_instant_or_some_time_ago() {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        for (text, since) in [
            ("2026-11-22T11:00:00Z", "2026-11-22T11:00:00Z"),
            ("2026-11-22T12:00:00+01:00", "2026-11-22T11:00:00Z"),
            ("90m", "2026-11-22T10:30:00Z"),
            ("2h", "2026-11-22T10:00:00Z"),
            ("7d", "2026-11-15T12:00:00Z"),
            ("1 day", "2026-11-21T12:00:00Z"),
        ] {
            let since: Timestamp = since.parse().unwrap();
            assert_eq!(parse_since(text, now), Ok(since), "{text}");
        }
        for text in ["", "yesterday", "12", "2026-11-22", "1 month", "9999999d"] {
            assert!(parse_since(text, now).is_err(), "{text}");
        }
    }

    #[test]
    fn a_whole_audit_leaves_nothing_out() {
        assert_eq!(Scope::default().left_out(), [""; 0]);
        assert!(Scope::default().has(Timestamp::MIN) && Scope::default().reads_from().is_none());
        let since = "2026-11-22T12:00:00Z".parse().unwrap();
        let scope = Scope { since: Some(since), without_gateway: true };
        assert!(scope.has(since) && !scope.has(since - SignedDuration::from_nanos(1)));
        let left_out = scope.left_out().join("; ");
        assert!(left_out.contains("2026-11-22T12:00:00Z") && left_out.contains("gateway"));
    }
}
