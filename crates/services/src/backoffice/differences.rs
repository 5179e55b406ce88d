//! Differences between two versions of a restaurant, as text.

use domain::{
    changes::{Difference, Field},
    hours::{OpeningHours, Pause, Span, WEEKDAYS},
    money::Money,
    restaurant::{CashRules, Restaurant},
    seller::{Legal, PostalAddress},
    tax::TaxRules,
};
use events::{
    menu::{HoursBody, PricesBody, TaxRulesBody},
    seller::LegalBody,
};

/// The fields that differ between `old` and `new`; without `old`, the restaurant itself.
pub(super) fn restaurant_differences(
    old: Option<&Restaurant>,
    new: &Restaurant,
) -> Vec<Difference> {
    let Some(old) = old else {
        let itself = Difference::between("", Field::Itself, None, new.name.to_string());
        return itself.into_iter().collect();
    };
    let of = |field: Field, text: &dyn Fn(&Restaurant) -> String| {
        Difference::between("", field, text(old), text(new))
    };
    let money = |r: &Restaurant, minor| Money::new(minor, r.currency).to_string();
    let all = [
        of(Field::Name, &|r| r.name.to_string()),
        of(Field::Description, &|r| {
            r.tagline.as_ref().map(ToString::to_string).unwrap_or_default()
        }),
        of(Field::Currency, &|r| r.currency.to_string()),
        of(Field::TimeZone, &|r| r.time_zone.to_string()),
        of(Field::AutoAccept, &|r| if r.auto_accept { "yes" } else { "no" }.to_owned()),
        of(Field::AcceptWithin, &|r| format!("{} s", r.accept_within_s)),
        of(Field::DeliveryFee, &|r| {
            r.delivery_fee_minor.map(|fee| money(r, fee)).unwrap_or_default()
        }),
        of(Field::MinimumOrder, &|r| money(r, r.minimum_order_minor)),
        of(Field::Preparation, &|r| format!("{} min", r.preparation_min)),
        of(Field::OpeningHours, &|r| r.opening_hours.as_ref().map(hours_text).unwrap_or_default()),
        of(Field::Tax, &|r| r.tax.as_ref().map(tax_text).unwrap_or_default()),
        of(Field::Capture, &|r| {
            r.capture.map(|point| point.name().replace('_', " ")).unwrap_or_default()
        }),
        of(Field::Cash, &|r| cash_text(r.cash, |limit| money(r, limit))),
        of(Field::BusinessDay, &|r| r.business_day_starts.to_string()),
        of(Field::Legal, &|r| r.legal.as_ref().map(legal_text).unwrap_or_default()),
        of(Field::Address, &|r| r.address.as_ref().map(address_text).unwrap_or_default()),
        of(Field::Pause, &|r| match r.pause {
            None => String::new(),
            Some(Pause::UntilResumed) => "yes".to_owned(),
            Some(Pause::Until(end)) => {
                let zone = r.time_zone.zone();
                end.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
            }
        }),
    ];
    all.into_iter().flatten().collect()
}

/// `food 10 %, goods 22 % (default food, delivery proportional, prices inclusive)`.
fn tax_text(rules: &TaxRules) -> String {
    let TaxRulesBody { prices, rates, default, delivery } = rules.into();
    let rates: Vec<_> = rates.iter().map(|r| format!("{} {} %", r.id, r.percent)).collect();
    let prices = match prices {
        PricesBody::Inclusive => "inclusive",
        PricesBody::Exclusive => "exclusive",
    };
    let rates = rates.join(", ");
    format!("{rates} (default {default}, delivery {delivery}, prices {prices})")
}

/// `yes`, `up to €60.00`, or nothing.
fn cash_text(rules: CashRules, money: impl Fn(i64) -> String) -> String {
    match rules {
        CashRules { is_allowed: false, .. } => String::new(),
        CashRules { limit_minor: None, .. } => "yes".to_owned(),
        CashRules { limit_minor: Some(limit), .. } => format!("up to {}", money(limit)),
    }
}

/// `Bella Napoli S.r.l., IT 01234567890, REA NA-123456`.
fn legal_text(legal: &Legal) -> String {
    let LegalBody { name, tax_id, imprint } = legal.into();
    [Some(name), tax_id, imprint].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `Via dei Tribunali 12, Scala B, 80138 Napoli NA, IT (40.851775, 14.268124)`.
fn address_text(address: &PostalAddress) -> String {
    let point = address.point.map(|at| format!(" ({}, {})", at.latitude(), at.longitude()));
    let (lines, country) = (address.lines().join(", "), address.country);
    format!("{lines}, {country}{}", point.unwrap_or_default())
}

/// `monday 11:30–14:30 18:00–22:00, tuesday closed, …, 2026-12-25 closed`.
fn hours_text(hours: &OpeningHours) -> String {
    let body = HoursBody::from(hours);
    let days = [
        &body.monday,
        &body.tuesday,
        &body.wednesday,
        &body.thursday,
        &body.friday,
        &body.saturday,
        &body.sunday,
    ];
    let usual = WEEKDAYS.iter().zip(days).map(|(day, bodies)| {
        let spans: Vec<_> = bodies.iter().map(|s| format!("{}–{}", s.from, s.until)).collect();
        day_text(day, &spans)
    });
    let exceptions = hours.exceptions().map(|(date, spans)| {
        let text = |span: &Span| format!("{}–{}", span.from, span.until);
        day_text(&date.to_string(), &spans.iter().map(text).collect::<Vec<_>>())
    });
    usual.chain(exceptions).collect::<Vec<_>>().join(", ")
}

fn day_text(day: &str, spans: &[String]) -> String {
    match spans.is_empty() {
        true => format!("{day} closed"),
        false => format!("{day} {}", spans.join(" ")),
    }
}
