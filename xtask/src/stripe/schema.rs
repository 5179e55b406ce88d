//! Validates JSON by the schemas of an `OpenAPI` 3.0 document, strictly: undescribed fields are
//! findings.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

/// The document.
pub(super) struct Spec(Value);

impl Spec {
    /// Reads it.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Self(serde_json::from_slice(&text)?))
    }

    /// The version of the API.
    pub(super) fn version(&self) -> &str {
        self.0["info"]["version"].as_str().unwrap_or("unknown")
    }

    /// The findings in a response to an operation. `path` is that of the document.
    pub(super) fn findings(
        &self,
        method: &str,
        path: &str,
        status: u16,
        body: &Value,
    ) -> Vec<String> {
        let responses = &self.0["paths"][path][method.to_ascii_lowercase()]["responses"];
        let response = responses.get(status.to_string()).unwrap_or(&responses["default"]);
        let schema = &response["content"]["application/json"]["schema"];
        if schema.is_null() {
            return vec![format!("{method} {path} is not described")];
        }
        let mut findings = Vec::new();
        self.check(schema, body, "", &mut findings);
        findings
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, findings: &mut Vec<String>) {
        if let Some(name) = schema["$ref"].as_str() {
            let target = self.0.pointer(name.trim_start_matches('#')).unwrap_or(&Value::Null);
            return self.check(target, value, at, findings);
        }
        if value.is_null() {
            if schema["nullable"] != true {
                findings.push(format!("{at}: null"));
            }
            return;
        }
        let one_of = schema["anyOf"].as_array().or(schema["oneOf"].as_array());
        if let Some(choices) = one_of {
            return self.choose(choices, value, at, findings);
        }
        let right = match schema["type"].as_str() {
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            _ => true,
        };
        if !right {
            return findings.push(format!("{at}: {value} instead of {}", schema["type"]));
        }
        if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
            findings.push(format!("{at}: {value} is none of {}", schema["enum"]));
        }
        for (n, item) in value.as_array().into_iter().flatten().enumerate() {
            self.check(&schema["items"], item, &format!("{at}[{n}]"), findings);
        }
        if value.is_object() {
            self.fields(schema, value, at, findings);
        }
    }

    /// Checks that one of several schemas fits; else the closest one gives the findings.
    fn choose(&self, choices: &[Value], value: &Value, at: &str, findings: &mut Vec<String>) {
        let tried = choices.iter().map(|choice| {
            let mut wrong = Vec::new();
            self.check(choice, value, at, &mut wrong);
            wrong
        });
        // A schema that fails as a whole is further away than one that fails in a part.
        let here = format!("{at}: ");
        let best = tried.min_by_key(|wrong| {
            (wrong.iter().any(|finding| finding.starts_with(&here)), wrong.len())
        });
        findings.extend(best.unwrap_or_default());
    }

    fn fields(&self, schema: &Value, value: &Value, at: &str, findings: &mut Vec<String>) {
        let (properties, others) =
            (schema["properties"].as_object(), &schema["additionalProperties"]);
        // An object may name its schema, like the object of an event.
        if properties.is_none() && !others.is_object() {
            return match &self.0["components"]["schemas"][value["object"].as_str().unwrap_or("")] {
                Value::Null if value.get("object").is_none() => {}
                Value::Null => findings.push(format!("{at}: an object of no known kind")),
                named => self.check(named, value, at, findings),
            };
        }
        for (name, value) in value.as_object().into_iter().flatten() {
            let at = format!("{at}.{name}");
            match properties.and_then(|known| known.get(name)) {
                Some(schema) => self.check(schema, value, &at, findings),
                None if others.is_object() => self.check(others, value, &at, findings),
                None => findings.push(format!("{at}: there is no such field")),
            }
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            if name.as_str().is_some_and(|name| value.get(name).is_none()) {
                findings.push(format!("{at}: {name} is missing"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_does_not_fit_is_found() {
        let spec = Spec(json!({
            "components": {"schemas": {"coin": {"type": "object", "required": ["id"],
                "properties": {"id": {"type": "string"}, "object": {"enum": ["coin"]},
                    "worth": {"type": "integer", "nullable": true},
                    "of": {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/coin"}]},
                    "any": {"type": "object"},
                    "notes": {"type": "object", "additionalProperties": {"type": "string"}}}}}},
            "paths": {"/coins": {"get": {"responses": {"200": {"content": {"application/json":
                {"schema": {"$ref": "#/components/schemas/coin"}}}}}}}}
        }));
        let findings = |body| spec.findings("GET", "/coins", 200, &body);
        for good in [
            json!({"id": "1", "worth": null, "of": "x", "notes": {"a": "b"}}),
            json!({"id": "1", "of": {"id": "2"}, "any": {"object": "coin", "id": "3"}}),
            json!({"id": "1", "any": {"a": 1}}),
        ] {
            assert!(findings(good.clone()).is_empty(), "{good}");
        }
        for (bad, printed) in [
            (json!({}), ": \"id\" is missing"),
            (json!({"id": null}), ".id: null"),
            (json!({"id": 1}), ".id: 1 instead of \"string\""),
            (json!({"id": "1", "worth": 1.5}), ".worth: 1.5 instead of \"integer\""),
            (json!({"id": "1", "wort": 1}), ".wort: there is no such field"),
            (json!({"id": "1", "object": "c"}), ".object: \"c\" is none of [\"coin\"]"),
            (json!({"id": "1", "of": {"id": 2}}), ".of.id: 2 instead of \"string\""),
            (json!({"id": "1", "notes": {"a": 1}}), ".notes.a: 1 instead of \"string\""),
            (json!({"id": "1", "any": {"object": "coin"}}), ".any: \"id\" is missing"),
            (json!({"id": "1", "any": {"object": 1}}), ".any: an object of no known kind"),
        ] {
            assert_eq!(findings(bad.clone())[0], printed, "{bad}");
        }
        assert_eq!(spec.findings("GET", "/x", 200, &json!({})), ["GET /x is not described"]);
    }
}
