//! Converts the settings of a restaurant to their form and back.

use domain::{
    hours::WEEKDAYS,
    money::{Currency, ExchangeRate, Money},
    restaurant::Restaurant,
    violation::{Checks, ViolationKind, Violations},
};
use events::menu::{ExceptionBody, HoursBody, RestaurantBody, SpanBody};
use ui::pages::{DayForm, SettingsForm};

use super::{pairs::Pairs, payment_form, prices::PricesAnswer, seller_form, tax_form};

/// The form of a restaurant.
pub(super) fn form_from_restaurant(restaurant: &Restaurant) -> SettingsForm {
    let body = RestaurantBody::from(restaurant);
    let money = |minor| Money::new(minor, restaurant.currency).decimal();
    let hours = body.opening_hours.unwrap_or_default();
    let day = |date: &str, spans: &[SpanBody]| DayForm {
        date: date.to_owned(),
        spans: spans.iter().map(|span| (span.from.clone(), span.until.clone())).collect(),
    };
    SettingsForm {
        name: body.name,
        tagline: body.tagline.unwrap_or_default(),
        currency: body.currency,
        time_zone: body.time_zone,
        auto_accept: body.auto_accept,
        accept_within: (body.accept_within_s / 60).to_string(),
        delivers: body.delivery_fee_minor.is_some(),
        delivery_fee: body.delivery_fee_minor.map(money).unwrap_or_default(),
        minimum_order: money(body.minimum_order_minor),
        preparation: body.preparation_min.to_string(),
        always_open: restaurant.opening_hours.is_none(),
        week: days(&hours).into_iter().map(|spans| day("", spans)).collect(),
        exceptions: hours.exceptions.iter().map(|e| day(&e.date, &e.spans)).collect(),
        payment: payment_form::form_from_restaurant(restaurant),
        tax: tax_form::form_from_rules(restaurant.tax.as_ref()),
        business_day_starts: restaurant.business_day_starts.to_string(),
        seller: seller_form::form_from_restaurant(restaurant),
        prices: String::new(),
        rate: String::new(),
    }
}

fn days(hours: &HoursBody) -> [&Vec<SpanBody>; 7] {
    [
        &hours.monday,
        &hours.tuesday,
        &hours.wednesday,
        &hours.thursday,
        &hours.friday,
        &hours.saturday,
        &hours.sunday,
    ]
}

/// The form as submitted.
pub(super) fn form_from_pairs(pairs: &Pairs) -> SettingsForm {
    let text = |name: &str| pairs.get(name).to_owned();
    let day = |at: &str| {
        let spans = pairs.row_numbers(&format!("{at}.")).into_iter().map(|n| {
            let part = |part: &str| text(&format!("{at}.{n}.{part}")).trim().to_owned();
            (part("from"), part("until"))
        });
        let is_filled = |(from, until): &(String, String)| !from.is_empty() || !until.is_empty();
        DayForm { date: text(&format!("{at}.date")), spans: spans.filter(is_filled).collect() }
    };
    let exceptions = pairs.row_numbers("x").into_iter().map(|x| day(&format!("x{x}")));
    SettingsForm {
        name: text("name"),
        tagline: text("tagline"),
        currency: text("currency"),
        time_zone: text("time_zone"),
        auto_accept: pairs.has("auto_accept"),
        accept_within: text("accept_within"),
        delivers: pairs.has("delivers"),
        delivery_fee: text("delivery_fee"),
        minimum_order: text("minimum_order"),
        preparation: text("preparation"),
        always_open: pairs.has("always_open"),
        week: (0..7).map(|d| day(&format!("d{d}"))).collect(),
        exceptions: exceptions
            .filter(|day| !day.date.is_empty() || !day.spans.is_empty())
            .collect(),
        payment: payment_form::form_from_pairs(pairs),
        tax: tax_form::form_from_pairs(pairs),
        business_day_starts: text("business_day_starts").trim().to_owned(),
        seller: seller_form::form_from_pairs(pairs),
        prices: text("prices"),
        rate: text("rate"),
    }
}

/// The answer in a form to what becomes of the prices.
pub(super) fn prices_answer(form: &SettingsForm) -> PricesAnswer {
    PricesAnswer { prices: form.prices.clone(), rate: form.rate.clone() }
}

/// The form with its untouched amounts in its new currency. Those that were typed are in it already.
pub(super) fn exchange_amounts(form: &mut SettingsForm, before: &Restaurant, rate: ExchangeRate) {
    let Ok(to) = form.currency.parse::<Currency>() else { return };
    let shown = form_from_restaurant(before);
    let amounts = [
        (&mut form.delivery_fee, shown.delivery_fee),
        (&mut form.minimum_order, shown.minimum_order),
        (&mut form.payment.cash_limit, shown.payment.cash_limit),
    ];
    for (typed, shown) in amounts {
        let minor = before.currency.minor(&shown).ok().filter(|_| *typed == shown);
        let exchanged = minor.and_then(|minor| rate.convert(minor, before.currency, to));
        if let Some(minor) = exchanged {
            *typed = Money::new(minor, to).decimal();
        }
    }
}

