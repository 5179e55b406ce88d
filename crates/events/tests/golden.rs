//! The contracts as files: `docs/events/<type>.json` contains each event as published. Our events
//! must equal their files, and all files, including those of earlier versions, must stay decodable.
//!
//! `UPDATE_GOLDEN=1 cargo test -p events --test golden` rewrites the files. An incompatible change
//! is a new version with a new file; the old file stays.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at once")]

mod common;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use common::{all_events, more_events, record};
use domain::{fixtures, payment::IntentId, restaurant::Restaurant, tax::Prices};
use events::{
    OrderEvent, OutgoingRecord, Record, Topic,
    menu::{self, MenuEvent},
    number::decode_number,
    order_confirmed::Verified,
    order_payments, order_refunded, order_requests, stock_changes, stock_levels,
};
use serde::Deserialize;
use serde_json::value::RawValue;

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "docs", "events"].iter().collect()
}

/// Indents JSON without parsing it, so that numbers keep their spelling.
fn indent(json: &str, depth: usize) -> String {
    let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), depth, false, false);
    let line = |out: &mut String, depth: usize| {
        let _ = write!(out, "\n{:width$}", "", width = depth * 2);
    };
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        if quoted {
            out.push(c);
            (quoted, escaped) = (escaped || c != '"', c == '\\' && !escaped);
            continue;
        }
        match c {
            '{' | '[' if matches!(chars.peek(), Some('}' | ']')) => out.push(c),
            '}' | ']' if out.ends_with(['{', '[']) => out.push(c),
            '{' | '[' => {
                out.push(c);
                depth += 1;
                line(&mut out, depth);
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                quoted = c == '"';
                out.push(c);
            }
        }
    }
    out
}

fn render(event: &OutgoingRecord) -> String {
    let text = |bytes: &Bytes| std::str::from_utf8(bytes).unwrap().to_owned();
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let headers: Vec<_> = (event.headers.iter())
        .map(|(name, value)| format!("{}:{}", quoted(name), quoted(&text(value))))
        .collect();
    let json = format!(
        "{{\"topic\":{},\"key\":{},\"headers\":{{{}}},\"payload\":{}}}",
        quoted(&event.topic),
        quoted(&text(&event.key)),
        headers.join(","),
        text(event.payload.as_ref().unwrap()),
    );
    indent(&json, 0) + "\n"
}

#[test]
fn encoded_events_equal_the_golden_files() {
    let all = all_events().into_iter().map(|event| (String::new(), event));
    let more = more_events().into_iter().map(|(end, event)| (format!(".{end}"), event));
    for (end, event) in all.chain(more) {
        let (_, name) = event.headers.iter().find(|(name, _)| name == "ce_type").unwrap();
        let path = folder().join(format!("{}{end}.json", std::str::from_utf8(name).unwrap()));
        let written = render(&event);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&path, &written).unwrap();
        }
        let golden = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{error}: run with UPDATE_GOLDEN=1 ({path:?})"));
        assert_eq!(written, golden, "{path:?} is what consumers rely on");
    }
}

#[derive(Deserialize)]
struct Golden {
    topic: String,
    key: String,
    headers: std::collections::BTreeMap<String, String>,
    payload: Box<RawValue>,
}

fn read_golden(text: &str) -> Record {
    let golden: Golden = serde_json::from_str(text).unwrap();
    let header = |(name, value): (String, String)| (name.into(), Bytes::from(value));
    Record {
        topic: golden.topic.parse().unwrap(),
        partition: 0,
        offset: 7,
        key: golden.key.into(),
        headers: golden.headers.into_iter().map(header).collect(),
        payload: Some(Bytes::from(golden.payload.get().to_owned())),
    }
}

fn known_restaurants() -> [Restaurant; 5] {
    [
        common::restaurant(),
        common::restaurant_with_hours(),
        common::restaurant_with_tax(),
        common::restaurant_with_seller(),
        common::restaurant_with_cash(),
    ]
}

/// The variant of an example: `taxed` for `comanda.order.placed.v1.taxed.json`.
fn variant(path: &Path) -> Option<&str> {
    let (_, variant) = path.file_stem()?.to_str()?.split_once(".v1.")?;
    Some(variant)
}

