use serde::Deserialize;
use uuid::Uuid;

use super::*;

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "only read")]
struct Body {
    lines: Vec<Line>,
    #[serde(default)]
    way: Option<Way>,
    #[serde(default)]
    size: Option<Size>,
    #[serde(default)]
    id: Option<Uuid>,
    #[serde(default)]
    fee_minor: i64,
    #[serde(default)]
    is_open: bool,
    #[serde(default)]
    either: Option<Either>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "only read")]
struct Line {
    quantity: u32,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[allow(dead_code, reason = "only read")]
enum Way {
    Pickup {},
    Delivery { address: String },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Size {
    Small,
    Large,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "only read")]
enum Either {
    Line(Line),
    Way(Way),
}

fn detail_of(json: &str) -> String {
    Problem::from(read::<Body>(json.as_bytes()).unwrap_err()).detail
}

#[test]
fn an_error_names_the_field_what_it_must_be_and_what_it_is() {
    for (json, expected) in [
        (
            r#"{"lines":[{"quantity":1.5}]}"#,
            "lines[0].quantity must be a whole number from 0 to 4294967295; it is 1.5.",
        ),
        (
            r#"{"lines":[{"quantity":-1}]}"#,
            "lines[0].quantity must be a whole number from 0 to 4294967295; it is -1.",
        ),
        (r#"{"lines":[7]}"#, "lines[0] must be an object; it is 7."),
        (r#"{"lines":[[1]]}"#, "lines[0] must be an object; it is an array."),
        (r#"{"lines":{}}"#, "lines must be an array; it is an object."),
        (r#"{"lines":null}"#, "lines must be an array; it is null."),
        (
            r#"{"lines":[{"quantity":1,"note":[]}]}"#,
            "lines[0].note must be a string; it is an array.",
        ),
        (r#"{"lines":[{}]}"#, "lines[0].quantity is missing."),
        ("{}", "lines is missing."),
        (r#"{"lines":[],"fee_minor":1e3}"#, "fee_minor must be a whole number; it is 1000."),
        (
            r#"{"lines":[],"fee_minor":99999999999999999999}"#,
            "fee_minor must be a whole number; it is 100000000000000000000.",
        ),
        (r#"{"lines":[],"is_open":"yes"}"#, "is_open must be true or false; it is \"yes\"."),
        (r#"{"lines":[],"size":"huge"}"#, "size must be \"small\" or \"large\"; it is \"huge\"."),
        (r#"{"lines":[],"size":7}"#, "size must be a string; it is 7."),
        (r#"{"lines":[],"way":7}"#, "way must be an object; it is 7."),
        (r#"{"lines":[],"way":{}}"#, "way.kind is missing."),
        (
            r#"{"lines":[],"way":{"kind":"fly"}}"#,
            "way.kind must be \"pickup\" or \"delivery\"; it is \"fly\".",
        ),
        (r#"{"lines":[],"way":{"kind":"delivery"}}"#, "way.address is missing."),
        (
            r#"{"lines":[],"way":{"kind":"pickup","x":1}}"#,
            "way.x is not a field of this request; remove it.",
        ),
        (
            r#"{"lines":[{"quantity":1,"price":1}]}"#,
            "lines[0].price is not a field of this request; remove it.",
        ),
        (
            r#"{"lines":[],"a":1,"b":{}}"#,
            "a is not a field of this request; remove it. b is not a field of this request; remove it.",
        ),
        (r#"{"lines":[],"either":{"z":1}}"#, "either is not what is expected."),
    ] {
        assert_eq!(detail_of(json), expected, "{json}");
    }
}

#[test]
fn bodies_other_than_objects_and_json_are_refused() {
    for (json, expected) in [
        ("[]", "The body must be an object; it is an array."),
        (" \n[[{\"quantity\":1}]]", "The body must be an object; it is an array."),
        ("7", "The body must be an object; it is 7."),
        ("null", "The body must be an object; it is null."),
        (r#""{}""#, "The body must be an object; it is \"{}\"."),
        ("", "The body is empty: send a JSON object."),
        (" \n", "The body is empty: send a JSON object."),
        ("{", "The body is not JSON: EOF while parsing an object at line 1 column 1."),
        (r#"{"lines":NaN}"#, "The body is not JSON: expected value at line 1 column 10."),
        (r#"{"lines":[],}"#, "The body is not JSON: trailing comma at line 1 column 13."),
        (
            r#"{"lines":[]} x"#,
            "There is more after the JSON: trailing characters at line 1 column 14.",
        ),
        (
            r#"{"lines":[],"lines":[]}"#,
            "The body has the field \"lines\" twice at line 1 column 19.",
        ),
        (
            r#"{"lines":[],"x":{"a":1,"a":2}}"#,
            "The body has the field \"a\" twice at line 1 column 26.",
        ),
    ] {
        assert_eq!(detail_of(json), expected, "{json}");
    }
}

#[test]
fn no_names_of_the_implementation_are_shown() {
    let long = format!(r#"{{"lines":"{}"}}"#, "x".repeat(100_000));
    let deep = format!("{{\"lines\":{}", "[".repeat(200_000));
    assert!(detail_of(&deep).contains("nested too deeply"), "{}", detail_of(&deep));
    assert!(detail_of(&long).len() < 200);
    for json in [r#"{"lines":[],"id":"x"}"#, r#"{"lines":[],"id":7}"#, &long, &deep] {
        let detail = detail_of(json);
        for word in ["struct", "enum", "Body", "Line", "visitor", "::", "u32", "sequence"] {
            assert!(!detail.contains(word), "{word}: {detail}");
        }
    }
    let not_utf8 = Problem::from(read::<Body>(b"{\"\xff\":1}").unwrap_err());
    assert!(not_utf8.detail.starts_with("The body is not JSON"), "{not_utf8:?}");
}

#[test]
fn problems_list_the_fields() {
    let problem = Problem::from(read::<Body>(br#"{"lines":[{"quantity":"x"}]}"#).unwrap_err());
    assert_eq!(problem.errors[0].field, "lines[0].quantity");
    let many: Vec<_> = (0..200).map(|n| format!("\"f{n}\":1")).collect();
    let many = format!("{{\"lines\":[],{}}}", many.join(","));
    let problem = Problem::from(read::<Body>(many.as_bytes()).unwrap_err());
    assert_eq!(problem.errors.len(), MAX_UNKNOWN);
}
