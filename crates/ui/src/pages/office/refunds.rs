//! `/orders/{id}/refunds`: the money of an order, where staff refund parts of it.

use std::collections::BTreeMap;

use domain::{
    money::Money,
    number::OrderNumber,
    order::Order,
    payment::{PartRefund, Payment, Refund, RefundOutcome, rest_refund, returned_pieces},
    payment_method::MethodKind,
    ports::MoneyBack,
    violation::Violation,
};
use jiff::Timestamp;
use maud::{Markup, html};

use super::{
    OfficeNotice,
    form::{Form, Line},
    office_page,
};
use crate::{Reader, Staff, icons, when};

/// What was entered in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefundForm {
    /// Number of pieces by line.
    pub pieces: BTreeMap<u32, u32>,
    /// The amount, as typed.
    pub amount: String,
    /// Why.
    pub reason: String,
}

/// The result of a request, for the top of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundNotice {
    /// It is not in the list yet.
    Asked,
    /// It is more than is left.
    MoreThanLeft,
    /// Pieces are refunded already.
    PiecesGone,
    /// Neither pieces nor an amount.
    Nothing,
    /// Both.
    Both,
    /// Some fields are invalid; their errors are shown at the fields.
    Wrong,
}

/// The money of an order.
#[derive(Clone, Debug)]
pub struct RefundPage<'a> {
    /// The reader.
    pub reader: &'a Reader,
    /// The signed-in staff, for the navigation.
    pub staff: Staff,
    /// The order.
    pub order: &'a Order,
    /// Its payment row, once there is one.
    pub payment: Option<&'a Payment>,
    /// What people call it.
    pub number: Option<OrderNumber>,
    /// What became of its money.
    pub back: &'a MoneyBack,
    /// What was entered.
    pub entered: &'a RefundForm,
    /// The violations by field.
    pub violations: &'a [Violation],
    /// The result of the last request.
    pub notice: Option<RefundNotice>,
    /// The idempotency key of the form.
    pub request_id: String,
    /// The current time.
    pub now: Timestamp,
}

impl RefundPage<'_> {
    fn money(&self, minor: i64) -> String {
        self.reader.money(Money::new(minor, self.order.currency))
    }

    fn left_minor(&self) -> i64 {
        self.payment.map_or(0, Payment::refundable_minor)
    }

    fn when(&self, at: Timestamp) -> String {
        when::near(self.reader, at, self.now, &self.order.seller.time_zone.zone())
    }
}

/// The page.
pub fn refunds(page: &RefundPage<'_>) -> Markup {
    let words = &page.reader.words().refunds;
    let name = page.number.map_or_else(|| page.order.id.to_string(), |number| number.to_string());
    let title = (words.title)(&(page.reader.words().order.number)(&name));
    let is_taken = page.payment.is_some_and(Payment::is_taken);
    let content = html! {
        p.back { a href={ "/orders/" (page.order.id) } { (words.to_order) } }
        @for dispute in &page.back.disputes {
            div.notice.bad {
                (icons::warning())
                div {
                    p {
                        @let sum = page.reader.money(dispute.amount);
                        ((words.disputed)(&sum, (words.dispute)(&dispute.reason)))
                        " " time.soft datetime=(dispute.at) { (page.when(dispute.at)) }
                    }
                    p.soft { (words.disputed_more) }
                }
            }
        }
        @if is_taken { (sums(page)) }
        @if page.left_minor() > 0 { (form(page)) }
        @else if is_taken { div.empty { p.big { (words.nothing_left) } } }
        @else { div.empty { p.big { (words.not_taken) } } }
        (list(page))
    };
    let notice = page.notice.map(|notice| match notice {
        RefundNotice::Asked => OfficeNotice::Other(words.asked.to_owned()),
        RefundNotice::MoreThanLeft => {
            OfficeNotice::Other((words.more_than_left)(&page.money(page.left_minor())))
        }
        RefundNotice::PiecesGone => OfficeNotice::Other(words.pieces_gone.to_owned()),
        RefundNotice::Nothing => OfficeNotice::Other(words.choose.to_owned()),
        RefundNotice::Both => OfficeNotice::Other(words.choose_one.to_owned()),
        RefundNotice::Wrong => OfficeNotice::Wrong,
    });
    office_page(page.reader, page.staff, "/backoffice/orders", &title, notice.as_ref(), &content)
}

fn sums(page: &RefundPage<'_>) -> Markup {
    let words = &page.reader.words().refunds;
    let Some(payment) = page.payment else { return html! {} };
    let reserved_minor = payment.parts.reserved_minor;
    html! {
        dl.panel.totals.refund-sums {
            div { dt { (words.taken) } dd { (page.reader.money(payment.amount)) } }
            div { dt { (words.refunded) } dd { (page.money(payment.refunded_minor())) } }
            @if reserved_minor > 0 {
                div { dt { (words.on_its_way) } dd { (page.money(reserved_minor)) } }
            }
            div.sum { dt { (words.left) } dd { (page.money(page.left_minor())) } }
        }
    }
}

