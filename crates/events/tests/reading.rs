//! Decoding: encoded events are decoded unchanged; anything else is refused with a clear message.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at once")]

mod common;

use bytes::Bytes;
use common::{all_events, at, record};
use domain::{
    fixtures,
    kitchen::Requester,
    language::Language,
    order::Order,
    payment::DeclineReason,
    status::{Status, StatusChange},
};
use events::{
    DecodeError, OrderEvent, Readability, Record, Topic, menu,
    order_confirmed::{self, encode_confirmed},
    order_declined::{self, encode_declined},
    order_details::{self, OrderDetails, encode_placed},
    order_event::decode_step,
    order_payments,
    order_progress::encode_progress,
    order_refunded, order_requests, stock_changes, stock_levels,
};
use proptest::prelude::*;
use serde_json::{Value, json};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_order_survives_its_json(order in fixtures::any_order()) {
        let json = serde_json::to_vec(&OrderDetails::from(&order)).unwrap();
        let body: OrderDetails = serde_json::from_slice(&json).unwrap();
        prop_assert_eq!(Order::try_from(&body).unwrap(), order);
    }

    #[test]
    fn an_order_survives_inside_every_event(
        order in fixtures::any_order(), at in fixtures::any_time()
    ) {
        let read = order_details::decode_order(&record(&encode_placed(&order, "d"), Topic::OrderDetails));
        prop_assert_eq!(read.unwrap(), order.clone());
        let event = record(&encode_confirmed(&order, None, order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_1".into())), at), Topic::OrderConfirmed);
        let read = order_confirmed::decode_confirmed(&event).unwrap();
        prop_assert_eq!(read, (order.clone(), "pi_1".to_owned(), at));
        let reason = DeclineReason::OutOfStock;
        let event = record(&encode_declined(&order, reason, at), Topic::OrderDeclined);
        prop_assert_eq!(order_declined::decode_declined(&event).unwrap(), (order, reason, at));
    }

    #[test]
    fn the_step_alone_equals_the_step_of_the_order_event(
        order in fixtures::any_order(), at in fixtures::any_time()
    ) {
        let (reason, by) = (DeclineReason::OutOfStock, Requester::Kitchen);
        let preparing = StatusChange {
            order_id: order.id,
            status: Status::Preparing,
            at,
            reason: None,
            ready_by: Some(at),
            number: None,
        };
        for (event, topic) in [
            (encode_placed(&order, "d"), Topic::OrderDetails),
            (encode_confirmed(&order, None, order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_1".into())), at), Topic::OrderConfirmed),
            (encode_declined(&order, reason, at), Topic::OrderDeclined),
            (encode_progress(&order, &preparing, by), Topic::OrderProgress),
        ] {
            let mut record = record(&event, topic);
            let both = OrderEvent::decode(&record).unwrap();
            let seller = both.order.seller.id.clone();
            prop_assert_eq!(decode_step(&record), Ok((seller, both.change)));
            record.key = Bytes::from_static(b"another one's");
            prop_assert!(decode_step(&record).is_err());
        }
    }

    #[test]
    fn bytes_of_any_kind_are_refused_and_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200), topic in 0..Topic::ALL.len()
    ) {
        let mut event = record(&all_events()[0], Topic::ALL[topic]);
        event.payload = Some(Bytes::from(bytes));
        prop_assert!(read_any(&event).is_err());
    }
}

/// Decodes a record by its topic.
fn read_any(record: &Record) -> Result<(), DecodeError> {
    match record.topic {
        Topic::Menu => menu::decode_menu_event(record).map(drop),
        Topic::OrderRequests => order_requests::decode_request(record).map(drop),
        Topic::OrderPayments => order_payments::decode_payment(record).map(drop),
        Topic::OrderRefunded => order_refunded::decode_refunded(record).map(drop),
        Topic::StockChanges => stock_changes::decode_change(record).map(drop),
        Topic::StockLevels => stock_levels::decode_level(record).map(drop),
        _ => OrderEvent::decode(record).map(drop),
    }
}

/// The event of `all_events` on `topic`, its JSON changed by `change`.
fn changed(topic: Topic, change: impl Fn(&mut Value)) -> Record {
    let event = all_events().into_iter().find(|event| event.topic == topic.name()).unwrap();
    let mut record = record(&event, topic);
    let mut json: Value = serde_json::from_slice(record.payload.as_ref().unwrap()).unwrap();
    change(&mut json);
    record.payload = Some(Bytes::from(json.to_string()));
    record
}

fn error(record: &Record) -> String {
    read_any(record).unwrap_err().to_string()
}

/// Databases do not accept a zero byte, so a record with one must be refused here.
#[test]
fn zero_bytes_are_refused_in_free_text() {
    let zero = |field: &'static str| move |json: &mut Value| json[field] = json!("a\0b");
    let reason = changed(Topic::OrderProgress, zero("reason"));
    assert!(error(&reason).contains("reason"), "{}", error(&reason));
    let reason = changed(Topic::OrderRequests, zero("reason"));
    assert!(error(&reason).contains("reason"), "{}", error(&reason));
    for topic in Topic::ORDERS {
        let name = changed(*topic, |json| json["customer"]["name"] = json!("Ada\0"));
        assert!(error(&name).contains("control characters"), "{}", error(&name));
        let note = changed(*topic, |json| json["lines"][0]["note"] = json!("\0"));
        assert!(error(&note).contains("control characters"), "{}", error(&note));
    }
}

#[test]
fn foreign_values_are_refused_on_every_topic() {
    for topic in Topic::ALL {
        let mut foreign = changed(*topic, |_| {});
        for bytes in ["", "hello", "null", "[]", "{}", r#"{"orderId":1,"amount":9.99}"#, "\u{0}"] {
            foreign.payload = Some(Bytes::from(bytes));
            let message = error(&foreign);
            assert!(
                message.starts_with(&format!("no valid {topic} record: ")),
                "{bytes:?}: {message}"
            );
        }
        foreign.payload = Some(Bytes::from("[".repeat(100_000)));
        assert!(error(&foreign).starts_with(&format!("no valid {topic} record: ")));
        foreign.payload = None;
        assert_eq!(error(&foreign), "the record has no value");
    }
}

#[test]
fn a_record_under_a_foreign_key_is_refused() {
    for topic in Topic::ALL.iter().filter(|topic| **topic != Topic::Menu) {
        for key in ["", "0199b1b4-0000-7000-8000-00000000ffff", "x"] {
            let mut record = changed(*topic, |_| {});
            record.key = Bytes::from(key);
            let its = match topic {
                Topic::StockChanges | Topic::StockLevels => "restaurant_id/item_id",
                _ => "order_id",
            };
            assert_eq!(error(&record), format!("the record's key is not its {its}"), "{topic}");
        }
    }
    for key in ["", "bella-napoli", "dish/bella-napoli", "restaurant/Bella Napoli"] {
        let mut record = changed(Topic::Menu, |_| {});
        record.key = Bytes::from(key);
        assert!(error(&record).contains("must be"), "{key}: {}", error(&record));
    }
    let mut record = changed(Topic::Menu, |_| {});
    record.key = Bytes::from_static(b"\xff\xfe");
    assert!(error(&record).contains("utf-8"));
}

#[test]
fn sums_must_agree() {
    let message = |change: fn(&mut Value)| error(&changed(Topic::OrderDetails, change));
    assert_eq!(message(|j| j["lines"] = json!([])), "the order has no lines");
    let cheap = message(|j| j["lines"][0]["total_minor"] = json!(1));
    assert_eq!(cheap, "line 0 does not come to its total");
    let subtotal = message(|j| j["subtotal_minor"] = json!(1));
    assert_eq!(subtotal, "the lines do not sum to the subtotal");
    let total = "subtotal, delivery fee, tip and added tax do not sum to the total";
    assert_eq!(message(|j| j["total_minor"] = json!(1)), total);
    assert_eq!(message(|j| j["tip_minor"] = json!(i64::MAX)), total);
    let negative = message(|j| j["lines"][0]["quantity"] = json!(0));
    assert_eq!(negative, "an amount or quantity is negative or zero");
    let huge = message(|j| {
        j["tip_minor"] = json!(1_000_000_000_000_i64);
        j["total_minor"] = json!(1_000_000_003_100_i64);
    });
    assert_eq!(huge, "the total is more than an order can come to");
}

#[test]
fn wrong_fields_are_named() {
    let message = |field: &str, value: Value| {
        let pointer = format!("/{}", field.replace('.', "/"));
        error(&changed(Topic::OrderConfirmed, |j| {
            *j.pointer_mut(&pointer).unwrap() = value.clone();
        }))
    };
    assert_eq!(message("order_id", json!("1")), "order_id must be a UUID");
    let email = message("customer.email", json!("ada\r\nBcc: x@y.zz"));
    assert!(email.starts_with("customer.email must be an e-mail address"), "{email}");
    assert!(message("currency", json!("XXX")).starts_with("currency must be a supported"));
    assert!(message("time_zone", json!("Mars/Base")).starts_with("time_zone must be an IANA"));
    assert!(message("payment_method", json!("4242424242424242")).contains("never a card number"));
    assert!(message("fulfilment.kind", json!("drone")).contains("unknown variant `drone`"));
    assert!(
        message("confirmed_at", json!("yesterday")).starts_with("no valid order_confirmed record")
    );
    let progress = changed(Topic::OrderProgress, |j| j["status"] = json!("eaten"));
    assert_eq!(error(&progress), "status is not an order status");
    let request = changed(Topic::OrderRequests, |j| j["reason"] = json!("x".repeat(501)));
    assert_eq!(error(&request), "reason must be at most 500 characters");
}

#[test]
fn a_refund_is_requested_for_an_amount_or_for_pieces() {
    let asked = |change: fn(&mut Value)| {
        let event = order_requests::encode_refund_request(&common::amount_request());
        let mut payload: Value = serde_json::from_slice(event.payload.as_ref().unwrap()).unwrap();
        change(&mut payload);
        let mut record = record(&event, Topic::OrderRequests);
        record.payload = Some(serde_json::to_vec(&payload).unwrap().into());
        order_requests::decode_refund_request(&record).map_err(|error| error.to_string())
    };
    assert_eq!(asked(|_| {}), Ok(Some(common::amount_request())));
    let one = Err("names neither or both of amount_minor and lines".to_owned());
    assert_eq!(asked(|j| j["lines"] = json!([{"line": 0, "quantity": 1}])), one);
    assert_eq!(asked(|j| drop(j.as_object_mut().unwrap().remove("amount_minor"))), one);
    let missing = asked(|j| drop(j.as_object_mut().unwrap().remove("reason")));
    assert_eq!(missing, Err("reason is missing".to_owned()));
    assert!(asked(|j| j["request_id"] = json!("a b")).unwrap_err().starts_with("request_id must"));
    assert!(asked(|j| j["by"] = json!("ada")).unwrap_err().starts_with("by must be"));
    assert_eq!(asked(|j| j["action"] = json!("reward")), Ok(None), "of a later release");
}

#[test]
fn a_refund_of_more_than_the_order_is_refused() {
    let message = |change: fn(&mut Value)| error(&changed(Topic::OrderRefunded, change));
    let amount = "amount_minor is not between 1 and the order's total";
    assert_eq!(message(|j| j["amount_minor"] = json!(0)), amount);
    let total = "refunded_total_minor is not between amount_minor and the order's total";
    assert_eq!(message(|j| j["refunded_total_minor"] = json!(5_000_000)), total);
    assert_eq!(message(|j| j["refunded_total_minor"] = json!(1)), total);
    let by = changed(Topic::OrderRefunded, |j| j["by"] = json!("robot"));
    assert_eq!(order_refunded::decode_refunded(&by).unwrap().1, common::refund());
}

#[test]
fn a_stock_change_has_exactly_one_kind() {
    let message = |change: fn(&mut Value)| error(&changed(Topic::StockChanges, change));
    let one = "exactly one of delta, set and unlimited must be given";
    assert_eq!(message(|j| j["set"] = json!(5)), one);
    assert_eq!(message(|j| drop(j.as_object_mut().unwrap().remove("delta"))), one);
    assert_eq!(message(|j| j["delta"] = json!(0)), "delta must not be 0");
    let counted_again = |j: &mut Value| {
        j.as_object_mut().unwrap().remove("delta");
        j["unlimited"] = json!(false);
    };
    assert!(message(counted_again).starts_with("unlimited must be true"));
    assert!(message(|j| j["delta"] = json!(1.5)).starts_with("no valid stock_changes record"));
    assert_eq!(message(|j| j["change_id"] = json!("1")), "change_id must be a UUID");
    assert!(message(|j| j["by"] = json!("a\0")).starts_with("by "));
    assert!(message(|j| j["reason"] = json!("a\0b")).starts_with("reason "));
    let level = changed(Topic::StockLevels, |j| j["version"] = json!(0));
    assert_eq!(error(&level), "version must be 1 or more");
    let level = changed(Topic::StockLevels, |j| j["on_hand"] = json!(-1));
    assert!(error(&level).starts_with("no valid stock_levels record"));
}

#[test]
fn an_unknown_language_is_english() {
    for (code, language) in [("it", Language::It), ("en", Language::En), ("tlh", Language::En)] {
        let record = changed(Topic::OrderDetails, |j| j["customer"]["language"] = json!(code));
        assert_eq!(
            OrderEvent::decode(&record).unwrap().order.customer.language,
            language,
            "{code}"
        );
    }
}

#[test]
fn unknown_and_derived_fields_are_ignored() {
    let order = fixtures::rich_order();
    let record = changed(Topic::OrderConfirmed, |j| {
        j["gift_wrap"] = json!({"colour": "red"});
        j["total_cost"] = json!(0.01);
        j["items"] = json!("1 x nothing");
    });
    assert_eq!(OrderEvent::decode(&record).unwrap().order, order);
    let record = changed(Topic::OrderConfirmed, |j| {
        for plain in ["total_cost", "items", "customer_id", "customer_email", "replaces"] {
            j.as_object_mut().unwrap().remove(plain);
        }
    });
    let read = OrderEvent::decode(&record).unwrap().order;
    assert_eq!((read.id, read.replaces), (order.id, None));
}

#[test]
fn times_are_truncated_to_microseconds() {
    let event = changed(Topic::OrderDetails, |j| {
        j["placed_at"] = json!("2026-11-22T12:00:00.123456789Z");
    });
    assert_eq!(order_details::decode_order(&event).unwrap().placed_at, at(0));
}

/// A later release may have reasons and actions unknown to this one.
#[test]
fn unknown_reasons_and_actions_are_accepted() {
    let declined = changed(Topic::OrderDeclined, |j| j["reason"] = json!("bad luck"));
    assert_eq!(order_declined::decode_declined(&declined).unwrap().1, DeclineReason::Other);
    let requested = changed(Topic::OrderRequests, |j| j["action"] = json!("refund"));
    assert_eq!(order_requests::decode_request(&requested).unwrap(), None);
}

#[test]
fn every_event_has_a_type_of_its_topic() {
    for event in all_events() {
        let topic = event.topic.parse().unwrap();
        assert_eq!(record(&event, topic).readability(), Readability::Readable, "{topic}");
    }
}
