//! The part of the settings about payment: when cards are charged, and cash.

use domain::payment_method::CapturePoint;
use maud::{Markup, html};

use super::{
    form::{Form, Line, check},
    settings::SettingsPage,
};

/// Payment, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentForm {
    /// The name of a [`CapturePoint`]; empty for the default.
    pub capture: String,
    /// True if orders can be paid in cash.
    pub takes_cash: bool,
    /// In major units, as typed; empty for no limit.
    pub cash_limit: String,
    /// True if the owner confirms to have checked the local rules.
    pub rules_checked: bool,
}

pub(super) fn payment(page: &SettingsPage<'_>) -> Markup {
    let (words, p) = (&page.header.reader.words().office.payment, &page.form.payment);
    let f = Form { reader: page.header.reader, violations: page.violations };
    let captures = [
        ("", (words.usual)(page.form.auto_accept)),
        (CapturePoint::AtAcceptance.name(), words.at_acceptance),
        (CapturePoint::AtOrder.name(), words.at_order),
    ];
    let limit = format!("{} ({})", words.cash_limit, page.currency.sign().trim());
    html! {
        section.panel aria-labelledby="payment" {
            h2 #payment { (words.title) }
            (f.select("capture", words.capture, &captures, &p.capture))
            p.hint { (words.capture_hint) }
            (check("takes_cash", words.cash, Some(words.cash_hint), p.takes_cash))
            div.cash-terms {
                (check("rules_checked", words.cash_rules, Some(words.cash_rules_hint),
                    p.rules_checked))
                (f.errors(words.cash_rules, "rules_checked"))
                (f.line(Line::new("cash_limit", &limit, &p.cash_limit).kind("decimal")
                    .hint(words.cash_limit_hint).optional().plain()))
            }
        }
    }
}
