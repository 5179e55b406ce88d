//! The part of the settings about tax: rates, the usual one, and the delivery fee's.

use maud::{Markup, html};

use super::{
    form::{Form, Line},
    settings::SettingsPage,
};

/// A rate as typed. A row without name and percentage is ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaxRateForm {
    /// The id; empty for a new rate.
    pub id: String,
    /// As typed.
    pub name: String,
    /// As typed.
    pub percent: String,
}

/// The tax rules in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaxForm {
    /// `inclusive` or `exclusive`; empty if receipts list no tax.
    pub prices: String,
    /// The rates; the page adds a row to fill in.
    pub rates: Vec<TaxRateForm>,
    /// Number of the row of dishes that name no rate.
    pub usual: usize,
    /// `proportional`, or the id of a rate.
    pub delivery: String,
}

pub(super) fn tax(page: &SettingsPage<'_>) -> Markup {
    let (words, tax) = (&page.header.reader.words().office.tax, &page.form.tax);
    let f = Form { reader: page.header.reader, violations: page.violations };
    let prices = [("", words.none), ("inclusive", words.inclusive), ("exclusive", words.exclusive)];
    let known = tax.rates.iter().filter(|rate| !rate.id.is_empty());
    let mut deliveries = vec![("proportional", words.proportional)];
    deliveries.extend(known.map(|rate| (rate.id.as_str(), rate.name.as_str())));
    let empty = TaxRateForm::default();
    html! {
        section.panel aria-labelledby="tax" {
            h2 #tax { (words.title) }
            p.soft { (words.hint) }
            (f.select("tax_prices", words.prices, &prices, &tax.prices))
            @for (n, rate) in tax.rates.iter().chain([&empty]).enumerate() {
                (row(page, &f, n, rate))
            }
            (f.errors(words.title, "tax.rates"))
            (f.select("tax_delivery", words.delivery, &deliveries, &tax.delivery))
        }
    }
}

fn row(page: &SettingsPage<'_>, f: &Form<'_>, n: usize, rate: &TaxRateForm) -> Markup {
    let (words, form) = (&page.header.reader.words().office.tax, &page.form.tax);
    let (name, percent) = (format!("t{n}.name"), format!("t{n}.percent"));
    html! {
        div.field-row.tax-row {
            input type="hidden" name={ "t" (n) ".id" } value=(rate.id);
            (f.line(Line::new(&name, words.name, &rate.name).optional().plain()))
            (f.line(Line::new(&percent, words.percent, &rate.percent).kind("decimal").optional().plain()))
            label.choice {
                input type="radio" name="tax_usual" value=(n) checked[n == form.usual];
                span { (words.usual) }
            }
        }
    }
}
