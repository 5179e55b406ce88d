//! Links and labels shared by the parts of the dashboard.

use std::collections::BTreeMap;

use domain::{
    facts::{
        ChartId, FactKind, Reason, Scope,
        board::{Bucket, Range},
        calendar::{Grain, moment},
    },
    money::{Currency, Money},
};
use jiff::{Timestamp, tz::TimeZone};

use super::AnalyticsPage;
use crate::{Reader, when, words::Notation};

/// The dashboard, or a file beside it, with what is shown now; `show` is empty or `wall`.
pub(super) fn view_href(path: &str, page: &AnalyticsPage<'_>, show: &str) -> String {
    let (scope, range) = (page.scope.name(), page.window.range);
    let show = if show.is_empty() { String::new() } else { format!("&show={show}") };
    format!("{path}?restaurant={scope}&range={range}{show}")
}

/// Links to the rows of a chart as files.
pub(super) fn files(page: &AnalyticsPage<'_>, id: ChartId) -> Vec<(&'static str, String)> {
    let file = |kind: &str| view_href(&format!("/api/analytics/charts/{id}.{kind}"), page, "");
    vec![("CSV", file("csv")), ("JSON", file("json"))]
}

/// The orders behind a figure.
pub(super) fn list_href(
    scope: &Scope,
    kind: FactKind,
    reason: Option<Reason>,
    (from, to): (Timestamp, Timestamp),
) -> String {
    let reason = reason.map_or(String::new(), |reason| format!("&reason={}", reason.name()));
    let scope = scope.name();
    format!("/analytics/orders?restaurant={scope}&kind={kind}{reason}&from={from}&to={to}")
}

/// Start and end of a bucket.
pub(super) fn span(page: &AnalyticsPage<'_>, bucket: &Bucket) -> (Timestamp, Timestamp) {
    let at = |start_s| at(page.window.grain, start_s, &page.zone);
    (at(bucket.from_s), at(bucket.to_s))
}

/// The whole shown range as a bucket.
pub(super) fn whole(page: &AnalyticsPage<'_>) -> Bucket {
    let shown = &page.window.shown;
    Bucket {
        from_s: shown.first().map_or(0, |bucket| bucket.from_s),
        to_s: shown.last().map_or(0, |bucket| bucket.to_s),
    }
}

fn at(grain: Grain, start_s: i64, zone: &TimeZone) -> Timestamp {
    match grain {
        Grain::Day => moment(start_s, zone),
        _ => Timestamp::from_second(start_s).unwrap_or_default(),
    }
}

/// A bucket as text, short for an axis, or in full.
pub(super) fn stretch(page: &AnalyticsPage<'_>, bucket: &Bucket, whole: bool) -> String {
    let from = at(page.window.grain, bucket.from_s, &page.zone);
    match (page.window.range, whole) {
        (Range::Hour | Range::Day, false) => when::clock(from, &page.zone),
        (Range::Hour | Range::Day, true) => when::day_and_clock(&page.reader, from, &page.zone),
        (Range::Year, true) => month(&page.reader, bucket),
        (Range::Year, false) => month_name(&page.reader, bucket).to_owned(),
        (Range::Week, false) => {
            let date = date(bucket);
            let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
            let names = &page.reader.words().dates.weekdays_short;
            format!("{} {}", names.get(weekday).copied().unwrap_or_default(), date.day())
        }
        _ => day(&page.reader, bucket),
    }
}

/// A day, by its date.
pub(super) fn day(reader: &Reader, bucket: &Bucket) -> String {
    reader.words().dates.date(date(bucket))
}

/// A month with its year.
pub(super) fn month(reader: &Reader, bucket: &Bucket) -> String {
    format!("{} {}", month_name(reader, bucket), date(bucket).year())
}

fn month_name(reader: &Reader, bucket: &Bucket) -> &'static str {
    let month = usize::try_from(date(bucket).month() - 1).unwrap_or(0);
    reader.words().dates.months_short.get(month).copied().unwrap_or_default()
}

fn date(bucket: &Bucket) -> jiff::civil::Date {
    let at = Timestamp::from_second(bucket.from_s).unwrap_or_default();
    TimeZone::UTC.to_datetime(at).date()
}

/// Amounts, each in its currency.
pub(super) fn amounts(reader: &Reader, amounts: &BTreeMap<Currency, i64>) -> Vec<String> {
    let known = amounts.iter().filter(|(_, minor)| **minor != 0);
    known.map(|(currency, minor)| reader.money(Money::new(*minor, *currency))).collect()
}

/// A duration as people say it.
pub(super) fn duration(reader: &Reader, ms: i64) -> String {
    let point = reader.lang.pattern(Currency::EUR).point;
    match ms {
        ..1_000 => format!("{ms} ms"),
        1_000..10_000 => format!("{}{point}{} s", ms / 1_000, ms % 1_000 / 100),
        10_000..60_000 => format!("{} s", (ms + 500) / 1_000),
        60_000..3_600_000 => format!("{} min {:02}", ms / 60_000, ms % 60_000 / 1_000),
        _ => when::age(reader, ms / 60_000),
    }
}

/// Tenths as a number with one decimal.
pub(super) fn tenths(reader: &Reader, tenths: i64) -> String {
    let point = reader.lang.pattern(Currency::EUR).point;
    format!("{}{point}{}", tenths / 10, tenths % 10)
}

/// The change in percent with an arrow, so that it is not shown by colour alone.
pub(super) fn change(now: i64, before: i64) -> Option<String> {
    let percent = (before > 0).then(|| ((now - before) * 200 + before).div_euclid(2 * before))?;
    Some(match percent {
        1.. => format!("\u{25b2} {percent}\u{a0}%"),
        0 => "=".to_owned(),
        _ => format!("\u{25bc} {}\u{a0}%", -percent),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_changes_read_well() {
        let reader = Reader::default();
        let texts = [850, 4_230, 42_400, 185_000, 3_900_000].map(|ms| duration(&reader, ms));
        assert_eq!(texts, ["850 ms", "4.2 s", "42 s", "3 min 05", "1 h 05"]);
        let texts = [(12, 10), (10, 10), (1, 3)].map(|(now, before)| change(now, before).unwrap());
        assert_eq!(texts, ["\u{25b2} 20\u{a0}%", "=", "\u{25bc} 67\u{a0}%"]);
        assert_eq!(change(5, 0), None);
    }
}
