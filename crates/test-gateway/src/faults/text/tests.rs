//! Parsing and formatting of faults.

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<Faults, String> {
    text.parse::<Faults>().map_err(|error| error.to_string())
}

fn probability(number: f64) -> Probability {
    Probability::try_from(number).unwrap()
}

#[test]
fn every_field_has_a_name() {
    let json = serde_json::to_value(Faults::default()).unwrap();
    let fields = json.as_object().unwrap();
    assert_eq!(fields.len() + 1, NAMES.len());
    for name in NAMES.into_iter().filter(|name| *name != ALL) {
        assert!(fields.contains_key(name), "{name}");
        assert!(Faults::default().field_mut(name).is_some(), "{name}");
    }
}

#[test]
fn a_list_is_parsed() {
    let faults = parse(" error_after_charge=0.05, latency_ms=50..400,seed=7,").unwrap();
    let expected = Faults {
        error_after_charge: probability(0.05),
        latency_ms: Latency::Uniform { min: 50, max: 400 },
        seed: Some(7),
        ..Faults::default()
    };
    assert_eq!(faults, expected);
    assert_eq!(parse("latency_ms=200").unwrap().latency_ms, Latency::Fixed(200));
    let skewed = parse("webhook_late_ms=p50:80/p99:900").unwrap().webhook_late_ms;
    assert_eq!(skewed, Latency::Percentiles { p50: 80, p99: 900 });
    assert_eq!(parse(""), Ok(Faults::default()));
}

#[test]
fn named_faults_override_all() {
    let faults = parse("webhook_lost=0,all=0.05,hang_ms=7").unwrap();
    assert_eq!(faults.webhook_lost, Probability::NEVER);
    assert_eq!((faults.hang_after_charge, faults.hang_ms), (probability(0.05), 7));
    assert_eq!(faults.webhook_late_ms, Latency::Uniform { min: 0, max: ALL_MS });
    assert_eq!(faults.latency_ms, Latency::None);
}

#[test]
fn errors_name_the_invalid_part() {
    for (text, expected) in [
        (
            "seed=1,eror_on_read=0.1",
            "'eror_on_read=0.1': there is no such fault; the names are error_",
        ),
        ("error_on_read", "'error_on_read': a fault is name=value; names are error_before_charge"),
        ("all=5%", "'all=5%': a probability is a number from 0 to 1"),
        ("error_on_read=1.1", "'error_on_read=1.1': a probability"),
        ("error_on_read=NaN", "'error_on_read=NaN': a probability"),
        ("latency_ms=9..3", "'latency_ms=9..3': a latency is 200, 50..400"),
        ("latency_ms=p50:9/p99:3", "the smaller number first"),
        ("latency_ms=-1", "'latency_ms=-1': a latency is 200"),
        ("seed=x", "'seed=x': the value must be a whole number"),
        ("hang_ms=1,hang_ms=2", "'hang_ms=2': hang_ms is named twice"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

fn any_latency() -> impl Strategy<Value = Latency> {
    prop_oneof![
        Just(Latency::None),
        (1_u64..).prop_map(Latency::Fixed),
        (0_u64..9, 9_u64..).prop_map(|(min, max)| Latency::Uniform { min, max }),
        (0_u64..9, 9_u64..).prop_map(|(p50, p99)| Latency::Percentiles { p50, p99 }),
    ]
}

proptest! {
    #[test]
    fn formatted_faults_parse_to_the_same(
        chances in prop::collection::vec(0.0..=1.0_f64, 16),
        (latency_ms, webhook_late_ms) in (any_latency(), any_latency()),
        (hang_ms, seed) in (any::<u64>(), any::<Option<u64>>()),
    ) {
        let mut faults =
            Faults { hang_ms, latency_ms, webhook_late_ms, seed, ..Faults::default() };
        for (name, number) in NAMES.into_iter().zip(chances) {
            if let Some(FieldMut::Chance(field)) = faults.field_mut(name) {
                *field = probability(number);
            }
        }
        prop_assert_eq!(parse(&faults.to_string()), Ok(faults));
    }

    #[test]
    fn parsing_never_panics(text in ".{0,60}", value in "[0-9.:/p=,-]{0,20}") {
        let _ = parse(&text);
        let _ = parse(&format!("latency_ms={value}"));
    }
}
