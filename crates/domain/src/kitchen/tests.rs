use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::fixtures;

fn request(action: Action, by: Requester, reason: Option<&str>) -> Request {
    Request {
        id: RequestId(Uuid::from_u128(9)),
        order_id: fixtures::order(1).id,
        action,
        by,
        at: Timestamp::UNIX_EPOCH,
        ready_in_min: Some(20),
        reason: reason.map(|text| text.parse().unwrap()),
    }
}

fn ask(action: Action, current: Status) -> Decision {
    let order = fixtures::order(1);
    make_decision(&request(action, Requester::Kitchen, None), Some((&order, current)))
}

fn cancelled(by: Requester, action: Action, reason: Option<&str>) -> Option<StatusChange> {
    let order = fixtures::order(1);
    let decision = make_decision(&request(action, by, reason), Some((&order, Status::Confirmed)));
    let change = decision.change?;
    assert_eq!((change.status, change.ready_by), (Status::Cancelled, None));
    Some(change)
}

#[test]
fn a_refused_request_has_the_current_status() {
    let refused = ask(Action::Accept, Status::Preparing);
    assert_eq!((refused.change, refused.status), (None, Some(Status::Preparing)));
}

#[test]
fn accepting_sets_the_time_until_ready() {
    let change = ask(Action::Accept, Status::Confirmed).change.unwrap();
    assert_eq!((change.status, change.reason), (Status::Accepted, None));
    assert_eq!(change.ready_by, Some(Timestamp::from_second(1200).unwrap()));
    assert_eq!(ask(Action::Start, Status::Accepted).change.unwrap().ready_by, None);
}

#[test]
fn a_time_beyond_the_calendar_is_left_out() {
    let order = fixtures::order(1);
    let mut request = request(Action::Accept, Requester::Kitchen, None);
    (request.at, request.ready_in_min) = (Timestamp::MAX, Some(u32::MAX));
    let change = make_decision(&request, Some((&order, Status::Confirmed))).change.unwrap();
    assert_eq!((change.status, change.ready_by), (Status::Accepted, None));
}

#[test]
fn every_cancellation_has_a_reason() {
    let said = Some("The oven is broken");
    let rejected = cancelled(Requester::Kitchen, Action::Reject, said).unwrap();
    assert_eq!(rejected.reason.as_deref(), said);
    assert_eq!(cancelled(Requester::Kitchen, Action::Reject, None), None);
    for by in [Requester::Customer, Requester::Timer] {
        let reason = cancelled(by, Action::Cancel, said).unwrap().reason;
        assert_eq!(reason.as_deref(), by.usual_reason(), "also if another reason is given");
        assert_eq!(Requester::from_reason(reason.as_deref()), by);
        // It is published as a reason and so must be a valid note.
        assert!(reason.unwrap().parse::<Note>().is_ok());
    }
    assert_eq!(Requester::from_reason(said), Requester::Kitchen);
    assert_eq!(Requester::from_reason(None), Requester::Kitchen);
}

#[test]
fn a_request_about_an_unknown_order_is_not_decided() {
    let request = request(Action::Cancel, Requester::Customer, None);
    let RequestOutcome { decision, is_new } = decide_request(&request, None, None);
    assert!(!decision.is_made() && decision.change.is_none() && !is_new);
}

#[test]
fn a_request_id_has_one_decision_and_one_order() {
    let (order, cancel) = (fixtures::order(1), request(Action::Cancel, Requester::Customer, None));
    let first = decide_request(&cancel, None, Some((&order, Status::Confirmed)));
    assert!(first.is_new && first.decision.change.is_some());
    let again = decide_request(&cancel, Some(&first.decision), Some((&order, Status::Cancelled)));
    assert_eq!((again.decision, again.is_new), (first.decision.clone(), false));
    // The same id in a request about another order.
    let other = fixtures::order(2);
    let foreign = Request { order_id: other.id, ..cancel };
    let outcome =
        decide_request(&foreign, Some(&first.decision), Some((&other, Status::Confirmed)));
    assert_eq!((outcome.decision.order_id, outcome.decision.change), (other.id, None));
    assert_eq!((outcome.decision.status, outcome.is_new), (Some(Status::Confirmed), false));
}

fn any_request() -> impl Strategy<Value = (Action, Requester, bool)> {
    (0..Action::ALL.len(), 0..Requester::ALL.len(), any::<bool>())
        .prop_map(|(a, r, said)| (Action::ALL[a], Requester::ALL[r], said))
}

proptest! {
    /// For any requests: statuses only move forward, at most one step ends the order, and nothing
    /// follows it.
    #[test]
    fn any_requests_move_an_order_forward_to_one_end(
        asked in prop::collection::vec(any_request(), 0..40), brought in any::<bool>()
    ) {
        let order = if brought { fixtures::delivery(1) } else { fixtures::order(1) };
        let mut current = Status::Placed;
        for (n, (action, by, said)) in asked.into_iter().enumerate() {
            if n == 3 && current == Status::Placed {
                current = Status::Confirmed;
            }
            let before = current;
            let request = request(action, by, said.then_some("Closed today"));
            let decision = make_decision(&request, Some((&order, before)));
            prop_assert_eq!(decision.status, decision.change.as_ref().map(|c| c.status).or(Some(before)));
            if let Some(change) = decision.change {
                prop_assert!(change.status > before && !before.is_final());
                prop_assert_eq!(change.reason.is_some(), change.status == Status::Cancelled);
                current = change.status;
            }
        }
    }
}
