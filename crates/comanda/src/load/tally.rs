//! Counts and latencies of a load.

use std::{
    collections::BTreeMap,
    ops::Range,
    time::{Duration, Instant},
};

use domain::{ports::Clock as _, status::Status};
use hdrhistogram::Histogram;
use jiff::Timestamp;

use super::{client::Failure, watch::Step};
use crate::fault::Fault;

/// The longest recordable latency.
const MAX_LATENCY: Duration = Duration::from_hours(1);

/// The beginning of the load by the monotonic clock, and by the wall clock, which events carry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beginning {
    pub(super) here: Instant,
    pub(super) wall: Timestamp,
}

impl Beginning {
    pub(super) fn now() -> Self {
        Self { here: Instant::now(), wall: clock::SystemClock.now() }
    }

    /// Time since the beginning.
    pub(super) fn elapsed(&self) -> Duration {
        self.here.elapsed()
    }
}

/// Counts and latencies.
pub(super) struct Tally {
    beginning: Beginning,
    /// The measured span since the beginning: without the warm-up.
    pub(super) span: Range<Duration>,
    pub(super) sent: u64,
    pub(super) accepted: u64,
    pub(super) confirmed: u64,
    pub(super) declined: u64,
    pub(super) retries: u64,
    /// Accepted orders without an outcome.
    pub(super) lost: u64,
    pub(super) errors: BTreeMap<String, (u64, String)>,
    /// How often an order waited because too many were in flight.
    pub(super) held_back: u64,
    pub(super) sent_in_span: u64,
    pub(super) confirmed_in_span: u64,
    /// When each order was confirmed, since the beginning.
    pub(super) confirmed_at: Vec<Duration>,
    /// How late orders were sent by the generator.
    pub(super) late: Histogram<u64>,
    pub(super) accept: Histogram<u64>,
    pub(super) confirm: Histogram<u64>,
    pub(super) arrival: Histogram<u64>,
    /// The greatest time by which an event was dated before its order's start, due to differing
    /// clocks.
    pub(super) skew: Duration,
}

impl Tally {
    pub(super) fn new(beginning: Beginning, span: Range<Duration>) -> Result<Self, Fault> {
        let longest = u64::try_from(MAX_LATENCY.as_micros()).unwrap_or(u64::MAX);
        let failed = |e| Fault::system("no histogram can be made").with_cause(e);
        let empty = Histogram::new_with_bounds(1, longest, 3).map_err(failed)?;
        Ok(Self {
            beginning,
            span,
            sent: 0,
            accepted: 0,
            confirmed: 0,
            declined: 0,
            retries: 0,
            lost: 0,
            errors: BTreeMap::new(),
            held_back: 0,
            sent_in_span: 0,
            confirmed_in_span: 0,
            confirmed_at: Vec::new(),
            late: empty.clone(),
            accept: empty.clone(),
            confirm: empty.clone(),
            arrival: empty,
            skew: Duration::ZERO,
        })
    }

    /// Records that an order with the intended start `start` was sent at `at`.
    pub(super) fn record_sent(&mut self, start: Duration, at: Duration) {
        self.sent += 1;
        self.sent_in_span += u64::from(self.span.contains(&at));
        if self.span.contains(&start) {
            record_latency(&mut self.late, at.saturating_sub(start));
        }
    }

    /// Records that it was accepted at `at`.
    pub(super) fn record_accepted(&mut self, start: Duration, at: Duration) {
        self.accepted += 1;
        if self.span.contains(&start) {
            record_latency(&mut self.accept, at.saturating_sub(start));
        }
    }

