//! The mails of an order: what its customer has to know was told, and nothing that did not happen.

use domain::{ports::MailKind, status::Status};

use super::{evidence::Order, finding::Group, reconcile::Problem};

/// What a kind of mail tells, in words for the report.
fn tells(kind: MailKind) -> &'static str {
    match kind {
        MailKind::Confirmed => "confirmed",
        MailKind::Declined => "declined",
        MailKind::Ready => "ready",
        MailKind::OnItsWay => "out_for_delivery",
        MailKind::Cancelled => "cancelled",
        MailKind::Refunded => "refunded",
        MailKind::Checking => "undecided",
    }
}

/// True if a topic tells what the mail tells. That an order was placed explains that somebody
/// waited for its outcome: how long, only the clocks of those who waited know.
fn is_explained(order: &Order, kind: MailKind) -> bool {
    match kind {
        MailKind::Confirmed => order.told.has(Status::Confirmed),
        MailKind::Declined => order.told.has(Status::Declined),
        MailKind::Ready => order.told.has(Status::Ready),
        MailKind::OnItsWay => order.told.has(Status::OutForDelivery),
        MailKind::Cancelled => order.told.has(Status::Cancelled),
        MailKind::Refunded => order.refund.is_some(),
        MailKind::Checking => order.placed.is_some(),
    }
}

/// True if the mail must have gone out: what happened is not superseded by what came later. A
/// courier takes what is delivered, so its customer need not know that it is ready.
fn is_due(order: &Order, kind: MailKind) -> bool {
    let now = order.told.last().unwrap_or(Status::Placed);
    let is_wanted = match kind {
        MailKind::Checking => false,
        MailKind::Ready => order.placed.is_some_and(|placed| !placed.delivery),
        _ => true,
    };
    is_wanted && is_explained(order, kind) && !kind.is_superseded(now)
}

/// What is wrong with the mails of an order.
pub(super) fn mails(order: &Order) -> Vec<Problem> {
    let mut found = Vec::new();
    for kind in MailKind::ALL.iter().copied() {
        let (told, sent) = (tells(kind), order.mails.has(kind));
        if !sent && is_due(order, kind) && !order.dead_mails.has(kind) {
            found.push((format!("is {told}, and got no mail about it"), Some(Group::EMAIL)));
        }
        if sent && !is_explained(order, kind) {
            let problem = format!("got a mail that it is {told}, which no topic tells");
            found.push((problem, Some(Group::EMAIL)));
        }
    }
    found
}
