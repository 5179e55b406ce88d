use std::fmt::Write as _;

use super::*;

const NOW_S: i64 = 1_800_000_000;
const ORDER: &str = "0199b1b4-0000-7000-8000-000000000001";

fn succeeded() -> String {
    format!(
        r#"{{"id":"evt_1","type":"payment_intent.succeeded","data":{{"object":{{"id":"pi_1",
        "status":"succeeded","amount_received":2450,"currency":"eur","last_payment_error":null,
        "metadata":{{"order_id":"{ORDER}"}}}}}}}}"#
    )
}

fn sign(secret: &str, at_s: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at_s}.{body}").as_bytes());
    let mut hex = String::new();
    for byte in mac.finalize().into_bytes() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn read(secrets: &[&str], header: &str, body: &str) -> Result<GatewayEvent, InvalidGatewayEvent> {
    let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
    let now = Timestamp::from_second(NOW_S).unwrap();
    StripeEvents::new(secrets).decode_event(header, body.as_bytes(), now)
}

#[test]
fn a_signed_event_is_accepted() {
    let body = succeeded();
    let header = format!("t={NOW_S},v1={}", sign("whsec_a", NOW_S, &body));
    let event = read(&["whsec_a"], &header, &body).unwrap();
    assert_eq!((event.id.as_str(), event.order_id), ("evt_1", ORDER.parse().ok()));
    assert_eq!(event.kind, GatewayEventKind::Intent(IntentId("pi_1".into())));
}

#[test]
fn during_a_rotation_either_secret_is_accepted() {
    let body = succeeded();
    let (old, new) = (sign("whsec_old", NOW_S, &body), sign("whsec_new", NOW_S, &body));
    let both = format!("t={NOW_S},v1={old},v1={new},v0=ff");
    for secrets in [&["whsec_old"][..], &["whsec_new"], &["whsec_x", "whsec_new"]] {
        assert!(read(secrets, &both, &body).is_ok(), "{secrets:?}");
    }
    assert!(read(&["whsec_x"], &both, &body).is_err());
    assert!(read(&[], &both, &body).is_err(), "without a secret no event is accepted");
}

#[test]
fn forged_stale_and_malformed_messages_are_refused() {
    let body = succeeded();
    let good = sign("whsec_a", NOW_S, &body);
    let stale = NOW_S - TOLERANCE_S - 1;
    let ahead = NOW_S + TOLERANCE_S + 1;
    let headers = [
        String::new(),
        "t=,v1=".to_owned(),
        format!("v1={good}"),
        format!("t={NOW_S}"),
        format!("t={NOW_S},v1={}", good.replace(|c: char| c.is_ascii_digit(), "0")),
        format!("t={NOW_S},v1={}", &good[..62]),
        format!("t={NOW_S},v1=zz{}", &good[2..]),
        format!("t={NOW_S},v0={good}"),
        format!("t={},v1={good}", NOW_S - 1),
        format!("t={stale},v1={}", sign("whsec_a", stale, &body)),
        format!("t={ahead},v1={}", sign("whsec_a", ahead, &body)),
        format!("t=9999999999999999999999,v1={good}"),
    ];
    for header in headers {
        assert!(read(&["whsec_a"], &header, &body).is_err(), "{header}");
    }
    let header = format!("t={NOW_S},v1={good}");
    assert!(read(&["whsec_a"], &header, &body.replace("2450", "2451")).is_err());
}

#[test]
fn a_signed_malformed_event_is_refused() {
    let bodies = [
        "",
        "[]",
        "{}",
        r#"{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{}}}"#,
        r#"{"id":"evt 1","type":"else","data":{"object":{}}}"#,
    ];
    for body in bodies {
        let header = format!("t={NOW_S},v1={}", sign("whsec_a", NOW_S, body));
        assert!(read(&["whsec_a"], &header, body).is_err(), "{body}");
    }
}

#[test]
fn other_event_types_are_ignored() {
    let body = r#"{"id":"evt_1","type":"customer.created","data":{"object":{"id":"cus_1"}}}"#;
    let header = format!("t={NOW_S},v1={}", sign("whsec_a", NOW_S, body));
    let event = read(&["whsec_a"], &header, body).unwrap();
    assert_eq!((event.order_id, event.kind), (None, GatewayEventKind::Other));
}

fn read_object(kind: &str, object: &str) -> Result<GatewayEvent, InvalidGatewayEvent> {
    let body = format!(r#"{{"id":"evt_1","type":"{kind}","data":{{"object":{object}}}}}"#);
    let header = format!("t={NOW_S},v1={}", sign("whsec_a", NOW_S, &body));
    read(&["whsec_a"], &header, &body)
}

#[test]
fn refunds_and_disputes_are_read() {
    let object = r#"{"id":"re_1","amount":500,"currency":"eur","payment_intent":"pi_1","status":"succeeded","metadata":{}}"#;
    for kind in ["refund.created", "refund.updated", "charge.refund.updated"] {
        let event = read_object(kind, object).unwrap();
        let GatewayEventKind::Refunded(refund) = event.kind else { panic!("{kind}") };
        assert_eq!((refund.id.0.as_str(), refund.intent.0.as_str()), ("re_1", "pi_1"));
        assert_eq!((refund.amount.minor, event.order_id), (500, None));
        let failed = read_object(kind, &object.replace("succeeded", "failed")).unwrap();
        assert_eq!(failed.kind, GatewayEventKind::Other, "it returned nothing");
    }
    let charge = format!(
        r#"{{"id":"ch_1","amount_refunded":500,"payment_intent":"pi_1","metadata":{{"order_id":"{ORDER}"}}}}"#
    );
    let event = read_object("charge.refunded", &charge).unwrap();
    let refunded = GatewayEventKind::ChargeRefunded(IntentId("pi_1".into()));
    assert_eq!((event.order_id, event.kind), (ORDER.parse().ok(), refunded));
    let dispute = r#"{"id":"dp_1","amount":2450,"currency":"eur","charge":"ch_1","payment_intent":"pi_1","reason":"fraudulent","created":1799999999}"#;
    let event = read_object("charge.dispute.created", dispute).unwrap();
    let GatewayEventKind::Disputed(intent, dispute) = event.kind else { panic!() };
    assert_eq!((intent.0.as_str(), dispute.id.0.as_str()), ("pi_1", "dp_1"));
    assert_eq!((dispute.amount.minor, dispute.reason.as_str()), (2450, "fraudulent"));
    assert_eq!(dispute.at.as_second(), 1_799_999_999);
    for bad in
        ["{}", r#"{"id":"dp 1","amount":1,"currency":"eur","payment_intent":"pi_1","created":1}"#]
    {
        assert!(read_object("charge.dispute.created", bad).is_err(), "{bad}");
    }
}