    /// Records its outcome, received at `received` if it was watched; `has_declined_card` is the
    /// expected outcome.
    pub(super) fn record_outcome(
        &mut self,
        start: Duration,
        step: Step,
        received: Option<Duration>,
        has_declined_card: bool,
    ) {
        let since = step.at.duration_since(self.beginning.wall);
        let at = Duration::try_from(since).unwrap_or_default();
        self.skew = self.skew.max(start.saturating_sub(at));
        if self.span.contains(&start) {
            record_latency(&mut self.confirm, at.saturating_sub(start));
            if let Some(received) = received {
                record_latency(&mut self.arrival, received.saturating_sub(start));
            }
        }
        if step.status == Status::Declined {
            self.declined += 1;
        } else {
            self.confirmed += 1;
            self.confirmed_in_span += u64::from(self.span.contains(&at));
            self.confirmed_at.push(at);
        }
        if has_declined_card != (step.status == Status::Declined)
            || step.status == Status::Cancelled
        {
            let expected = if has_declined_card { Status::Declined } else { Status::Confirmed };
            let example = format!("an order should be {expected} and is {}", step.status);
            self.record_failure(&Failure::new("unexpected outcome", example));
        }
    }

    pub(super) fn record_failure(&mut self, failure: &Failure) {
        let entry = self.errors.entry(failure.kind.clone());
        entry.or_insert_with(|| (0, failure.example.clone())).0 += 1;
    }

    /// An empty histogram with the same bounds.
    pub(super) fn empty_histogram(&self) -> Histogram<u64> {
        let mut empty = self.confirm.clone();
        empty.reset();
        empty
    }

    /// Whether every order was accepted and had the expected outcome.
    pub(super) fn is_clean(&self) -> bool {
        self.errors.is_empty() && self.lost == 0
    }
}

/// Records a latency in microseconds.
pub(super) fn record_latency(histogram: &mut Histogram<u64>, latency: Duration) {
    // Clamped to the bounds of the histogram.
    histogram.saturating_record(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX).max(1));
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn tally() -> Tally {
        Tally::new(Beginning::now(), s(10)..s(20)).unwrap()
    }

    fn step(tally: &Tally, status: Status, at: Duration) -> Step {
        Step { status, at: tally.beginning.wall + at }
    }

    #[test]
    fn a_stall_is_seen_from_the_intended_start() {
        let mut tally = tally();
        // Planned for second 11, sent at 15 because of a stall, answered at once.
        tally.record_sent(s(11), s(15));
        tally.record_accepted(s(11), s(15));
        assert!(tally.accept.max() >= 4_000_000 && tally.late.max() >= 4_000_000);
    }

    #[test]
    fn the_warm_up_is_counted_and_not_measured() {
        let mut tally = tally();
        tally.record_sent(s(1), s(1));
        tally.record_accepted(s(1), s(2));
        tally.record_outcome(s(1), step(&tally, Status::Confirmed, s(3)), Some(s(3)), false);
        assert_eq!((tally.sent, tally.accepted, tally.confirmed), (1, 1, 1));
        let measured = tally.late.len() + tally.accept.len() + tally.confirm.len();
        assert_eq!(measured + tally.arrival.len() + tally.confirmed_in_span, 0);
        tally.record_outcome(s(9), step(&tally, Status::Confirmed, s(10)), None, false);
        assert_eq!(tally.confirmed_in_span, 1, "the rate counts what ended in the span");
    }

    #[test]
    fn an_outcome_is_compared_with_its_card() {
        for (has_declined_card, status, clean) in [
            (false, Status::Confirmed, true),
            (false, Status::Accepted, true),
            (true, Status::Declined, true),
            (true, Status::Confirmed, false),
            (false, Status::Declined, false),
            (false, Status::Cancelled, false),
        ] {
            let mut tally = tally();
            tally.record_outcome(s(11), step(&tally, status, s(12)), None, has_declined_card);
            assert_eq!(tally.is_clean(), clean, "{status} with {has_declined_card}");
        }
        let mut tally = tally();
        tally.lost += 1;
        assert!(!tally.is_clean());
    }

    #[test]
    fn differing_clocks_are_recorded() {
        let mut tally = tally();
        tally.record_outcome(s(12), step(&tally, Status::Confirmed, s(11)), None, false);
        assert_eq!(tally.skew, s(1));
    }

    #[test]
    fn failures_are_counted_by_kind_with_one_example() {
        let mut tally = tally();
        tally.record_failure(&Failure::new("HTTP 500", "first"));
        tally.record_failure(&Failure::new("HTTP 500", "second"));
        assert_eq!(tally.errors["HTTP 500"], (2, "first".to_owned()));
        assert!(!tally.is_clean());
    }
}
