//! The mails of an order: every mail that is due was sent, and none about what did not happen.

use domain::{ports::MailKind, status::Status};

use super::{evidence::Order, finding::Group, reconcile::Problem};

/// The status that a kind of mail reports, for findings.
fn reported_status(kind: MailKind) -> &'static str {
    match kind {
        MailKind::Confirmed => "confirmed",
        MailKind::Receipt => "paid after it was confirmed",
        MailKind::Declined => "declined",
        MailKind::Ready => "ready",
        MailKind::OnItsWay => "out_for_delivery",
        MailKind::Cancelled => "cancelled",
        MailKind::Refunded => "refunded",
        MailKind::Checking => "undecided",
        MailKind::Authentication => "waiting for its customer",
    }
}

/// Whether a topic has what the mail reports. Any placed order explains a mail about its missing
/// outcome: the wait for it is in no topic.
fn is_explained(order: &Order, kind: MailKind) -> bool {
    match kind {
        MailKind::Confirmed => order.reached.has(Status::Confirmed),
        MailKind::Receipt => order.held.is_paid_later(),
        MailKind::Declined => order.reached.has(Status::Declined),
        MailKind::Ready => order.reached.has(Status::Ready),
        MailKind::OnItsWay => order.reached.has(Status::OutForDelivery),
        MailKind::Cancelled => order.reached.has(Status::Cancelled),
        MailKind::Refunded => order.refund.is_some(),
        MailKind::Checking | MailKind::Authentication => order.placed.is_some(),
    }
}

/// Whether the mail must have been sent: no later status supersedes it. The customer of a delivery
/// gets no mail that it is ready, since a courier collects it.
fn is_due(order: &Order, kind: MailKind) -> bool {
    let now = order.reached.last().unwrap_or(Status::Placed);
    let is_wanted = match kind {
        MailKind::Checking | MailKind::Authentication => false,
        MailKind::Ready => order.placed.is_some_and(|placed| !placed.is_delivery),
        _ => true,
    };
    is_wanted && is_explained(order, kind) && !kind.is_superseded(now)
}

/// The problems with the mails of an order.
pub(super) fn find_problems(order: &Order) -> Vec<Problem> {
    let mut found = Vec::new();
    for kind in MailKind::ALL.iter().copied() {
        let (status, sent) = (reported_status(kind), order.mails.has(kind));
        if !sent && is_due(order, kind) && !order.dead_mails.has(kind) {
            found.push((format!("is {status}, and got no mail about it"), Some(Group::EMAIL)));
        }
        if sent && !is_explained(order, kind) {
            let problem = format!("got a mail that it is {status}, which is in no topic");
            found.push((problem, Some(Group::EMAIL)));
        }
    }
    found
}
