//! `/backoffice/r/{restaurant}/settings`: hours and terms.

use domain::{
    hours::{Opening, Pause},
    money::{Currency, ExchangeRate, Money},
    restaurant::Restaurant,
    violation::Violation,
};
use jiff::Timestamp;
use maud::{Markup, html};

use super::{
    OfficeNotice, RestaurantHeader,
    form::{Form, Line, check},
    payment::{self, PaymentForm},
    restaurant_page,
    seller::{self, SellerForm},
    tax::{self, TaxForm},
};
use crate::{Reader, icons, when};

/// An example of a price, in minor units.
const EXAMPLE_MINOR: i64 = 1_250;

/// A day in the form: its spans as typed, `11:30` and `14:30`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayForm {
    /// A date, as typed; empty for a weekday.
    pub date: String,
    /// Beginnings and ends; empty rows are ignored.
    pub spans: Vec<(String, String)>,
}

/// The form of a restaurant's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsForm {
    /// As typed.
    pub name: String,
    /// As typed.
    pub tagline: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA.
    pub time_zone: String,
    /// Orders are accepted automatically.
    pub auto_accept: bool,
    /// Minutes to accept, as typed.
    pub accept_within: String,
    /// True if it delivers.
    pub delivers: bool,
    /// In major units, as typed.
    pub delivery_fee: String,
    /// In major units, as typed.
    pub minimum_order: String,
    /// Minutes, as typed.
    pub preparation: String,
    /// True if it is open at any time.
    pub always_open: bool,
    /// Monday to Sunday.
    pub week: Vec<DayForm>,
    /// Days that differ.
    pub exceptions: Vec<DayForm>,
    /// Payment.
    pub payment: PaymentForm,
    /// Tax.
    pub tax: TaxForm,
    /// When a business day starts: `05:00`.
    pub business_day_starts: String,
    /// The legal entity and the address.
    pub seller: SellerForm,
    /// What becomes of the prices in another currency: `keep` or `convert`; empty for no answer.
    pub prices: String,
    /// How much of the new currency one unit of the old one is, as typed.
    pub rate: String,
}

/// The settings of a restaurant.
#[derive(Clone, Debug)]
pub struct SettingsPage<'a> {
    /// The header of the restaurant's pages.
    pub header: RestaurantHeader<'a>,
    /// The version that the form is about.
    pub version: i64,
    /// The currency of amounts.
    pub currency: Currency,
    /// In words, whether it is open now.
    pub now: String,
    /// When the break ends, in words: of a restaurant that has one.
    pub paused: Option<String>,
    /// The content of the form.
    pub form: &'a SettingsForm,
    /// The violations by field.
    pub violations: &'a [Violation],
    /// The notice about the last request.
    pub notice: Option<OfficeNotice>,
    /// The currency of the prices and the new one, where the form changes it.
    pub prices: Option<(Currency, Currency)>,
}

/// Whether it is open, and how long a break lasts, as texts.
pub fn opening_text(
    reader: &Reader,
    restaurant: &Restaurant,
    now: Timestamp,
) -> (String, Option<String>) {
    let words = &reader.words().office;
    let zone = restaurant.time_zone.zone();
    let near = |at: Timestamp| when::near(reader, at, now, &zone);
    match restaurant.opening(now) {
        Opening::Open { until } => ((words.open_now)(until.map(near)), None),
        Opening::Closed { opens } => ((words.closed_now)(opens.map(near)), None),
        Opening::Paused { .. } => {
            let until = match restaurant.pause {
                Some(Pause::Until(end)) => Some(near(end)),
                _ => None,
            };
            (words.closed.to_owned(), Some((words.paused_now)(until)))
        }
    }
}

/// The settings of a restaurant.
pub fn settings(page: &SettingsPage<'_>) -> Markup {
    let words = &page.header.reader.words().office;
    let content = html! {
        (pause(page))
        form.office-form method="post" action=(page.header.at("/settings")) data-guard novalidate {
            input type="hidden" name="version" value=(page.version);
            button.visually-hidden type="submit" name="do" value="save" tabindex="-1"
                aria-hidden="true" { (words.save) }
            @if let Some((from, to)) = page.prices { (prices(page, from, to)) }
            (hours(page))
            (terms(page))
            (payment::payment(page))
            (tax::tax(page))
            (names(page))
            (seller::seller(page))
            div.save-bar {
                button.primary type="submit" name="do" value="save" { (words.save) }
            }
        }
    };
    restaurant_page(page.header, "/settings", words.settings, page.notice.as_ref(), &content)
}

/// Asks what becomes of the prices in another currency.
fn prices(page: &SettingsPage<'_>, from: Currency, to: Currency) -> Markup {
    let (words, f, s) = (&page.header.reader.words().office.prices, form(page), page.form);
    let example = |currency| page.header.reader.money(Money::new(EXAMPLE_MINOR, currency));
    let kept = ExchangeRate::ONE.convert(EXAMPLE_MINOR, from, to).unwrap_or(EXAMPLE_MINOR);
    let kept = page.header.reader.money(Money::new(kept, to));
    let choice = |value: &str, text: &str| {
        html! {
            label.choice {
                input type="radio" name="prices" value=(value) checked[s.prices == value];
                span { (text) }
            }
        }
    };
    html! {
        section.panel.first-time #prices aria-labelledby="prices-title" {
            h2 #prices-title { (words.title) }
            p { ((words.lead)(from.code(), to.code())) }
            (choice("keep", &(words.keep)(&example(from), &kept)))
            (choice("convert", words.convert))
            (f.line(Line::new("rate", &(words.rate)(from.code(), to.code()), &s.rate)
                .kind("decimal").optional().plain()))
            p.hint { (words.hint) }
        }
    }
}

