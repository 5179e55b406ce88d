//! Renders a mail as HTML.
//!
//! Every value becomes markup through `maud`, which escapes it: no user text can open a tag, leave
//! an attribute, or name a gap of the template.

use domain::{order::Order, ports::MailKind};
use maud::{DOCTYPE, Markup, html};

use super::{
    slip,
    template::{self, Gap},
    words::Letter,
};

/// The HTML of a mail; `None` if its template is invalid.
pub(super) fn render_page(
    kind: MailKind,
    order: &Order,
    (letter, foot): (&Letter, &[String]),
    link: &str,
) -> Option<String> {
    let template = template::template_for(kind)?;
    Some(template.fill(|gap| match gap {
        Gap::Lang => html! { (order.customer.language) },
        Gap::Stamp => html! { (letter.stamp) },
        Gap::Subject => html! { (letter.subject) },
        Gap::Preheader => html! { (letter.preheader) },
        Gap::Seller => html! { (order.seller.name) },
        Gap::Heading => html! { (letter.heading) },
        Gap::Body => body(letter),
        Gap::Facts => facts(letter),
        Gap::Link => html! { (link) },
        Gap::Action => html! { (letter.action) },
        Gap::Slip => html! { (letter.slip) },
        Gap::Lines => lines(order, letter),
        Gap::Foot => html! { @for line in foot { p { (line) } } },
    }))
}

/// The plain text as HTML: the fallback without a template.
pub(super) fn render_plain_page(order: &Order, letter: &Letter, text: &str) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(order.customer.language) {
            head { meta charset="utf-8"; title { (letter.subject) } }
            body { pre style="font:inherit;white-space:pre-wrap" { (text) } }
        }
    };
    page.into_string()
}

fn body(letter: &Letter) -> Markup {
    html! {
        @if let Some(said) = &letter.said {
            p.said dir="auto" style=(SAID) { (said) }
        }
        @for paragraph in &letter.body { p { (paragraph) } }
    }
}

// Inline styles: some mail programs ignore all others.
const SAID: &str = "margin:4px 0 12px;padding:0 0 0 12px;border-left:3px solid #e7dfd3";
const NAME: &str = "padding:0 12px 6px 0;width:38%;text-align:left;vertical-align:top;\
    font-weight:400;color:#6b6257";
const VALUE: &str = "padding:0 0 6px;vertical-align:top";
const RULE: &str = "border-top:1px dashed #cfc4b4;";
const DISH: &str = "padding:10px 12px 10px 0;text-align:left;vertical-align:top;font-weight:400";
const AMOUNT: &str = "padding:10px 0;width:112px;text-align:right;vertical-align:top;\
    white-space:nowrap;font-variant-numeric:tabular-nums";
const DETAIL: &str = "display:block;font-size:14px;color:#6b6257";
const SUM: &str = "padding:4px 12px 4px 0;text-align:left;font-weight:400;";
const SUM_AMOUNT: &str =
    "padding:4px 0;text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;";
const FIRST: &str = "border-top:1px dashed #cfc4b4;padding-top:10px;";
const TOTAL: &str = "font-weight:700;font-size:18px;";

fn facts(letter: &Letter) -> Markup {
    html! {
        @for (name, value) in &letter.facts {
            tr {
                th.soft scope="row" style=(NAME) { (name) }
                td dir="auto" style=(VALUE) { (value) }
            }
        }
    }
}

fn lines(order: &Order, letter: &Letter) -> Markup {
    let sums = slip::sums(order, letter.total);
    html! {
        @for row in slip::rows(order) {
            tr {
                th scope="row" style={ (RULE) (DISH) } {
                    span dir="auto" { (row.dish) }
                    @for detail in row.details { span.soft dir="auto" style=(DETAIL) { (detail) } }
                }
                td style={ (RULE) (AMOUNT) } { (row.amount) }
            }
        }
        @for (n, sum) in sums.iter().enumerate() {
            @let first = if n == 0 { FIRST } else { "" };
            @let total = if sum.is_total { TOTAL } else { "" };
            tr {
                th scope="row" style={ (SUM) (first) (total) } { (sum.label) }
                td style={ (SUM_AMOUNT) (first) (total) } { (sum.amount) }
            }
        }
    }
}
