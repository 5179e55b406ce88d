//! Compares `docs/asyncapi.json` with the code: topics, all events ever published, and enumerated
//! names.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

#[path = "common/schema.rs"]
mod schema;

use std::{collections::BTreeSet, fs, path::PathBuf};

use domain::{
    kitchen::{Action, Requester},
    language::Language,
    menu::Dietary,
    payment::{DeclineReason, Refunder},
};
use events::{ASYNCAPI, Topic};
use schema::findings;
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
        for part in ["headers", "payload"] {
            let found = findings(&document, &message[part], &event[part]);
            assert!(found.is_empty(), "{} of {}: {found:?}", part, path.display());
        }
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
    let actions = Action::ALL.iter().map(|action| action.name());
    let actions: Vec<_> = actions.chain(["refund"]).collect();
    let refunders: Vec<_> = Refunder::ALL.iter().map(|by| by.name()).collect();
    let reasons: Vec<_> = DeclineReason::ALL.iter().map(|reason| reason.name()).collect();
    let languages: Vec<_> = Language::ALL.iter().map(|language| language.name()).collect();
    let tags: Vec<_> = Dietary::ALL.iter().map(|tag| tag.name()).collect();
    assert_eq!(named("/Progressed/properties/by"), requesters);
    assert_eq!(named("/Requested/properties/by"), requesters);
    assert_eq!(named("/Requested/properties/action"), actions);
    assert_eq!(named("/Refunded/properties/by"), refunders);
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
