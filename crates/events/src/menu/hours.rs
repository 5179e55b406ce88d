//! Opening hours, as sent over HTTP and as published.

use std::collections::BTreeMap;

use domain::{
    hours::{DayTime, OpeningHours, Span},
    violation::{Checks, Violations},
};
use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

/// Opening hours in the restaurant's time zone. A weekday without spans is closed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct HoursBody {
    /// Spans, in order.
    #[serde(default)]
    pub monday: Vec<SpanBody>,
    /// Spans, in order.
    #[serde(default)]
    pub tuesday: Vec<SpanBody>,
    /// Spans, in order.
    #[serde(default)]
    pub wednesday: Vec<SpanBody>,
    /// Spans, in order.
    #[serde(default)]
    pub thursday: Vec<SpanBody>,
    /// Spans, in order.
    #[serde(default)]
    pub friday: Vec<SpanBody>,
    /// Spans, in order.
    #[serde(default)]
    pub saturday: Vec<SpanBody>,
    /// Spans, in order.
    #[serde(default)]
    pub sunday: Vec<SpanBody>,
    /// Dates with hours of their own.
    #[serde(default)]
    pub exceptions: Vec<ExceptionBody>,
}

/// An open span; one that ends no later than it starts continues past midnight.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SpanBody {
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`.
    pub until: String,
}

/// A date with hours of its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExceptionBody {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// Spans, in order; empty for closed.
    #[serde(default)]
    pub spans: Vec<SpanBody>,
}

impl HoursBody {
    /// Checks everything and returns the hours.
    pub fn check(&self) -> Result<OpeningHours, Violations> {
        let mut checks = Checks::default();
        let days = [
            ("monday", &self.monday),
            ("tuesday", &self.tuesday),
            ("wednesday", &self.wednesday),
            ("thursday", &self.thursday),
            ("friday", &self.friday),
            ("saturday", &self.saturday),
            ("sunday", &self.sunday),
        ];
        let week = days.map(|(name, bodies)| spans(name, bodies, &mut checks));
        let mut exceptions = BTreeMap::new();
        for (n, body) in self.exceptions.iter().enumerate() {
            let at = format!("exceptions[{n}]");
            let spans = spans(&format!("{at}.spans"), &body.spans, &mut checks);
            match body.date.parse() {
                Ok(date) => {
                    if exceptions.insert(date, spans).is_some() {
                        checks.add(format!("{at}.date"), "is there twice");
                    }
                }
                Err(_) => checks.add(format!("{at}.date"), "must be a date such as 2026-12-25"),
            }
        }
        if !checks.is_clean() {
            return checks.finish(None);
        }
        OpeningHours::new(week, exceptions)
    }
}

fn spans(at: &str, bodies: &[SpanBody], checks: &mut Checks) -> Vec<Span> {
    let mut time = |field: String, text: &str| checks.ok_or_add(field, text.parse::<DayTime>());
    let span = |(n, body): (usize, &SpanBody)| {
        let from = time(format!("{at}[{n}].from"), &body.from);
        let until = time(format!("{at}[{n}].until"), &body.until);
        from.zip(until).map(|(from, until)| Span { from, until })
    };
    bodies.iter().enumerate().filter_map(span).collect()
}

impl From<&OpeningHours> for HoursBody {
    fn from(hours: &OpeningHours) -> Self {
        let bodies = |spans: &[Span]| {
            let body = |span: &Span| SpanBody {
                from: span.from.to_string(),
                until: span.until.to_string(),
            };
            spans.iter().map(body).collect::<Vec<_>>()
        };
        let usual = |day| bodies(hours.usual(day));
        Self {
            monday: usual(Weekday::Monday),
            tuesday: usual(Weekday::Tuesday),
            wednesday: usual(Weekday::Wednesday),
            thursday: usual(Weekday::Thursday),
            friday: usual(Weekday::Friday),
            saturday: usual(Weekday::Saturday),
            sunday: usual(Weekday::Sunday),
            exceptions: (hours.exceptions())
                .map(|(date, spans)| ExceptionBody { date: date.to_string(), spans: bodies(spans) })
                .collect(),
        }
    }
}
