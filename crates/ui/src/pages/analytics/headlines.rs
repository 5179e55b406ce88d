//! The key figures, each with its previous value and a link to its orders.

use crate::words::Notation;
use std::collections::BTreeMap;

use domain::{
    facts::{
        FactKind,
        board::{Bucket, Customers, Range, Totals},
        calendar::DAY_S,
    },
    money::{Currency, Money},
    status::Status,
};
use maud::{Markup, html};

use super::{AnalyticsPage, labels};

/// A key figure.
struct Headline {
    name: String,
    values: Vec<String>,
    /// The change since the previous range.
    change: Option<String>,
    /// The previous value.
    before: Option<String>,
    more: Option<String>,
    href: Option<String>,
}

pub(super) fn headlines(page: &AnalyticsPage<'_>) -> Markup {
    let (now, before) = page.board.periods(page.window);
    let all = [
        revenue(page, &now.sold, &before.sold),
        orders(page, now.sold.orders, before.sold.orders),
        average(page, &now.sold, &before.sold),
        basket(page, &now.sold, &before.sold),
        customers(page),
        lost(page),
    ];
    html! {
        dl.figures {
            @for headline in &all {
                div.figure {
                    dt {
                        @match &headline.href {
                            Some(href) => a href=(href) { (headline.name) },
                            None => (headline.name),
                        }
                    }
                    @if headline.values.is_empty() { dd { "\u{2013}" } }
                    @for value in &headline.values { dd { (value) } }
                    @if headline.change.is_some() || headline.before.is_some() {
                        dd.soft {
                            @if let Some(change) = &headline.change { b.change { (change) } " " }
                            @if let Some(before) = &headline.before {
                                span.visually-hidden { (page.compared()) ": " } (before)
                            }
                        }
                    }
                    @if let Some(more) = &headline.more { dd.soft { (more) } }
                }
            }
        }
    }
}

/// The currency that most orders are in.
pub(super) fn main_currency(totals: &[&Totals]) -> Option<Currency> {
    let mut orders = BTreeMap::<Currency, i64>::new();
    for (currency, n) in totals.iter().flat_map(|totals| &totals.by_currency) {
        *orders.entry(*currency).or_default() += n;
    }
    orders.into_iter().max_by_key(|(_, n)| *n).map(|(currency, _)| currency)
}

/// The previous amount in the main currency.
fn against(
    page: &AnalyticsPage<'_>,
    now: &BTreeMap<Currency, i64>,
    before: &BTreeMap<Currency, i64>,
    currency: Option<Currency>,
) -> (Option<String>, Option<String>) {
    let Some(currency) = currency else { return (None, None) };
    let of = |amounts: &BTreeMap<Currency, i64>| amounts.get(&currency).copied().unwrap_or(0);
    let text = page.reader.money(Money::new(of(before), currency));
    (labels::change(of(now), of(before)), Some(text))
}

fn confirmed(page: &AnalyticsPage<'_>) -> String {
    let span = labels::span(page, &labels::whole(page));
    labels::list_href(&page.scope, FactKind::CONFIRMED, None, span)
}

fn revenue(page: &AnalyticsPage<'_>, now: &Totals, before: &Totals) -> Headline {
    let main = main_currency(&[now, before]);
    let (change, was) = against(page, &now.revenue_minor, &before.revenue_minor, main);
    Headline {
        name: page.words().revenue.to_owned(),
        values: labels::amounts(&page.reader, &now.revenue_minor),
        change,
        before: was,
        more: None,
        href: Some(confirmed(page)),
    }
}

fn orders(page: &AnalyticsPage<'_>, now: i64, before: i64) -> Headline {
    Headline {
        name: page.words().orders.to_owned(),
        values: vec![page.reader.lang.number(now)],
        change: labels::change(now, before),
        before: Some(page.reader.lang.number(before)),
        more: None,
        href: Some(confirmed(page)),
    }
}

fn average(page: &AnalyticsPage<'_>, now: &Totals, before: &Totals) -> Headline {
    let main = main_currency(&[now, before]);
    let (now, before) = (now.average_minor(), before.average_minor());
    let (change, was) = against(page, &now, &before, main);
    Headline {
        name: page.words().average.to_owned(),
        values: labels::amounts(&page.reader, &now),
        change,
        before: was,
        more: None,
        href: None,
    }
}

fn basket(page: &AnalyticsPage<'_>, now: &Totals, before: &Totals) -> Headline {
    let [now, before] = [now, before].map(Totals::basket_tenths);
    let text = |tenths| labels::tenths(&page.reader, tenths);
    Headline {
        name: page.words().basket.to_owned(),
        values: now.map(text).into_iter().collect(),
        change: now.zip(before).and_then(|(now, before)| labels::change(now, before)),
        before: before.map(text),
        more: None,
        href: None,
    }
}

/// The days whose customers are counted, and the days before; for hours, the current day.
pub(super) fn days(page: &AnalyticsPage<'_>) -> (Bucket, Bucket) {
    let today = page.window.customers.last().copied().unwrap_or(Bucket { from_s: 0, to_s: DAY_S });
    let back = |bucket: Bucket, days: i64| Bucket {
        from_s: bucket.from_s - days * DAY_S,
        to_s: bucket.to_s - days * DAY_S,
    };
    let ends = |buckets: &[Bucket]| Bucket {
        from_s: buckets.first().map_or(0, |bucket| bucket.from_s),
        to_s: buckets.last().map_or(0, |bucket| bucket.to_s),
    };
    match page.window.range {
        Range::Hour | Range::Day => (today, back(today, 7)),
        _ => (ends(&page.window.shown), ends(&page.window.before)),
    }
}

fn customers(page: &AnalyticsPage<'_>) -> Headline {
    let words = page.words();
    let (days, before_days) = days(page);
    let [now, before]: [Customers; 2] =
        [days, before_days].map(|days| page.board.customers_of(&days));
    let number = |n| page.reader.lang.number(n);
    Headline {
        name: words.customers.to_owned(),
        values: vec![number(now.unique)],
        change: labels::change(now.unique, before.unique),
        before: Some(number(before.unique)),
        more: Some((words.new_n)(now.new)),
        href: None,
    }
}

fn lost(page: &AnalyticsPage<'_>) -> Headline {
    let lost = page.board.funnel().lost;
    let mut amounts = BTreeMap::<Currency, i64>::new();
    for (currency, minor) in lost.iter().flat_map(|lost| &lost.amount_minor) {
        *amounts.entry(*currency).or_default() += minor;
    }
    let orders = lost.iter().map(|lost| lost.orders).sum();
    let span = labels::span(page, &labels::whole(page));
    let declined = FactKind::Reached(Status::Declined);
    Headline {
        name: page.words().lost.to_owned(),
        values: labels::amounts(&page.reader, &amounts),
        change: None,
        before: None,
        more: Some((page.words().orders_n)(orders)),
        href: Some(labels::list_href(&page.scope, declined, None, span)),
    }
}
