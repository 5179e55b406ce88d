//! Compares `docs/asyncapi.json` with the code: topics, all events ever published, and enumerated
//! names.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use domain::{
    kitchen::{Action, Requester},
    language::Language,
    menu::Dietary,
    payment::DeclineReason,
};
use events::{ASYNCAPI, Topic};
use serde_json::{Value, json};

fn document() -> Value {
    serde_json::from_str(ASYNCAPI).unwrap()
}

/// The target of a `$ref`; other values are returned as they are.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let Some(to) = value["$ref"].as_str() else { return value };
    let found = to.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
    resolve(document, found.unwrap_or_else(|| panic!("{to} leads nowhere")))
}

/// The schemas of `allOf`, or the schema itself.
fn parts<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = resolve(document, schema);
    match schema["allOf"].as_array() {
        Some(all) => all.iter().flat_map(|part| parts(document, part)).collect(),
        None => vec![schema],
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

/// Panics if a value does not match its schema or has additional fields.
fn assert_fits(document: &Value, schema: &Value, value: &Value, at: &str) {
    let parts = parts(document, schema);
    for part in &parts {
        let kinds = match &part["type"] {
            Value::Array(kinds) => kinds.iter().map(|kind| kind.as_str().unwrap()).collect(),
            kind => vec![kind.as_str().unwrap_or_else(|| panic!("{at} has no type"))],
        };
        assert!(kinds.iter().any(|kind| is_of(kind, value)), "{at} is {value}, not {kinds:?}");
        let one_of = part["enum"].as_array();
        assert!(one_of.is_none_or(|names| names.contains(value)), "{at} is {value}");
        assert!(part.get("const").is_none_or(|only| only == value), "{at} is {value}");
        for required in part["required"].as_array().into_iter().flatten() {
            assert!(value.get(required.as_str().unwrap()).is_some(), "{at} lacks {required}");
        }
        for (n, item) in value.as_array().into_iter().flatten().enumerate() {
            assert_fits(document, &part["items"], item, &format!("{at}[{n}]"));
        }
    }
    for (field, value) in value.as_object().into_iter().flatten() {
        let known = parts.iter().find_map(|part| part["properties"].get(field));
        let schema = known.unwrap_or_else(|| panic!("{at}.{field} is not documented"));
        assert_fits(document, schema, value, &format!("{at}.{field}"));
    }
}

#[test]
fn channels_are_the_topics() {
    let document = document();
    let channels = document["channels"].as_object().unwrap();
    let address = |channel: &Value| {
        let policy = &channel["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"];
        (channel["address"].as_str().unwrap().to_owned(), *policy == json!(["compact"]))
    };
    let addresses: BTreeSet<_> = channels.values().map(address).collect();
    let topics = Topic::ALL.iter().map(|topic| (topic.name().to_owned(), topic.is_compacted()));
    assert_eq!(addresses, topics.collect());
}

#[test]
fn every_event_matches_its_schema() {
    let document = document();
    let folder: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "..", "..", "docs", "events"].iter().collect();
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let event: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let channels = document["channels"].as_object().unwrap();
        let channel = channels.values().find(|channel| channel["address"] == event["topic"]);
        let messages = channel.unwrap()["messages"].as_object().unwrap().values();
        let name = &event["headers"]["ce_type"];
        let message = messages.map(|m| resolve(&document, m)).find(|m| m["name"] == *name);
        let message = message.unwrap_or_else(|| panic!("{name} is not documented on its channel"));
        let at = path.display().to_string();
        assert_fits(&document, &message["headers"], &event["headers"], &at);
        assert_fits(&document, &message["payload"], &event["payload"], &at);
        seen.insert(name.to_string());
    }
    assert_eq!(seen.len(), document["components"]["messages"].as_object().unwrap().len());
}

#[test]
fn enumerated_names_equal_those_of_the_code() {
    let document = document();
    let named = |pointer: &str| -> Vec<String> {
        let names = document.pointer(&format!("/components/schemas{pointer}/enum"));
        let names = names.and_then(Value::as_array).unwrap_or_else(|| panic!("{pointer} has none"));
        names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let requesters: Vec<_> = Requester::ALL.iter().map(|by| by.name()).collect();
    let actions: Vec<_> = Action::ALL.iter().map(|action| action.name()).collect();
    let reasons: Vec<_> = DeclineReason::ALL.iter().map(|reason| reason.name()).collect();
    let languages: Vec<_> = Language::ALL.iter().map(|language| language.name()).collect();
    let tags: Vec<_> = Dietary::ALL.iter().map(|tag| tag.name()).collect();
    assert_eq!(named("/Progressed/properties/by"), requesters);
    assert_eq!(named("/Requested/properties/by"), requesters);
    assert_eq!(named("/Requested/properties/action"), actions);
    assert_eq!(named("/Declined/properties/reason"), reasons);
    assert_eq!(named("/Customer/properties/language"), languages);
    assert_eq!(named("/Dish/properties/dietary/items"), tags);
}

fn refs<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| refs(field, found));
        }
        Value::Array(values) => values.iter().for_each(|value| refs(value, found)),
        _ => {}
    }
}

#[test]
fn every_reference_resolves_and_every_part_is_used() {
    let document = document();
    let mut found = BTreeSet::new();
    refs(&document, &mut found);
    for to in &found {
        resolve(&document, &json!({ "$ref": to }));
    }
    for kind in ["messages", "schemas"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let to = format!("#/components/{kind}/{name}");
            assert!(found.contains(to.as_str()), "nothing refers to {to}");
        }
    }
}