/// The restaurant in a form, or all violations by the names of the form's fields.
pub(super) fn restaurant_from_form(
    form: &SettingsForm,
    before: &Restaurant,
) -> Result<Restaurant, Violations> {
    let mut checks = Checks::default();
    let currency: Option<Currency> = checks.ok_or_add("currency", form.currency.parse());
    let currency = currency.unwrap_or(before.currency);
    let mut amount = |field: &str, typed: &str| match typed.trim() {
        "" => Some(0),
        typed => checks.ok_or_add(field, currency.minor(typed)),
    };
    let fee = amount("delivery_fee", &form.delivery_fee);
    let minimum = amount("minimum_order", &form.minimum_order);
    let mut minutes = |field: &str, typed: &str| {
        checks.ok_or_add(field, typed.trim().parse::<u32>().map_err(|_| ViolationKind::Number))
    };
    let accept = minutes("accept_within", &form.accept_within);
    let preparation = minutes("preparation", &form.preparation);
    let cash = payment_form::cash_from_form(&form.payment, currency, &mut checks);
    let body = RestaurantBody {
        name: form.name.clone(),
        tagline: Some(form.tagline.clone()),
        currency: currency.to_string(),
        time_zone: form.time_zone.trim().to_owned(),
        auto_accept: form.auto_accept,
        // Violations are collected above. The form shows whole minutes; a tool may have set
        // seconds.
        accept_within_s: match accept.unwrap_or(15) {
            shown if shown == before.accept_within_s / 60 => before.accept_within_s,
            minutes => minutes.saturating_mul(60),
        },
        delivery_fee_minor: form.delivers.then(|| fee.unwrap_or(0)),
        minimum_order_minor: minimum.unwrap_or(0),
        preparation_min: preparation.unwrap_or(20),
        opening_hours: (!form.always_open).then(|| hours_from_form(form)),
        capture: payment_form::capture_from_form(&form.payment),
        cash: Some(cash),
        tax: tax_form::rules_from_form(&form.tax),
        business_day_starts: Some(without_seconds(&form.business_day_starts).to_owned())
            .filter(|starts| !starts.is_empty()),
        legal: seller_form::legal_from_form(&form.seller),
        address: seller_form::address_from_form(&form.seller, before),
        ..RestaurantBody::from(before)
    };
    let restaurant = checks.absorb("", body.check(before.id.clone()));
    checks.finish(restaurant).map_err(|refused| rename_fields(refused, form))
}

fn hours_from_form(form: &SettingsForm) -> HoursBody {
    let spans = |day: &DayForm| -> Vec<SpanBody> {
        let body = |(from, until): &(String, String)| SpanBody {
            from: without_seconds(from).to_owned(),
            until: without_seconds(until).to_owned(),
        };
        day.spans.iter().map(body).collect()
    };
    let day = |d: usize| form.week.get(d).map(spans).unwrap_or_default();
    let exception = |day: &DayForm| ExceptionBody { date: day.date.clone(), spans: spans(day) };
    HoursBody {
        monday: day(0),
        tuesday: day(1),
        wednesday: day(2),
        thursday: day(3),
        friday: day(4),
        saturday: day(5),
        sunday: day(6),
        exceptions: form.exceptions.iter().map(exception).collect(),
    }
}

/// Drops `:00` seconds, which some browsers send.
fn without_seconds(time: &str) -> &str {
    time.strip_suffix(":00").filter(|rest| rest.contains(':')).unwrap_or(time)
}

/// Renames the event's fields to the form's: `opening_hours.monday[1].from` is `d0.1.from`.
fn rename_fields(Violations(violations): Violations, form: &SettingsForm) -> Violations {
    let named = |field: &str| -> String {
        let plain = match field {
            "accept_within_s" => "accept_within",
            "preparation_min" => "preparation",
            "delivery_fee_minor" => "delivery_fee",
            "minimum_order_minor" => "minimum_order",
            "cash.limit_minor" => "cash_limit",
            other => other,
        };
        if let Some(field) = plain.strip_prefix("tax.") {
            return tax_form::form_field(field, &form.tax);
        }
        let Some(at) = plain.strip_prefix("opening_hours.") else { return plain.to_owned() };
        let at = at.replace("].", "[").replace(']', "").replace(".spans", "");
        let mut parts = at.split('[');
        let first = parts.next().unwrap_or_default();
        let rest: Vec<_> = parts.collect();
        match WEEKDAYS.iter().position(|day| *day == first) {
            Some(day) => std::iter::once(format!("d{day}").as_str())
                .chain(rest)
                .collect::<Vec<_>>()
                .join("."),
            None => exception_field(&rest, form),
        }
    };
    let renamed = violations.into_iter().map(|mut violation| {
        violation.field = named(&violation.field);
        violation
    });
    Violations(renamed.collect())
}

