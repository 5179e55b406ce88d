//! Charts over time: orders, revenue and customers.

use domain::{
    facts::{
        ChartId, FactKind,
        board::{Bucket, Point, Range},
        visits,
    },
    money::Money,
};
use maud::{Markup, html};

use super::{
    AnalyticsPage,
    headlines::{days, main_currency},
    labels, panel,
};
use crate::{
    chart::{Column, Columns, Rows, columns, rows},
    words::Notation,
};

/// Buckets between two labels of the axis.
fn every(range: Range) -> usize {
    match range {
        Range::Hour => 10,
        Range::Day => 3,
        Range::Month => 7,
        Range::Week | Range::Year => 1,
    }
}

fn ticks(page: &AnalyticsPage<'_>) -> Vec<String> {
    let shown = page.window.shown.iter().step_by(every(page.window.range));
    shown.map(|bucket| labels::stretch(page, bucket, false)).collect()
}

/// The legend: the greatest value, the marks, and the dashed bucket.
fn notes(page: &AnalyticsPage<'_>, most: Option<(String, &Bucket)>) -> Vec<String> {
    let words = page.words();
    let most =
        most.map(|(text, bucket)| (words.peak)(&text, &labels::stretch(page, bucket, false)));
    let marks = format!("\u{2013} {}", page.compared());
    most.into_iter().chain([marks, words.not_over.to_owned()]).collect()
}

fn behind(page: &AnalyticsPage<'_>, bucket: &Bucket) -> String {
    let span = labels::span(page, bucket);
    labels::list_href(&page.scope, FactKind::CONFIRMED, None, span)
}

/// Orders by time.
pub(super) fn orders(page: &AnalyticsPage<'_>) -> Markup {
    let (words, lang) = (page.words(), page.reader.lang);
    let points = page.board.points(page.window);
    let most = points.iter().max_by_key(|point| point.now.orders);
    let most = most.filter(|point| point.now.orders > 0);
    let most = most.map(|point| ((words.orders_n)(point.now.orders), &point.bucket));
    let column = |point: &Point| Column {
        value: point.now.orders,
        part: 0,
        before: Some(point.before.orders),
        says: format!(
            "{}: {} \u{00b7} {}: {}",
            labels::stretch(page, &point.bucket, true),
            (words.orders_n)(point.now.orders),
            page.compared(),
            lang.number(point.before.orders),
        ),
        href: Some(behind(page, &point.bucket)),
    };
    let chart = columns(&Columns {
        title: words.orders,
        bars: points.iter().map(column).collect(),
        notes: notes(page, most),
        ticks: ticks(page),
        nothing: words.nothing,
    });
    let row = |point: &Point| {
        let cells = vec![
            labels::stretch(page, &point.bucket, true),
            lang.number(point.now.orders),
            labels::amounts(&page.reader, &point.now.revenue_minor).join(" + "),
            lang.number(point.before.orders),
        ];
        (Some(behind(page, &point.bucket)), cells)
    };
    let table = rows(&Rows {
        id: "orders",
        title: words.orders,
        open: words.rows,
        columns: vec![words.time, words.orders, words.revenue, words.sold_before],
        cells: points.iter().rev().map(row).collect(),
        files: labels::files(page, ChartId::Sales),
    });
    panel("orders", words.orders, true, &html! { (chart) (table) })
}

/// Revenue by time, in the currency that most orders are in.
pub(super) fn revenue(page: &AnalyticsPage<'_>) -> Markup {
    let words = page.words();
    let points = page.board.points(page.window);
    let totals: Vec<_> = points.iter().flat_map(|point| [&point.now, &point.before]).collect();
    let Some(currency) = main_currency(&totals) else { return html! {} };
    let of = |totals: &domain::facts::board::Totals| {
        totals.revenue_minor.get(&currency).copied().unwrap_or(0)
    };
    let money = |minor| page.reader.money(Money::new(minor, currency));
    let most = points.iter().max_by_key(|point| of(&point.now));
    let most = most.filter(|point| of(&point.now) > 0);
    let most = most.map(|point| (money(of(&point.now)), &point.bucket));
    let column = |point: &Point| Column {
        value: of(&point.now),
        part: 0,
        before: Some(of(&point.before)),
        says: format!(
            "{}: {} \u{00b7} {}: {}",
            labels::stretch(page, &point.bucket, true),
            money(of(&point.now)),
            page.compared(),
            money(of(&point.before)),
        ),
        href: Some(behind(page, &point.bucket)),
    };
    let title = (words.revenue_in)(currency.code());
    let chart = columns(&Columns {
        title: &title,
        bars: points.iter().map(column).collect(),
        notes: notes(page, most),
        ticks: ticks(page),
        nothing: words.nothing,
    });
    panel("revenue", &title, true, &chart)
}

/// Customers by day, for a year by month: new ones below returning ones.
pub(super) fn customers(page: &AnalyticsPage<'_>) -> Markup {
    let (words, lang) = (page.words(), page.reader.lang);
    let shown = &page.window.customers;
    let name = |bucket: &Bucket| match page.window.range {
        Range::Year => labels::month(&page.reader, bucket),
        _ => labels::day(&page.reader, bucket),
    };
    let all: Vec<_> = shown.iter().map(|days| (days, page.board.customers_of(days))).collect();
    let column = |(days, customers): &(&Bucket, domain::facts::board::Customers)| Column {
        value: customers.unique,
        part: customers.unique - customers.new,
        before: None,
        says: format!(
            "{}: {}, {}",
            name(days),
            lang.number(customers.unique),
            (words.new_n)(customers.new)
        ),
        href: None,
    };
    let mut notes =
        vec![format!("\u{25a0} {}", words.returning), format!("\u{25a1} {}", words.new)];
    let (all_time, returning) = page.board.customers;
    notes.push((words.returning_n)(all_time, returning));
    let every = if page.window.range == Range::Year { 1 } else { 7 };
    let chart = columns(&Columns {
        title: words.customers_by,
        bars: all.iter().map(column).collect(),
        notes,
        ticks: shown.iter().step_by(every).map(name).collect(),
        nothing: words.nothing,
    });
    let row = |(days, customers): &(&Bucket, domain::facts::board::Customers)| {
        let numbers = [customers.unique, customers.new, customers.unique - customers.new];
        let cells = [name(days)].into_iter().chain(numbers.map(|n| lang.number(n))).collect();
        (None, cells)
    };
    let table = rows(&Rows {
        id: "customers",
        title: words.customers_by,
        open: words.rows,
        columns: vec![words.time, words.customers, words.new, words.returning],
        cells: all.iter().rev().map(row).collect(),
        files: labels::files(page, ChartId::Customers),
    });
    let whole = Bucket {
        from_s: shown.first().map_or(visits::NEVER, |bucket| bucket.from_s),
        to_s: days(page).0.to_s,
    };
    let back = page.board.comes_back_after_days(&whole);
    let title = if page.window.range == Range::Year { words.customers } else { words.customers_by };
    let content = html! {
        (chart)
        @if let Some(days) = back { p.chart-note { ((words.comes_back)(days)) } }
        (table)
    };
    panel("customers", title, false, &content)
}