fn check_refund(record: &Record, variant: Option<&str>) {
    let (order, refund) = order_refunded::decode_refunded(record).unwrap();
    assert_eq!(order, fixtures::rich_order());
    let [of_lines, at_gateway] = common::part_refunds();
    let expected = match variant {
        Some("rest") => common::rest_refund(),
        Some("part") => of_lines,
        Some("at_gateway") => at_gateway,
        _ => common::refund(),
    };
    assert_eq!(refund, expected, "{variant:?}");
    let number = common::number().filter(|_| variant.is_some());
    assert_eq!(decode_number(record), Ok(number), "{variant:?}");
}

#[test]
fn every_version_ever_published_can_be_decoded() {
    let mut read = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let record = read_golden(&fs::read_to_string(&path).unwrap());
        let at = path.display().to_string();
        match record.topic {
            Topic::Menu => match menu::decode_menu_event(&record).expect(&at) {
                MenuEvent::Restaurant(restaurant) => {
                    assert!(known_restaurants().contains(&restaurant), "{path:?}");
                }
                MenuEvent::Menu(_, menu) => {
                    let known = [
                        common::menu(),
                        common::menu_in_francs(),
                        common::menu_with_dietary(),
                        common::menu_with_tax(),
                    ];
                    assert!(known.contains(&menu), "{path:?}");
                }
            },
            Topic::OrderRequests if at.contains("requested.v1.refund") => {
                let request =
                    order_requests::decode_refund_request(&record).expect(&at).expect(&at);
                let known = [common::refund_request(), common::amount_request()];
                assert!(known.contains(&request), "{path:?}");
                assert_eq!(order_requests::decode_request(&record), Ok(None), "{path:?}");
            }
            Topic::OrderRequests => {
                assert_eq!(order_requests::decode_refund_request(&record), Ok(None), "{path:?}");
                let request = order_requests::decode_request(&record).expect(&at).expect(&at);
                let known = [common::request(), common::rejection()];
                assert!(known.contains(&request), "{path:?}");
            }
            Topic::OrderPayments => {
                let event = order_payments::decode_payment(&record).expect(&at).expect(&at);
                let later = common::later_payments();
                assert!(event == common::payment_event() || later.contains(&event), "{path:?}");
            }
            Topic::OrderRefunded => check_refund(&record, variant(&path)),
            Topic::StockChanges => {
                let change = stock_changes::decode_change(&record).expect(&at);
                assert_eq!(change, common::stock_change(), "{path:?}");
            }
            Topic::StockLevels => {
                let level = stock_levels::decode_level(&record).expect(&at);
                assert_eq!(level, common::stock_level(), "{path:?}");
            }
            _ => {
                let event = OrderEvent::decode(&record).expect(&at);
                let variant = variant(&path);
                let order = match variant {
                    Some("language") => common::italian_order(),
                    Some("taxed") => common::taxed(Prices::Inclusive),
                    Some("seller") => common::order_with_seller(),
                    Some("held") => common::held_order(),
                    Some("cash") => common::cash_order(),
                    Some("tax_added") => common::taxed(Prices::Exclusive),
                    _ => fixtures::rich_order(),
                };
                assert_eq!(event.order, order, "{path:?}");
                let number = common::number().filter(|_| variant == Some("numbered"));
                assert_eq!(event.change.number, number, "{path:?}");
            }
        }
        read += 1;
    }
    let written = all_events().len() + more_events().len();
    assert!(read >= written, "only {read} golden files");
}

#[test]
fn plain_consumers_find_their_fields() {
    let at = common::at(60);
    let event = events::order_confirmed::encode_confirmed(
        &fixtures::delivery(1),
        None,
        Verified::Captured(&IntentId("pi_1".into())),
        at,
    );
    let payload = std::str::from_utf8(event.payload.as_ref().unwrap()).unwrap();
    // Compared as text: a parser would turn 24.50 into 24.5.
    assert!(payload.contains("\"total_cost\":24.50,"), "{payload}");
    let json: serde_json::Value = serde_json::from_str(payload).unwrap();
    assert!(json["total_cost"].is_number());
    assert_eq!(json["customer_id"], "ada@example.com");
    assert_eq!(json["customer_email"], "ada@example.com");
    assert_eq!(json["user_id"], json["customer_id"]);
}

#[test]
fn the_same_event_is_encoded_byte_for_byte() {
    assert_eq!(all_events(), all_events());
    for event in all_events() {
        let headers = record(&event, Topic::Menu).headers;
        let mut names: Vec<_> = headers.iter().map(|(name, _)| &**name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), headers.len(), "a header occurs twice in {}", event.topic);
    }
}
