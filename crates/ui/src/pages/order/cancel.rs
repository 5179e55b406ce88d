//! The form with which customers cancel their order.

use domain::{
    kitchen::{Action, Requester},
    ports::OrderView,
    status::Status,
};
use maud::{Markup, html};

use super::{OrderPage, money, seller};
use crate::icons;

/// The result of a request to cancel, in `?notice=` of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderNotice {
    /// It is not decided yet.
    Asked,
    /// The order had gone on.
    TooLate,
}

impl OrderNotice {
    /// The name in the address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::TooLate => "too-late",
        }
    }
}

/// A text that names no [`OrderNotice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownNotice;

impl std::str::FromStr for OrderNotice {
    type Err = UnknownNotice;

    fn from_str(text: &str) -> Result<Self, UnknownNotice> {
        let known = [Self::Asked, Self::TooLate].into_iter();
        known.into_iter().find(|notice| notice.name() == text).ok_or(UnknownNotice)
    }
}

/// True while the customer may cancel the order.
fn can_cancel(view: &OrderView) -> bool {
    // The fulfilment makes no difference here; an order without details is only placed.
    let current = view.standing.status;
    match &view.order {
        Some(order) => {
            let cancel = Action::Cancel;
            cancel.target_for(Requester::Customer, current, &order.fulfilment).is_some()
        }
        None => current == Status::Placed,
    }
}

/// The notice, while the page itself does not show the same.
pub(super) fn notice(page: &OrderPage<'_>) -> Markup {
    let (who, words) = (seller(page), &page.reader.words().order);
    let (waiting, over) = (can_cancel(page.view), page.view.standing.status.is_final());
    let text = match page.notice {
        Some(OrderNotice::Asked) if waiting => words.asked.to_owned(),
        Some(OrderNotice::TooLate) if !waiting && !over => (words.too_late)(who),
        _ => return html! {},
    };
    html! {
        div.notice.warn role="status" { (icons::warning()) p { (text) } }
    }
}

/// The form to cancel: folded and with a confirmation, to prevent mistakes.
pub(super) fn form(page: &OrderPage<'_>) -> Markup {
    let (view, words) = (page.view, &page.reader.words().order);
    html! {
        @if can_cancel(view) {
            details #cancel.cancel {
                summary.quiet {
                    span.when-closed { (words.cancel) }
                    span.when-open { (words.keep) }
                }
                form.panel method="post" data-enhance
                    action={ "/orders/" (view.order_id) "/cancel" } {
                    p.big { (words.cancel_all) }
                    p.soft { (money::if_cancelled(page)) }
                    button.danger type="submit" { (words.yes_cancel) }
                }
            }
        }
    }
}
