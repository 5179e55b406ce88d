//! What is shown can be read; what is wrong is named.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Faults, String> {
    text.parse::<Faults>().map_err(|error| error.to_string())
}

fn chance(number: f64) -> Probability {
    Probability::try_from(number).unwrap()
}

#[test]
fn every_field_has_a_name() {
    let json = serde_json::to_value(Faults::default()).unwrap();
    let fields = json.as_object().unwrap();
    assert_eq!(fields.len() + 1, NAMES.len());
    for name in NAMES.into_iter().filter(|name| *name != ALL) {
        assert!(fields.contains_key(name), "{name}");
        assert!(Faults::default().place(name).is_some(), "{name}");
    }
}

#[test]
fn a_list_is_read() {
    let faults = read(" error_after_charge=0.05, latency_ms=50..400,seed=7,").unwrap();
    let expected = Faults {
        error_after_charge: chance(0.05),
        latency_ms: Latency::Uniform { min: 50, max: 400 },
        seed: Some(7),
        ..Faults::default()
    };
    assert_eq!(faults, expected);
    assert_eq!(read("latency_ms=200").unwrap().latency_ms, Latency::Fixed(200));
    let skewed = read("webhook_late_ms=p50:80/p99:900").unwrap().webhook_late_ms;
    assert_eq!(skewed, Latency::Percentiles { p50: 80, p99: 900 });
    assert_eq!(read(""), Ok(Faults::default()));
}

#[test]
fn all_leaves_what_is_named() {
    let faults = read("webhook_lost=0,all=0.05,hang_ms=7").unwrap();
    assert_eq!(faults.webhook_lost, Probability::NEVER);
    assert_eq!((faults.hang_after_charge, faults.hang_ms), (chance(0.05), 7));
    assert_eq!(faults.webhook_late_ms, Latency::Uniform { min: 0, max: ALL_MS });
    assert_eq!(faults.latency_ms, Latency::None);
}

#[test]
fn what_is_wrong_is_named() {
    for (text, told) in [
        ("seed=1,eror_on_read=0.1", "'eror_on_read=0.1': there is no such fault; there are error_"),
        ("error_on_read", "'error_on_read': a fault is name=value; names are error_before_charge"),
        ("all=5%", "'all=5%': a probability is a number from 0 to 1"),
        ("error_on_read=1.1", "'error_on_read=1.1': a probability"),
        ("error_on_read=NaN", "'error_on_read=NaN': a probability"),
        ("latency_ms=9..3", "'latency_ms=9..3': it is 200, or 50..400"),
        ("latency_ms=p50:9/p99:3", "the smaller number first"),
        ("latency_ms=-1", "'latency_ms=-1': it is 200"),
        ("seed=x", "'seed=x': it is a whole number"),
        ("hang_ms=1,hang_ms=2", "'hang_ms=2': hang_ms is named twice"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(told), "{error}");
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
    fn shown_then_read_is_the_same(
        chances in prop::collection::vec(0.0..=1.0_f64, 16),
        (latency_ms, webhook_late_ms) in (any_latency(), any_latency()),
        (hang_ms, seed) in (any::<u64>(), any::<Option<u64>>()),
    ) {
        let mut faults =
            Faults { hang_ms, latency_ms, webhook_late_ms, seed, ..Faults::default() };
        for (name, number) in NAMES.into_iter().zip(chances) {
            if let Some(Place::Chance(place)) = faults.place(name) {
                *place = chance(number);
            }
        }
        prop_assert_eq!(read(&faults.to_string()), Ok(faults));
    }

    #[test]
    fn reading_never_panics(text in ".{0,60}", value in "[0-9.:/p=,-]{0,20}") {
        let _ = read(&text);
        let _ = read(&format!("latency_ms={value}"));
    }
}
