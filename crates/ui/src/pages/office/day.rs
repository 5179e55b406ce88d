//! `/backoffice/r/{restaurant}/days/{date}`: the closing report of a day.

use domain::{
    books::{Amounts, DayBooks, Direction},
    money::{Currency, Money},
    restaurant::Restaurant,
};
use jiff::{Timestamp, civil::Date};
use maud::{Markup, html};

use super::{RestaurantHeader, restaurant_page};
use crate::{
    Reader, icons, seller, when,
    words::{Books, Notation},
};

/// The closing report of a day.
#[derive(Clone, Debug)]
pub struct DayPage<'a> {
    /// The header of the restaurant's pages.
    pub header: RestaurantHeader<'a>,
    /// The restaurant.
    pub restaurant: &'a Restaurant,
    /// The date on which the day started.
    pub date: Date,
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// The current time.
    pub now: Timestamp,
    /// The date of the current business day: there is no day after it.
    pub today: Date,
    /// The books of each currency.
    pub books: &'a [DayBooks],
}

impl DayPage<'_> {
    fn words(&self) -> &'static Books {
        &self.header.reader.words().books
    }

    fn dated(&self, date: Date) -> String {
        (self.words().date)(&self.header.reader.words().dates.date(date), date.year())
    }

    fn at(&self, instant: Timestamp) -> String {
        let zone = self.restaurant.time_zone.zone();
        when::day_and_clock(self.header.reader, instant, &zone)
    }
}

/// The closing report of a day.
pub fn day(page: &DayPage<'_>) -> Markup {
    let (words, reader) = (page.words(), page.header.reader);
    let is_closed = page.to <= page.now;
    let content = html! {
        div.only-print.day-seller {
            (seller::seller(reader, page.restaurant.legal.as_ref(), page.restaurant.address.as_ref()))
        }
        (other_days(page))
        p.books-span {
            @if is_closed { span.badge { (words.closed) } }
            @else { span.badge.warn { (words.open) } }
            " " ((words.span)(&page.at(page.from), &page.at(page.to)))
        }
        @if page.books.is_empty() {
            div.empty { p.big { (words.nothing) } }
        }
        @for books in page.books { (currency(reader, books)) }
        p.soft.day-note {
            strong { (reader.words().order.not_fiscal) ". " }
            (words.explained) " " ((words.printed)(&page.at(page.now)))
        }
        (forms_of_it(page))
    };
    let title = (words.title)(&page.dated(page.date));
    restaurant_page(page.header, "/days", &title, None, &content)
}

/// The days before and after, and any other one.
fn other_days(page: &DayPage<'_>) -> Markup {
    let (words, dates) = (page.words(), &page.header.reader.words().dates);
    let link = |date: Date| page.header.at(&format!("/days/{date}"));
    html! {
        nav.day-others aria-label=(words.days) {
            @if let Ok(before) = page.date.yesterday() {
                a.second rel="prev" href=(link(before)) { "← " (dates.date(before)) }
            }
            @if let Some(after) = page.date.tomorrow().ok().filter(|day| *day <= page.today) {
                a.second rel="next" href=(link(after)) { (dates.date(after)) " →" }
            }
            form method="get" action=(page.header.at("/days")) {
                label.visually-hidden for="day" { (words.other_day) }
                input #day type="date" name="date" value=(page.date) max=(page.today) required;
                button.second type="submit" { (words.show) }
            }
        }
    }
}

/// To print, and as files. Spreadsheets expect the reader's decimals.
fn forms_of_it(page: &DayPage<'_>) -> Markup {
    let words = page.words();
    let file = format!("/api/restaurants/{}/days/{}", page.header.restaurant, page.date);
    let point = page.header.reader.lang.pattern(page.restaurant.currency).point;
    let decimal = if point == ',' { "?decimal=comma" } else { "" };
    html! {
        p.office-links.day-files {
            button.second type="button" data-print { (icons::printer()) (words.print) }
            a.second href={ (file) ".csv" (decimal) } download { (words.spreadsheet) }
            a.second href={ (file) ".json" } { "JSON" }
        }
    }
}