/// The form's field of an exception: `0`, `spans`, `1`, `from` is `x0.1.from`. The first part may
/// also be a date.
fn exception_field(rest: &[&str], form: &SettingsForm) -> String {
    let Some((first, rest)) = rest.split_first() else { return "exceptions".to_owned() };
    let by_date = || form.exceptions.iter().position(|day| day.date == *first);
    let number = first.parse::<usize>().ok().or_else(by_date).unwrap_or(0);
    let rest = rest.iter().filter(|part| **part != "spans" && !part.is_empty());
    let mut name = format!("x{number}");
    for part in rest {
        name.push('.');
        name.push_str(part);
    }
    name
}

#[cfg(test)]
mod tests {
    use domain::{fixtures, payment_method::CapturePoint, restaurant::CashRules};

    use super::*;

    fn with_hours() -> SettingsForm {
        let mut form = form_from_restaurant(&fixtures::restaurant());
        form.always_open = false;
        form.week[0].spans =
            vec![("11:30".into(), "14:30:00".into()), ("18:00".into(), "02:00".into())];
        form.exceptions = vec![DayForm { date: "2026-12-25".into(), spans: vec![] }];
        form
    }

    #[test]
    fn an_unchanged_form_is_the_same_restaurant() {
        let restaurant = fixtures::restaurant();
        assert_eq!(
            restaurant_from_form(&form_from_restaurant(&restaurant), &restaurant).unwrap(),
            restaurant
        );
        let open = restaurant_from_form(&with_hours(), &restaurant).unwrap();
        assert_eq!(restaurant_from_form(&form_from_restaurant(&open), &open).unwrap(), open);
        assert_eq!(form_from_restaurant(&open).week[0].spans[0].1, "14:30");
        // The form cannot show half a minute or a place on the map, and must not drop them.
        let set_by_tool = Restaurant {
            accept_within_s: 90,
            business_day_starts: "06:30".parse().unwrap(),
            legal: Some(fixtures::legal()),
            address: Some(fixtures::address()),
            capture: Some(CapturePoint::AtAcceptance),
            cash: CashRules { is_allowed: false, limit_minor: Some(6_000) },
            ..restaurant
        };
        assert_eq!(
            restaurant_from_form(&form_from_restaurant(&set_by_tool), &set_by_tool).unwrap(),
            set_by_tool
        );
    }

    #[test]
    fn untouched_amounts_are_exchanged_and_typed_ones_are_not() {
        let before = fixtures::restaurant();
        let mut form = form_from_restaurant(&before);
        form.currency = "JPY".into();
        form.minimum_order = "2000".into();
        form.payment.cash_limit = String::new();
        exchange_amounts(&mut form, &before, "160".parse().unwrap());
        assert_eq!((form.delivery_fee.as_str(), form.minimum_order.as_str()), ("400", "2000"));
        assert_eq!(form.payment.cash_limit, "");
        let after = restaurant_from_form(&form, &before).unwrap();
        assert_eq!(after.delivery_fee_minor, Some(400));
    }

    #[test]
    fn each_violation_names_its_field() {
        let before = fixtures::restaurant();
        let mut form = with_hours();
        form.name = String::new();
        form.delivery_fee = "two".into();
        form.accept_within = "0".into();
        form.time_zone = "Mars".into();
        let fields = |form: &SettingsForm| -> Vec<String> {
            let Violations(wrong) = restaurant_from_form(form, &before).unwrap_err();
            wrong.into_iter().map(|violation| violation.field).collect()
        };
        assert_eq!(fields(&form), ["delivery_fee", "name", "time_zone", "accept_within"]);
        let mut form = with_hours();
        form.week[0].spans[1].0 = "14:00".into();
        assert_eq!(fields(&form), ["d0.1.from"]);
        let mut form = with_hours();
        form.week[6].spans = vec![("18:00".into(), String::new())];
        form.exceptions[0].date = "Christmas".into();
        assert_eq!(fields(&form), ["d6.0.until", "x0.date"]);
        let mut form = with_hours();
        form.payment.takes_cash = true;
        form.payment.cash_limit = "0".into();
        form.payment.capture = "at_once".into();
        assert_eq!(fields(&form), ["rules_checked", "capture", "cash_limit"]);
        let mut form = with_hours();
        form.business_day_starts = "25:00".into();
        form.seller.tax_id = "IT 1".into();
        form.seller.line1 = "Via Roma 1".into();
        let wrong = ["business_day_starts", "legal.name"];
        let address = ["address.postcode", "address.city", "address.country"];
        assert_eq!(fields(&form), [&wrong[..], &address[..]].concat());
    }
}
