use super::*;

/// All allowed steps as text: action, requester, from, to.
fn allowed(fulfilment: &Fulfilment) -> Vec<String> {
    let mut lines = Vec::new();
    for action in Action::ALL {
        for from in Status::ALL {
            let to = |by: &Requester| action.target_for(*by, *from, fulfilment);
            let by: Vec<_> =
                Requester::ALL.iter().filter(|by| to(by).is_some()).map(|r| r.name()).collect();
            let mut targets: Vec<_> = Requester::ALL.iter().filter_map(to).collect();
            targets.dedup();
            assert!(targets.len() < 2, "{action} from {from} leads to {targets:?}");
            assert_eq!(action.target(*from, fulfilment), targets.first().copied());
            if let Some(to) = targets.first() {
                lines.push(format!("{action} by {}: {from} → {to}", by.join(", ")));
            }
        }
    }
    lines
}

const CALLED_OFF: [&str; 8] = [
    "reject by kitchen, restaurant: placed → cancelled",
    "reject by kitchen, restaurant, timer: confirmed → cancelled",
    "reject by kitchen, restaurant, timer: accepted → cancelled",
    "reject by kitchen, restaurant, timer: preparing → cancelled",
    "reject by kitchen, restaurant, timer: ready → cancelled",
    "reject by kitchen, restaurant, timer: out_for_delivery → cancelled",
    "cancel by customer: placed → cancelled",
    "cancel by customer, timer: confirmed → cancelled",
];

#[test]
fn only_the_listed_combinations_are_allowed() {
    let mut pickup = vec![
        "accept by kitchen, restaurant: confirmed → accepted",
        "start by kitchen, restaurant: accepted → preparing",
        "ready by kitchen, restaurant: preparing → ready",
        "complete by kitchen, restaurant: ready → completed",
    ];
    let mut delivery = pickup.clone();
    delivery[3] = "dispatch by kitchen, restaurant: ready → out_for_delivery";
    delivery.push("complete by kitchen, restaurant: out_for_delivery → completed");
    pickup.extend(CALLED_OFF);
    // The restaurant can also cancel a delivery that has not left.
    delivery.extend(CALLED_OFF);
    assert_eq!(allowed(&Fulfilment::Pickup), pickup);
    let address = "12 Via Roma".parse().unwrap();
    assert_eq!(allowed(&Fulfilment::Delivery { address }), delivery);
}

#[test]
fn a_final_status_refuses_every_action() {
    for status in Status::ALL.iter().filter(|status| status.is_final()) {
        for action in Action::ALL {
            assert_eq!(action.target(*status, &Fulfilment::Pickup), None, "{action} {status}");
        }
    }
}

#[test]
fn the_next_action_never_cancels_an_order() {
    let next = |status| Action::next(status, &Fulfilment::Pickup);
    assert_eq!(next(Status::Placed), None);
    assert_eq!(next(Status::Confirmed), Some(Action::Accept));
    assert_eq!(next(Status::Ready), Some(Action::Complete));
    assert_eq!(next(Status::OutForDelivery), None);
}

#[test]
fn names_round_trip() {
    for action in Action::ALL {
        assert_eq!(action.name().parse(), Ok(*action));
    }
}