fn form(page: &RefundPage<'_>) -> Markup {
    let (words, entered) = (&page.reader.words().refunds, page.entered);
    let f = Form { reader: page.reader, violations: page.violations };
    let hint = (words.amount_hint)(&page.money(page.left_minor()));
    let is_cash = page.order.payment_method.kind() == MethodKind::Cash;
    html! {
        form.panel.office-form method="post" action={ "/orders/" (page.order.id) "/refunds" } {
            input type="hidden" name="request_id" value=(page.request_id);
            fieldset.field.refund-lines {
                legend { (words.dishes) }
                p.hint { (words.dishes_hint) }
                (lines(page))
            }
            (f.line(Line::new("amount", words.amount, &entered.amount).hint(&hint)
                .kind("decimal").optional().plain()))
            (f.line(Line::new("reason", words.reason, &entered.reason).hint(words.reason_hint)))
            p.soft { (if is_cash { words.in_cash } else { words.by_card }) }
            button.primary type="submit" { (words.refund) }
        }
    }
}

/// The lines, with as many pieces to choose as are not refunded yet.
fn lines(page: &RefundPage<'_>) -> Markup {
    let words = &page.reader.words().refunds;
    let returned = returned_pieces(&page.back.refunds);
    html! {
        @for (n, line) in (0_u32..).zip(&page.order.lines) {
            @let left = u64::from(line.quantity) - returned.get(&n).copied().unwrap_or(0)
                .min(line.quantity.into());
            div.refund-line {
                @if left > 0 {
                    select name={ "line-" (n) } aria-label=((words.pieces_of)(line.name.as_str())) {
                        @for pieces in 0..=left {
                            option value=(pieces)
                                selected[page.entered.pieces.get(&n).is_some_and(|chosen| {
                                    u64::from(*chosen) == pieces
                                })] { (pieces) }
                        }
                    }
                } @else { span.soft { (words.all_refunded) } }
                div.what { (crate::slip::what(line)) }
                span.amount {
                    (line.quantity) "\u{00d7} "
                    (page.money(line.total_minor / i64::from(line.quantity.max(1))))
                }
            }
        }
    }
}

fn list(page: &RefundPage<'_>) -> Markup {
    let words = &page.reader.words().refunds;
    let rest = page.payment.and_then(rest_refund);
    let refunds = &page.back.refunds;
    html! {
        section aria-labelledby="refunds-so-far" {
            h2 #refunds-so-far { (words.list) }
            @if refunds.is_empty() && rest.is_none() { p.soft { (words.none) } }
            @else {
                ol.panel.log.refunds {
                    @for refund in refunds.iter().rev() { li { (entry(page, refund)) } }
                    @if let Some(rest) = &rest { li { (rest_entry(page, rest)) } }
                }
            }
        }
    }
}

fn entry(page: &RefundPage<'_>, refund: &PartRefund) -> Markup {
    let words = &page.reader.words().refunds;
    let (state, tone, at) = match &refund.outcome {
        RefundOutcome::Reserved => (words.requested, "warn", refund.requested_at),
        RefundOutcome::Booked { at, .. } => (words.refunded, "good", *at),
        RefundOutcome::Failed { at, .. } => (words.failed, "bad", *at),
    };
    let who = match &refund.person {
        Some(person) => person.as_str(),
        None => (words.by)(refund.by),
    };
    let dishes: Vec<_> = refund
        .lines
        .iter()
        .filter_map(|pieces| {
            let line = page.order.lines.get(usize::try_from(pieces.line).ok()?)?;
            Some(format!("{} \u{00d7} {}", pieces.quantity, line.name))
        })
        .collect();
    html! {
        strong { (page.money(refund.amount_minor)) }
        span class={ "badge " (tone) } { (state) }
        span.soft { (who) " \u{00b7} " time datetime=(at) { (page.when(at)) } }
        div.refund-why {
            @if !dishes.is_empty() { p { (dishes.join(", ")) } }
            @if refund.by != domain::payment::Refunder::Gateway {
                p { "\u{201c}" (refund.reason) "\u{201d}" }
            }
            @if let RefundOutcome::Failed { reason, .. } = &refund.outcome {
                p.error { ((words.why_failed)(reason)) }
            }
        }
    }
}

/// What was left of a cancelled order.
fn rest_entry(page: &RefundPage<'_>, rest: &Refund) -> Markup {
    let words = &page.reader.words().refunds;
    html! {
        strong { (page.money(rest.amount_minor)) }
        span.badge.good { (words.refunded) }
        span.soft {
            (words.cancelled) " \u{00b7} " time datetime=(rest.at) { (page.when(rest.at)) }
        }
        div.refund-why { p { "\u{201c}" (rest.reason) "\u{201d}" } }
    }
}
