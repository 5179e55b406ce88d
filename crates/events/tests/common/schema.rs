//! Validates JSON by the schemas of a document, strictly: undescribed fields are findings.

use std::collections::BTreeSet;

use jsonschema::Draft;
use serde_json::{Value, json};

/// The findings in a value, one line each; empty if it matches the schema. References are resolved
/// in `document`.
pub(crate) fn findings(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut components = document["components"].clone();
    let open: BTreeSet<_> = combined(document).into_iter().collect();
    for (name, schema) in components["schemas"].as_object_mut().into_iter().flatten() {
        let is_open = open.contains(name);
        close(schema, is_open);
    }
    let mut root = schema.clone();
    close(&mut root, false);
    // Any other root takes all fields, like the document of another API.
    if ["$ref", "allOf"].iter().any(|key| schema.get(key).is_some()) {
        root["unevaluatedProperties"] = json!(false);
    }
    root["components"] = components;
    let options = jsonschema::options().with_draft(Draft::Draft202012);
    let validator = options.should_validate_formats(true).build(&root);
    let validator = validator.unwrap_or_else(|error| panic!("{schema} is no schema: {error}"));
    let line = |error: jsonschema::ValidationError| format!("{}: {error}", error.instance_path());
    validator.iter_errors(value).map(line).collect()
}

/// The names of the schemas that are parts of others. They do not know the fields of the others.
fn combined(value: &Value) -> Vec<String> {
    let name = |part: &Value| part["$ref"].as_str()?.rsplit('/').next().map(str::to_owned);
    match value {
        Value::Object(fields) => {
            let parts = fields.get("allOf").and_then(Value::as_array).into_iter().flatten();
            parts.filter_map(name).chain(fields.values().flat_map(combined)).collect()
        }
        Value::Array(values) => values.iter().flat_map(combined).collect(),
        _ => Vec::new(),
    }
}

/// Refuses undescribed fields in a schema, unless it is open, and in all schemas within.
fn close(schema: &mut Value, is_open: bool) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| close(field, false));
            if fields.contains_key("properties") && !is_open {
                fields.insert("unevaluatedProperties".to_owned(), json!(false));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| close(value, false)),
        _ => {}
    }
}
