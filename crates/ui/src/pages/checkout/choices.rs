//! The choices of the checkout: fulfilment and tip.

use maud::{Markup, html};

use super::{CheckoutPage, FulfilmentKind, money, script_amount};
use crate::{
    fields::{self, Field},
    icons,
};

pub(super) fn fulfilment(page: &CheckoutPage<'_>) -> Markup {
    let (r, words) = (page.restaurant, &page.reader.words().checkout);
    let kind = chosen(page);
    html! {
        fieldset.panel #checkout-how data-part {
            legend { (words.how) }
            div.tiles {
                @if let Some(fee) = r.delivery_fee_minor {
                    (tile("fulfilment", "delivery", kind == FulfilmentKind::Delivery, &html! {
                        (icons::courier()) strong { (words.delivery) }
                        small { @if fee == 0 { (words.free) } @else { (money(page, fee)) } }
                    }))
                }
                (tile("fulfilment", "pickup", kind == FulfilmentKind::Pickup, &html! {
                    (icons::bag()) strong { (words.pickup) } small { (words.free) }
                }))
            }
            (fields::errors(&page.reader, "fulfilment-error", page.reader.words().forms.this, "fulfilment.kind", &page.violations))
            @if r.delivery_fee_minor.is_some() {
                div.address {
                    (fields::field(&page.reader, &Field {
                        name: "address",
                        path: "fulfilment.address",
                        label: words.address,
                        kind: "text",
                        value: &page.entered.address,
                        autocomplete: "street-address",
                        hint: Some(words.address_hint),
                        is_required: true,
                    }, &page.violations))
                }
            }
        }
    }
}

/// The chosen fulfilment; pickup if the restaurant does not deliver.
pub(super) fn chosen(page: &CheckoutPage<'_>) -> FulfilmentKind {
    match page.restaurant.delivery_fee_minor {
        Some(_) => page.entered.fulfilment,
        None => FulfilmentKind::Pickup,
    }
}

fn tile(name: &str, value: &str, checked: bool, content: &Markup) -> Markup {
    html! {
        label.tile {
            input type="radio" name=(name) value=(value) checked[checked];
            (content)
        }
    }
}

/// The offered tips: none, about 5, 10 and 15 percent in round amounts, and the entered one.
pub(super) fn tips(page: &CheckoutPage<'_>) -> Vec<i64> {
    let step = 5 * 10_i64.pow(page.restaurant.currency.decimals().saturating_sub(1));
    let about = |percent: i64| {
        let exact = page.cart.subtotal_minor().saturating_mul(percent) / 100;
        exact.saturating_add(step / 2).div_euclid(step).max(1).saturating_mul(step)
    };
    let mut tips = vec![0, about(5), about(10), about(15), page.entered.tip_minor.max(0)];
    tips.sort_unstable();
    tips.dedup();
    tips
}

pub(super) fn tip(page: &CheckoutPage<'_>) -> Markup {
    let words = &page.reader.words().checkout;
    html! {
        fieldset.panel #checkout-tip data-part {
            legend { (words.tip) }
            div.tiles.small {
                @for (n, tip) in tips(page).into_iter().enumerate() {
                    label.tile {
                        input class={ "tip-" (n) } type="radio" name="tip_minor" value=(tip)
                            data-amount=[script_amount(page, tip)]
                            checked[tip == page.entered.tip_minor.max(0)];
                        @if tip == 0 { (words.no_tip) } @else { (money(page, tip)) }
                    }
                }
            }
            (fields::errors(&page.reader, "tip-error", page.reader.words().forms.tip, "tip_minor", &page.violations))
        }
    }
}
