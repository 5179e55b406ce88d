//! Converts tax rules to their form and back.

use domain::{menu::free_slug, tax::TaxRules};
use events::menu::{PricesBody, TaxRateBody, TaxRulesBody};
use ui::pages::{TaxForm, TaxRateForm};

use super::pairs::Pairs;

/// The form of tax rules.
pub(super) fn form_from_rules(rules: Option<&TaxRules>) -> TaxForm {
    let Some(TaxRulesBody { prices, rates, default, delivery }) = rules.map(TaxRulesBody::from)
    else {
        return TaxForm { delivery: "proportional".to_owned(), ..TaxForm::default() };
    };
    TaxForm {
        prices: match prices {
            PricesBody::Inclusive => "inclusive",
            PricesBody::Exclusive => "exclusive",
        }
        .to_owned(),
        usual: rates.iter().position(|rate| rate.id == default).unwrap_or(0),
        rates: rates
            .into_iter()
            .map(|TaxRateBody { id, name, percent }| TaxRateForm { id, name, percent })
            .collect(),
        delivery,
    }
}

/// The form as submitted.
pub(super) fn form_from_pairs(pairs: &Pairs) -> TaxForm {
    let rate = |n: usize| {
        let text = |part: &str| pairs.get(&format!("t{n}.{part}")).trim().to_owned();
        TaxRateForm { id: text("id"), name: text("name"), percent: text("percent") }
    };
    TaxForm {
        prices: pairs.get("tax_prices").to_owned(),
        rates: pairs.row_numbers("t").into_iter().map(rate).collect(),
        usual: pairs.get("tax_usual").parse().unwrap_or(0),
        delivery: pairs.get("tax_delivery").to_owned(),
    }
}

/// The rules in a form; `None` if receipts list no tax.
pub(super) fn rules_from_form(form: &TaxForm) -> Option<TaxRulesBody> {
    let prices = match form.prices.as_str() {
        "inclusive" => PricesBody::Inclusive,
        "exclusive" => PricesBody::Exclusive,
        _ => return None,
    };
    let mut ids: Vec<_> = form.rates.iter().map(|rate| rate.id.clone()).collect();
    for (n, rate) in form.rates.iter().enumerate() {
        if ids[n].is_empty() {
            // The id of a rate stays what it is when the rate is renamed: dishes name it.
            let is_taken = |id: &str| id == "proportional" || ids.iter().any(|other| other == id);
            ids[n] = free_slug(&rate.name, "rate", is_taken);
        }
    }
    let usual = ids.get(form.usual).cloned().unwrap_or_default();
    let rows = form.rates.iter().zip(ids).filter(|(rate, _)| is_filled(rate));
    let rates: Vec<_> = rows
        .map(|(rate, id)| TaxRateBody {
            id,
            name: rate.name.clone(),
            // People in most of Europe type a comma.
            percent: rate.percent.trim_end_matches('%').trim().replace(',', "."),
        })
        .collect();
    let first = rates.first().map(|rate| rate.id.clone()).unwrap_or_default();
    let default = if rates.iter().any(|rate| rate.id == usual) { usual } else { first };
    let delivery = match form.delivery.as_str() {
        "" => "proportional".to_owned(),
        delivery => delivery.to_owned(),
    };
    Some(TaxRulesBody { prices, rates, default, delivery })
}

fn is_filled(rate: &TaxRateForm) -> bool {
    !rate.name.is_empty() || !rate.percent.is_empty()
}

/// The form's field of a field of the rules: `rates[0].percent` is `t1.percent` if the first row of
/// the form is empty.
pub(super) fn form_field(field: &str, form: &TaxForm) -> String {
    let row = || {
        let (number, part) = field.strip_prefix("rates[")?.split_once("].")?;
        let mut filled = form.rates.iter().enumerate().filter(|(_, rate)| is_filled(rate));
        let (n, _) = filled.nth(number.parse().ok()?)?;
        Some(format!("t{n}.{}", if part == "id" { "name" } else { part }))
    };
    match field {
        "delivery" => "tax_delivery".to_owned(),
        other => row().unwrap_or_else(|| match other {
            "default" | "rates" => "tax.rates".to_owned(),
            _ => "tax_prices".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use domain::{fixtures, tax::Prices};

    use super::*;

    fn rate(id: &str, name: &str, percent: &str) -> TaxRateForm {
        TaxRateForm { id: id.into(), name: name.into(), percent: percent.into() }
    }

    #[test]
    fn an_unchanged_form_is_the_same_rules() {
        for prices in [Prices::Inclusive, Prices::Exclusive] {
            let rules = fixtures::tax_rules(prices);
            let body = rules_from_form(&form_from_rules(Some(&rules))).unwrap();
            let (ours, theirs) = (TaxRulesBody::from(&rules), body);
            assert_eq!(
                serde_json::to_string(&ours).unwrap(),
                serde_json::to_string(&theirs).unwrap()
            );
        }
        assert!(rules_from_form(&form_from_rules(None)).is_none());
    }

    #[test]
    fn new_rates_get_ids_and_empty_rows_are_left_out() {
        let form = TaxForm {
            prices: "inclusive".into(),
            rates: vec![
                rate("food", "VAT 10 %", "10"),
                rate("", "", ""),
                rate("", "Wine", "22,0 %"),
                rate("", "Wine", "4"),
            ],
            usual: 2,
            delivery: String::new(),
        };
        let body = rules_from_form(&form).unwrap();
        let rates: Vec<_> =
            body.rates.iter().map(|r| (r.id.as_str(), r.percent.as_str())).collect();
        assert_eq!(rates, [("food", "10"), ("wine", "22.0"), ("wine-2", "4")]);
        assert_eq!((body.default.as_str(), body.delivery.as_str()), ("wine", "proportional"));
        assert_eq!(form_field("rates[1].percent", &form), "t2.percent");
        assert_eq!(form_field("rates[0].id", &form), "t0.name");
        assert_eq!(form_field("rates", &form), "tax.rates");
    }
}
