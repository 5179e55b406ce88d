use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn spans(texts: &[&str]) -> Vec<Span> {
    let span = |text: &&str| {
        let (from, until) = text.split_once('-').unwrap();
        Span { from: from.parse().unwrap(), until: until.parse().unwrap() }
    };
    texts.iter().map(span).collect()
}

/// The same spans on every day except Mondays, which are closed, and Christmas.
fn hours(daily: &[&str], christmas: &[&str]) -> OpeningHours {
    let mut week: [Vec<Span>; 7] = std::array::from_fn(|_| spans(daily));
    week[0].clear();
    let christmas = BTreeMap::from([("2026-12-25".parse().unwrap(), spans(christmas))]);
    OpeningHours::new(week, christmas).unwrap()
}

fn rome() -> TimeZone {
    TimeZone::get("Europe/Rome").unwrap()
}

fn at(local: &str) -> Timestamp {
    let local: jiff::civil::DateTime = local.parse().unwrap();
    local.to_zoned(rome()).unwrap().timestamp()
}

fn opening(hours: &OpeningHours, now: &str) -> Opening {
    Opening::at(at(now), &rome(), Some(hours), None)
}

fn open(until: &str) -> Opening {
    Opening::Open { until: Some(at(until)) }
}

fn closed(opens: &str) -> Opening {
    Opening::Closed { opens: Some(at(opens)) }
}

#[test]
fn several_spans_a_day_and_one_over_midnight() {
    let hours = hours(&["11:30-14:30", "18:00-02:00"], &[]);
    // The 21st of November 2026 is a Saturday.
    assert_eq!(opening(&hours, "2026-11-21T11:29"), closed("2026-11-21T11:30"));
    assert_eq!(opening(&hours, "2026-11-21T11:30"), open("2026-11-21T14:30"));
    assert_eq!(opening(&hours, "2026-11-21T14:30"), closed("2026-11-21T18:00"));
    assert_eq!(opening(&hours, "2026-11-22T01:59"), open("2026-11-22T02:00"));
    assert_eq!(opening(&hours, "2026-11-22T02:00"), closed("2026-11-22T11:30"));
    // Sunday's evening span ends on Monday, which is closed.
    assert_eq!(opening(&hours, "2026-11-23T01:00"), open("2026-11-23T02:00"));
    assert_eq!(opening(&hours, "2026-11-23T12:00"), closed("2026-11-24T11:30"));
}

#[test]
fn a_day_may_differ_from_its_weekday() {
    let shut = hours(&["11:30-14:30"], &[]);
    assert_eq!(opening(&shut, "2026-12-25T12:00"), closed("2026-12-26T11:30"));
    let late = hours(&["11:30-14:30"], &["20:00-21:00"]);
    assert_eq!(opening(&late, "2026-12-25T12:00"), closed("2026-12-25T20:00"));
}

#[test]
fn stretches_join_and_may_have_no_end() {
    let joined = hours(&["00:00-12:00", "12:00-24:00"], &[]);
    assert_eq!(opening(&joined, "2026-11-21T06:00"), open("2026-11-23T00:00"));
    let always: [Vec<Span>; 7] = std::array::from_fn(|_| spans(&["00:00-24:00"]));
    let always = OpeningHours::new(always, BTreeMap::new()).unwrap();
    assert_eq!(opening(&always, "2026-11-21T06:00"), Opening::Open { until: None });
    let never = OpeningHours::new(Default::default(), BTreeMap::new()).unwrap();
    assert_eq!(opening(&never, "2026-11-21T06:00"), Opening::Closed { opens: None });
    assert!(Opening::at(at("2026-11-21T06:00"), &rome(), None, None).is_open());
}

#[test]
fn hours_follow_the_clock_on_the_wall_when_it_is_set() {
    // Clocks in Rome go from 02:00 to 03:00 on the 29th of March 2026.
    let hours = hours(&["02:30-05:00"], &[]);
    assert_eq!(opening(&hours, "2026-03-29T01:59"), closed("2026-03-29T03:30"));
    assert_eq!(opening(&hours, "2026-03-29T04:00"), open("2026-03-29T05:00"));
}

#[test]
fn a_pause_takes_precedence_and_ends_at_its_time() {
    let hours = hours(&["11:30-14:30"], &[]);
    let with = |pause, now| Opening::at(at(now), &rome(), Some(&hours), Some(pause));
    let noon = "2026-11-21T12:00";
    assert_eq!(with(Pause::UntilResumed, noon), Opening::Paused { opens: None });
    let soon = Pause::Until(at("2026-11-21T12:30"));
    assert_eq!(with(soon, noon), Opening::Paused { opens: Some(at("2026-11-21T12:30")) });
    assert_eq!(with(soon, "2026-11-21T12:30"), open("2026-11-21T14:30"));
    let long = Pause::Until(at("2026-11-21T16:00"));
    assert_eq!(with(long, noon), Opening::Paused { opens: Some(at("2026-11-22T11:30")) });
    assert_eq!(with(long, "2026-11-21T15:00"), closed("2026-11-22T11:30"));
}

proptest! {
    /// For any hours, a restaurant opens exactly at the announced opening and closes exactly at the
    /// announced closing.
    #[test]
    fn announced_times_are_exact(
        times in prop::collection::btree_set(0_u16..1_440, 0..8), minute in 0_i64..20_000
    ) {
        let texts: Vec<_> = times.iter().map(|m| format!("{:02}:{:02}", m / 60, m % 60)).collect();
        let pairs: Vec<_> = texts.chunks_exact(2).map(|p| format!("{}-{}", p[0], p[1])).collect();
        let hours = hours(&pairs.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
        let minutes = jiff::SignedDuration::from_mins;
        let now = at("2026-03-25T00:00") + minutes(minute);
        let opening = |at| Opening::at(at, &rome(), Some(&hours), None);
        match opening(now) {
            Opening::Open { until: Some(until) } => {
                prop_assert!(!opening(until).is_open());
                prop_assert!(opening(until - minutes(1)).is_open());
            }
            Opening::Open { until: None } => prop_assert!(false, "Mondays are closed"),
            Opening::Closed { opens: Some(opens) } => {
                prop_assert!(opening(opens).is_open());
                prop_assert!(!opening(opens - minutes(1)).is_open());
            }
            Opening::Closed { opens: None } => prop_assert!(pairs.is_empty()),
            Opening::Paused { .. } => prop_assert!(false, "there is no pause"),
        }
    }
}