fn currency(reader: &Reader, books: &DayBooks) -> Markup {
    let words = &reader.words().books;
    let money = |minor| reader.money(Money::new(minor, books.currency));
    let table = Tables { reader, words, currency: books.currency };
    let (sales, refunds) = (Some(Direction::Sale), Some(Direction::Refund));
    let (sold, returned) = (books.sum(None, sales), books.sum(None, refunds));
    let left = books.sum(None, None);
    let counts = [Direction::Sale, Direction::Refund].map(|way| books.movements(None, way));
    html! {
        dl.figures {
            (figure(words.received, &money(left.total_minor()), None))
            (figure(words.sales, &money(sold.total_minor()), Some((words.sold)(counts[0]))))
            (figure(words.refunds, &money(returned.total_minor()), Some((words.returned)(counts[1]))))
            (figure(words.tips, &money(left.tips_minor), None))
        }
        (what_for(&table, [sold, returned, left]))
        (by_method(&table, books))
        (by_rate(&table, books))
    }
}

fn figure(name: &str, value: &str, more: Option<String>) -> Markup {
    html! {
        div.figure {
            dt { (name) }
            dd { (value) }
            @if let Some(more) = more { dd.soft { (more) } }
        }
    }
}

/// How the tables of a currency are written.
struct Tables<'a> {
    reader: &'a Reader,
    words: &'static Books,
    currency: Currency,
}

impl Tables<'_> {
    fn amount(&self, minor: i64) -> String {
        self.reader.lang.amount(Money::new(minor, self.currency))
    }

    /// A table under its heading.
    fn section(&self, title: &str, columns: [&str; 3], rows: &Markup) -> Markup {
        html! {
            section.panel.day-table {
                h2 { (title) " " span.soft { (self.currency) } }
                div.day-scroll {
                    table {
                        thead { tr { td {} @for name in columns { th scope="col" { (name) } } } }
                        tbody { (rows) }
                    }
                }
            }
        }
    }

    /// A row under its name.
    fn row(&self, name: &str, is_sum: bool, amounts: [i64; 3]) -> Markup {
        html! {
            tr.sum[is_sum] {
                th scope="row" { (name) }
                @for minor in amounts { td { (self.amount(minor)) } }
            }
        }
    }

    const fn movements(&self) -> [&'static str; 3] {
        [self.words.sales, self.words.refunds, self.words.balance]
    }
}

fn what_for(tables: &Tables<'_>, sums: [Amounts; 3]) -> Markup {
    type Part = fn(&Amounts) -> i64;
    let words = tables.words;
    let rows: [(&str, bool, Part); 7] = [
        (words.dishes, false, |sum| sum.dishes_minor),
        (words.delivery, false, |sum| sum.delivery_minor),
        (words.net, true, Amounts::net_minor),
        (words.tax, false, |sum| sum.tax_minor),
        (words.gross, true, Amounts::gross_minor),
        (words.tips, false, |sum| sum.tips_minor),
        (words.total, true, Amounts::total_minor),
    ];
    // Without taxes, net and gross are the same.
    let has_tax = sums.iter().any(|sum| sum.tax_minor != 0);
    let taxed = [words.net, words.tax];
    let rows = rows.into_iter().filter(|(name, ..)| has_tax || !taxed.contains(name));
    let rows = html! {
        @for (name, is_sum, part) in rows {
            (tables.row(name, is_sum, sums.map(|sum| part(&sum))))
        }
    };
    tables.section(words.what_for, tables.movements(), &rows)
}

fn by_method(tables: &Tables<'_>, books: &DayBooks) -> Markup {
    let ways = [Some(Direction::Sale), Some(Direction::Refund), None];
    let words = tables.words;
    let totals = |method| ways.map(|way| books.sum(method, way).total_minor());
    let rows = html! {
        @for method in books.methods() {
            (tables.row((words.method)(method), false, totals(Some(method))))
        }
        (tables.row(words.total, true, totals(None)))
    };
    tables.section(words.by_method, tables.movements(), &rows)
}

/// Sales minus refunds at each rate.
fn by_rate(tables: &Tables<'_>, books: &DayBooks) -> Markup {
    let (words, rates) = (tables.words, books.rates());
    if rates.is_empty() {
        return html! {};
    }
    let rows = html! {
        @for rate in rates {
            @let sum = books.sum_at(Some(rate), None);
            @let name = rate.name.as_ref().map_or(rate.id.as_str(), |name| name.as_str());
            (tables.row(name, false, [sum.net_minor(), sum.tax_minor, sum.gross_minor()]))
        }
    };
    tables.section(words.by_rate, [words.net, words.tax, words.gross], &rows)
}
