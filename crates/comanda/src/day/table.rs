//! The report as text.

use std::fmt::Write as _;

use domain::{
    books::{Amounts, DayBooks, Direction, OneSided},
    money::Money,
};
use jiff::Timestamp;
use services::backoffice::days::DayReport;

use super::gateway::GatewayDay;

/// Maximum number of lines in a list; JSON has all.
const MAX_LINES: usize = 50;

/// The report, and the comparison with the gateway.
pub(super) fn report(report: &DayReport, compared: Option<&GatewayDay>) -> String {
    let zone = report.restaurant.time_zone.zone();
    let at = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let mut text = String::new();
    let state = if report.is_closed() { "closed" } else { "not over yet" };
    let _ = writeln!(text, "{}, {}: {state}", report.restaurant.name, report.date);
    let (from, to) = (at(report.from), at(report.to));
    let _ = writeln!(text, "from {from} to {to} ({})", report.restaurant.time_zone);
    if report.books.is_empty() {
        text.push_str("\nNo money moved.\n");
    }
    for books in &report.books {
        write_books(&mut text, books);
    }
    match compared {
        None => text.push_str("\nNot compared with the payment gateway.\n"),
        Some(day) => write_gateway(&mut text, day),
    }
    text.push_str("\nThis is no fiscal document.\n");
    text
}

fn write_row(text: &mut String, name: &str, cells: [&str; 3]) {
    let [a, b, c] = cells;
    let _ = writeln!(text, "{name:<22}{a:>16}{b:>16}{c:>16}");
}

fn write_books(text: &mut String, books: &DayBooks) {
    type Part = fn(&Amounts) -> i64;
    let ways = [Some(Direction::Sale), Some(Direction::Refund), None];
    let shown = |minor| Money::new(minor, books.currency).decimal();
    let row = |text: &mut String, name: &str, minors: [i64; 3]| {
        let [a, b, c] = minors.map(shown);
        write_row(text, name, [&a, &b, &c]);
    };
    text.push('\n');
    write_row(text, books.currency.code(), ["sales", "refunds", "balance"]);
    let parts: [(&str, Part); 7] = [
        ("dishes", |sum| sum.dishes_minor),
        ("delivery", |sum| sum.delivery_minor),
        ("net", Amounts::net_minor),
        ("tax", |sum| sum.tax_minor),
        ("gross", Amounts::gross_minor),
        ("tips", |sum| sum.tips_minor),
        ("total", Amounts::total_minor),
    ];
    for (name, part) in parts {
        row(text, name, ways.map(|way| part(&books.sum(None, way))));
    }
    for method in books.methods() {
        let name = format!("by {method}");
        row(text, &name, ways.map(|way| books.sum(Some(method), way).total_minor()));
    }
    for rate in books.rates() {
        let name = rate.name.as_ref().map_or(rate.id.as_str(), |name| name.as_str());
        let tax = |way| books.sum_at(Some(rate), way).tax_minor;
        row(text, &format!("tax: {name}"), ways.map(tax));
    }
}

fn write_gateway(text: &mut String, day: &GatewayDay) {
    let comparison = &day.comparison;
    text.push('\n');
    write_row(text, "At the gateway", ["ledger", "gateway", "difference"]);
    for ((direction, currency), both) in &comparison.movements {
        let shown = |minor| Money::new(minor, *currency).decimal();
        let difference = both.gateway.minor.saturating_sub(both.ledger.minor);
        let cells = [both.ledger.minor, both.gateway.minor, difference].map(shown);
        let name = format!("{direction}s, {currency}");
        write_row(text, &name, [&cells[0], &cells[1], &cells[2]]);
    }
    for (currency, tally) in &comparison.disputes {
        let name = format!("disputes, {currency}");
        write_row(text, &name, ["", &amount(tally.minor, currency), ""]);
    }
    for (currency, minor) in &comparison.fees_minor {
        let name = format!("its fees, {currency}");
        write_row(text, &name, ["", &amount(minor.saturating_neg(), currency), ""]);
    }
    write_list(text, "booked on another day", &comparison.other_days);
    write_list(text, "differences", &comparison.differences);
    if !day.of_the_account.is_empty() {
        text.push_str("\nOf the whole account, net of fees:\n");
        for ((category, currency), tally) in &day.of_the_account {
            let shown = amount(tally.minor, currency);
            let _ = writeln!(text, "  {} × {category}: {shown} {currency}", tally.count);
        }
    }
}

/// A decimal amount of a currency that may not be ours.
fn amount(minor: i64, currency: &str) -> String {
    let known = currency.parse().ok().map(|currency| Money::new(minor, currency).decimal());
    known.unwrap_or_else(|| format!("{minor} minor units"))
}

fn write_list(text: &mut String, what: &str, all: &[OneSided]) {
    if all.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{} {what}:", all.len());
    for one in all.iter().take(MAX_LINES) {
        let sides = match (one.booked_at, one.moved_at) {
            (Some(booked), Some(moved)) => format!("at the gateway {moved}, booked {booked}"),
            (Some(booked), None) => format!("booked {booked}, and not at the gateway"),
            (None, Some(moved)) => format!("at the gateway {moved}, and not in the ledger"),
            (None, None) => String::new(),
        };
        let _ = writeln!(text, "  {}  {} of {}: {sides}", one.order, one.direction, one.money);
    }
    if all.len() > MAX_LINES {
        let _ = writeln!(text, "  … and {} more; --json has all of them", all.len() - MAX_LINES);
    }
}