fn form<'a>(page: &SettingsPage<'a>) -> Form<'a> {
    Form { reader: page.header.reader, violations: page.violations }
}

/// The form that pauses orders.
fn pause(page: &SettingsPage<'_>) -> Markup {
    let words = &page.header.reader.words().office;
    html! {
        form.panel.pause-panel method="post" action=(page.header.at("/pause")) {
            input type="hidden" name="version" value=(page.version);
            @match &page.paused {
                Some(until) => {
                    p.big { (until) }
                    button.primary type="submit" name="minutes" value="0" { (words.resume) }
                }
                None => {
                    p.big { (page.now) }
                    p.soft { (words.pause_text) }
                    p.office-tools {
                        @for minutes in [15, 30, 60] {
                            button.second type="submit" name="minutes" value=(minutes) {
                                ((words.pause_for)(minutes))
                            }
                        }
                        button.second type="submit" name="minutes" value="open" { (words.pause_open) }
                    }
                }
            }
        }
    }
}

fn hours(page: &SettingsPage<'_>) -> Markup {
    let (words, f) = (&page.header.reader.words().office, form(page));
    html! {
        section.panel aria-labelledby="hours" {
            h2 #hours { (words.opening_hours) }
            p.soft { (words.opening_hours_hint) }
            (check("always_open", words.always_open, None, page.form.always_open))
            div.week {
                @for (d, day) in page.form.week.iter().enumerate() {
                    @let label = words.weekdays[d % 7];
                    (spans(page, &format!("d{d}"), label, day, &html! { strong { (label) } }))
                }
            }
            h3 { (words.exceptions) }
            p.soft { (words.exceptions_hint) }
            div.week {
                @for (x, day) in page.form.exceptions.iter().enumerate() {
                    @let name = format!("x{x}.date");
                    @let date = f.line(Line::new(&name, words.date, &day.date).kind("date"));
                    (spans(page, &format!("x{x}"), words.date, day, &date))
                }
            }
            button.second type="submit" name="do" value="add-exception" formnovalidate {
                (icons::plus()) (words.add_exception)
            }
            (f.line(Line::new("business_day_starts", words.business_day_starts,
                &page.form.business_day_starts).kind("time").hint(words.business_day_starts_hint)))
        }
    }
}

/// A day with its spans: those it has, and one more to fill in.
fn spans(page: &SettingsPage<'_>, at: &str, label: &str, day: &DayForm, head: &Markup) -> Markup {
    let (words, f) = (&page.header.reader.words().office, form(page));
    let empty = (String::new(), String::new());
    let rows = day.spans.iter().chain(std::iter::once(&empty)).enumerate();
    let closed = day.spans.is_empty();
    html! {
        div.day {
            div.day-head { (head) @if closed { span.soft { (words.closed) } } }
            div.day-spans {
                @for (n, (from, until)) in rows {
                    @let (from_name, until_name) = (format!("{at}.{n}.from"), format!("{at}.{n}.until"));
                    span.day-span.is-new[n == day.spans.len()] {
                        input type="time" name=(from_name) value=(from)
                            aria-label={ (label) ", " (words.from) " " (n + 1) };
                        span aria-hidden="true" { "–" }
                        input type="time" name=(until_name) value=(until)
                            aria-label={ (label) ", " (words.until) " " (n + 1) };
                    }
                    (f.errors(words.from, &from_name))
                    (f.errors(words.until, &until_name))
                }
                (f.errors(label, at))
            }
        }
    }
}

fn terms(page: &SettingsPage<'_>) -> Markup {
    let (words, f, s) = (&page.header.reader.words().office, form(page), page.form);
    let with_sign = |text: &str| format!("{text} ({})", page.currency.sign().trim());
    let (fee, minimum) = (with_sign(words.delivery_fee), with_sign(words.minimum_order));
    html! {
        section.panel aria-labelledby="terms" {
            h2 #terms { (words.terms) }
            (check("auto_accept", words.auto_accept, Some(words.auto_accept_hint), s.auto_accept))
            div.field-row {
                (f.line(Line::new("accept_within", words.accept_within, &s.accept_within)
                    .kind("numeric").hint(words.accept_within_hint)))
                (f.line(Line::new("preparation", words.preparation, &s.preparation)
                    .kind("numeric").hint(words.preparation_hint)))
            }
            (check("delivers", words.delivers, None, s.delivers))
            div.field-row {
                (f.line(Line::new("delivery_fee", &fee, &s.delivery_fee).kind("decimal").optional()))
                (f.line(Line::new("minimum_order", &minimum, &s.minimum_order).kind("decimal")
                    .optional()))
            }
        }
    }
}

fn names(page: &SettingsPage<'_>) -> Markup {
    let (words, f, s) = (&page.header.reader.words().office, form(page), page.form);
    let currencies: Vec<_> = Currency::LIST.iter().map(|c| (c.code(), c.code())).collect();
    html! {
        section.panel aria-labelledby="names" {
            h2 #names { (words.about) }
            (f.line(Line::new("name", words.name, &s.name)))
            (f.line(Line::new("tagline", words.tagline, &s.tagline).hint(words.tagline_hint).optional()))
            div.field-row {
                (f.line(Line::new("time_zone", words.time_zone, &s.time_zone).hint(words.time_zone_hint)))
                (f.select("currency", words.currency, &currencies, &s.currency))
            }
        }
    }
}
