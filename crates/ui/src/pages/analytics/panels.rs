//! Panels about orders: their funnel, lost orders, durations, and the week.

use domain::{
    facts::{
        ChartId, FactKind,
        board::{Lost, StageTimes},
    },
    status::Status,
};
use maud::{Markup, html};

use super::{AnalyticsPage, labels, panel};
use crate::{
    chart::{Bar, Rows, SpanRow, bars, heat, rows, spans},
    words::Notation,
};

/// The funnel of the orders placed in the range.
pub(super) fn funnel(page: &AnalyticsPage<'_>) -> Markup {
    let (words, lang) = (page.words(), page.reader.lang);
    let funnel = page.board.funnel();
    let placed = funnel.steps.first().map_or(0, |(_, orders)| *orders);
    let span = labels::span(page, &labels::whole(page));
    let href = |status| labels::list_href(&page.scope, FactKind::Reached(status), None, span);
    let steps: Vec<(Status, i64, &str)> =
        funnel.steps.iter().zip(words.steps).map(|((s, n), name)| (*s, *n, name)).collect();
    let bar = |(status, orders, name): &(Status, i64, &str)| Bar {
        name: (*name).to_owned(),
        value: *orders,
        text: lang.number(*orders),
        before: None,
        change: (placed > 0 && *status != Status::Placed)
            .then(|| format!("{}\u{a0}%", (orders * 200 + placed) / (2 * placed))),
        href: Some(href(*status)),
    };
    let table = rows(&Rows {
        id: "funnel",
        title: words.funnel,
        open: words.rows,
        columns: vec![words.funnel, words.orders],
        cells: (steps.iter())
            .map(|(status, n, name)| {
                (Some(href(*status)), vec![(*name).to_owned(), lang.number(*n)])
            })
            .collect(),
        files: labels::files(page, ChartId::Funnel),
    });
    let content = html! {
        @if placed == 0 { p.nothing { (words.nothing) } } @else {
            (bars(&steps.iter().map(bar).collect::<Vec<_>>()))
            p.chart-note { (words.funnel_note) }
            (table)
        }
    };
    panel("funnel", words.funnel, false, &content)
}

/// Lost orders and their amounts, by reason.
pub(super) fn lost(page: &AnalyticsPage<'_>) -> Markup {
    let (words, lang) = (page.words(), page.reader.lang);
    let lost = page.board.funnel().lost;
    let span = labels::span(page, &labels::whole(page));
    let bar = |lost: &Lost| Bar {
        name: (words.outcome)(lost.kind.name(), lost.reason.name()).to_owned(),
        value: lost.orders,
        text: lang.number(lost.orders),
        before: None,
        change: Some(labels::amounts(&page.reader, &lost.amount_minor).join(" + ")),
        href: Some(labels::list_href(&page.scope, lost.kind, Some(lost.reason), span)),
    };
    let row = |lost: &Lost| {
        let href = labels::list_href(&page.scope, lost.kind, Some(lost.reason), span);
        let cells = vec![
            (words.outcome)(lost.kind.name(), lost.reason.name()).to_owned(),
            lang.number(lost.orders),
            labels::amounts(&page.reader, &lost.amount_minor).join(" + "),
        ];
        (Some(href), cells)
    };
    let table = rows(&Rows {
        id: "lost",
        title: words.lost,
        open: words.rows,
        columns: vec![words.reason, words.orders, words.value],
        cells: lost.iter().map(row).collect(),
        files: labels::files(page, ChartId::Lost),
    });
    let content = html! {
        @if lost.is_empty() { p.nothing { (words.lost_none) } } @else {
            (bars(&lost.iter().map(bar).collect::<Vec<_>>()))
            (table)
        }
    };
    panel("lost", words.lost, false, &content)
}

/// How long each stage takes.
pub(super) fn leads(page: &AnalyticsPage<'_>) -> Markup {
    let (words, reader) = (page.words(), &page.reader);
    let stages = page.board.stages();
    let row = |times: &StageTimes| {
        let ms = [times.p50_ms, times.p90_ms, times.p99_ms];
        let name = (words.stage)(times.stage.name()).to_owned();
        SpanRow { name, ms, texts: ms.map(|ms| labels::duration(reader, ms)) }
    };
    let names = [words.half, words.nine_in_ten, words.almost_all];
    let cells = |times: &StageTimes| {
        let ms = [times.p50_ms, times.p90_ms, times.p99_ms];
        let name = (words.stage)(times.stage.name()).to_owned();
        let numbers = ms.map(|ms| labels::duration(reader, ms));
        let orders = reader.lang.number(times.orders);
        (None, [name, orders].into_iter().chain(numbers).collect())
    };
    let table = rows(&Rows {
        id: "leads",
        title: words.leads,
        open: words.rows,
        columns: vec![words.leads, words.orders, names[0], names[1], names[2]],
        cells: stages.iter().map(cells).collect(),
        files: labels::files(page, ChartId::LeadTimes),
    });
    let content = html! {
        @if stages.is_empty() { p.nothing { (words.nothing) } } @else {
            (spans(&stages.iter().map(row).collect::<Vec<_>>(), names))
            p.chart-note { (words.leads_note) }
            (table)
        }
    };
    panel("leads", words.leads, false, &content)
}

/// When in the week orders come.
pub(super) fn week(page: &AnalyticsPage<'_>) -> Markup {
    let (words, lang) = (page.words(), page.reader.lang);
    let week = page.board.week(&page.zone);
    let days = &page.reader.words().dates.weekdays_short;
    let says =
        |day: &str, hour: usize, orders| format!("{day} {hour}:00: {}", (words.orders_n)(orders));
    let hours: Vec<_> = (0..24).map(|hour| hour.to_string()).collect();
    let columns = [words.day].into_iter().chain(hours.iter().map(String::as_str)).collect();
    let row = |(day, orders): (&&str, &[i64; 24])| {
        let numbers = orders.iter().map(|n| lang.number(*n));
        (None, [(*day).to_owned()].into_iter().chain(numbers).collect())
    };
    let table = rows(&Rows {
        id: "week",
        title: words.week,
        open: words.rows,
        columns,
        cells: days.iter().zip(&week).map(row).collect(),
        files: labels::files(page, ChartId::Week),
    });
    let content = html! {
        (heat(words.week, days, &week, says))
        p.chart-note { (words.week_note) }
        (table)
    };
    panel("week", words.week, false, &content)
}
