//! Times and spans as people say them.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::Reader;

/// The time of day: `12:41`.
pub(crate) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// The time of day with seconds: `12:41:07`.
pub(crate) fn clock_s(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// Day and time: `Sun 22 Nov, 12:41`.
pub(crate) fn day_and_clock(reader: &Reader, at: Timestamp, zone: &TimeZone) -> String {
    let date = at.to_zoned(zone.clone()).date();
    format!("{}, {}", reader.words().dates.date(date), clock(at, zone))
}

/// A time within this span is shown without its day, even past midnight.
const TODAY_AND_TONIGHT: SignedDuration = SignedDuration::from_hours(12);

/// The time of day, with the day before it unless that is clear: the same day as `now`, or soon.
pub(crate) fn near(reader: &Reader, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let same = at.to_zoned(zone.clone()).date() == now.to_zoned(zone.clone()).date();
    let is_clear = same || (at > now && at.duration_since(now) < TODAY_AND_TONIGHT);
    if is_clear { clock(at, zone) } else { day_and_clock(reader, at, zone) }
}

/// A future time as people say it: `at 18:00`, `tomorrow at 11:30`, `Saturday at 11:30`,
/// `Fri 25 Dec at 12:00`.
pub(crate) fn soon(reader: &Reader, at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let words = &reader.words().dates;
    let (day, today) = (at.to_zoned(zone.clone()).date(), now.to_zoned(zone.clone()).date());
    let time = clock(at, zone);
    match today.until(day).map(|span| span.get_days()) {
        Ok(0) => (words.at)(&time),
        Ok(1) => (words.tomorrow_at)(&time),
        Ok(2..7) => (words.day_at)(words.weekday(day.weekday()), &time),
        _ => (words.day_at)(&words.date(day), &time),
    }
}

/// Whole minutes from `since` to `now`, never negative.
pub(crate) fn minutes(since: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(since).max(SignedDuration::ZERO).as_mins()
}

/// An age: `just now`, `7 min`, `1 h 05`, `2 days`.
pub(crate) fn age(reader: &Reader, minutes: i64) -> String {
    let words = &reader.words().dates;
    match minutes {
        ..1 => words.just_now.to_owned(),
        1..60 => format!("{minutes} min"),
        60..1440 => format!("{} h {:02}", minutes / 60, minutes % 60),
        _ => (words.days)(minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use domain::language::Language;

    use super::*;

    #[test]
    fn ages_read_well() {
        let cases =
            [(0, "just now"), (7, "7 min"), (65, "1 h 05"), (1500, "1 day"), (4000, "2 days")];
        for (minutes, text) in cases {
            assert_eq!(age(&Reader::default(), minutes), text);
        }
        let (early, late) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(90).unwrap());
        assert_eq!((minutes(early, late), minutes(late, early)), (1, 0));
    }

    #[test]
    fn what_is_soon_needs_no_date() {
        let rome = TimeZone::get("Europe/Rome").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let texts = |then: &str| {
            let now = at("2026-11-22T11:00:00Z");
            [Language::En, Language::It]
                .map(|lang| soon(&Reader { lang, ..Reader::default() }, at(then), now, &rome))
        };
        assert_eq!(texts("2026-11-22T17:00:00Z"), ["at 18:00", "alle 18:00"]);
        assert_eq!(texts("2026-11-23T17:00:00Z"), ["tomorrow at 18:00", "domani alle 18:00"]);
        assert_eq!(texts("2026-11-28T17:00:00Z"), ["Saturday at 18:00", "sabato alle 18:00"]);
        assert_eq!(texts("2026-12-25T11:00:00Z"), ["Fri 25 Dec at 12:00", "ven 25 dic alle 12:00"]);
    }

    #[test]
    fn times_are_shown_in_the_zone() {
        let rome = TimeZone::get("Europe/Rome").unwrap();
        let noon: Timestamp = "2026-11-22T11:41:00Z".parse().unwrap();
        assert_eq!(clock(noon, &rome), "12:41");
        let english = Reader::default();
        assert_eq!(near(&english, noon, noon, &rome), "12:41");
        assert_eq!(near(&english, noon, Timestamp::UNIX_EPOCH, &rome), "Sun 22 Nov, 12:41");
        let (evening, night): (Timestamp, Timestamp) =
            ("2026-11-22T22:50:00Z".parse().unwrap(), "2026-11-22T23:24:00Z".parse().unwrap());
        assert_eq!(near(&english, night, evening, &rome), "00:24", "that is tonight");
        assert_eq!(
            near(&english, evening, night, &rome),
            "Sun 22 Nov, 23:50",
            "that was yesterday"
        );
        let italian = Reader { lang: Language::It, ..english };
        assert_eq!(day_and_clock(&italian, noon, &rome), "dom 22 nov, 12:41");
    }
}
