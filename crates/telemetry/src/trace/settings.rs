//! The standard variables. The SDK reads them itself, but replaces an unreadable value by a
//! default; here that is an error that says what to write instead.

const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
/// Each may have `parentbased_` before it.
const SAMPLERS: [&str; 3] = ["always_on", "always_off", "traceidratio"];

/// True if the variables ask for spans; an error if they ask for something unsupported.
pub(super) fn wants_spans(variable: impl Fn(&str) -> Option<String>) -> Result<bool, String> {
    let is_disabled = variable("OTEL_SDK_DISABLED").is_some_and(|v| v.eq_ignore_ascii_case("true"));
    if is_disabled || ENDPOINTS.iter().all(|name| variable(name).is_none()) {
        return Ok(false);
    }
    let protocol = PROTOCOLS.iter().find_map(|name| variable(name));
    if let Some(protocol) = protocol.filter(|protocol| protocol != "http/protobuf") {
        let names = PROTOCOLS.join(" or ");
        return Err(format!("{names}: {protocol:?} is not supported; use http/protobuf"));
    }
    if let Some(sampler) = variable("OTEL_TRACES_SAMPLER") {
        check_sampler(&sampler, variable("OTEL_TRACES_SAMPLER_ARG").as_deref())?;
    }
    Ok(true)
}

fn check_sampler(sampler: &str, ratio: Option<&str>) -> Result<(), String> {
    let kind = sampler.strip_prefix("parentbased_").unwrap_or(sampler);
    if !SAMPLERS.contains(&kind) {
        let known = SAMPLERS.join(", ");
        return Err(format!(
            "OTEL_TRACES_SAMPLER: {sampler:?} is not supported; use one of {known}, or one of them \
             after parentbased_"
        ));
    }
    let is_ratio = |text: &str| text.parse().is_ok_and(|ratio: f64| (0.0..=1.0).contains(&ratio));
    match ratio {
        Some(text) if kind == "traceidratio" && !is_ratio(text) => {
            Err(format!("OTEL_TRACES_SAMPLER_ARG: {text:?} is not a number from 0 to 1"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");

    fn wanted(variables: &[(&str, &str)]) -> Result<bool, String> {
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name);
        wants_spans(|name| value(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn spans_need_an_endpoint_and_can_be_disabled() {
        assert_eq!(wanted(&[]), Ok(false));
        assert_eq!(wanted(&[ENDPOINT]), Ok(true));
        assert_eq!(wanted(&[ENDPOINT, ("OTEL_SDK_DISABLED", "TRUE")]), Ok(false));
    }

    #[test]
    fn unsupported_values_are_errors_that_name_the_variable() {
        let ratio = ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
        assert_eq!(wanted(&[ENDPOINT, ratio, ("OTEL_TRACES_SAMPLER_ARG", "0.01")]), Ok(true));
        for (name, value) in [
            ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
            ("OTEL_TRACES_SAMPLER_ARG", "1 %"),
            ("OTEL_TRACES_SAMPLER_ARG", "NaN"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ] {
            let error = wanted(&[ENDPOINT, ratio, (name, value)]).unwrap_err();
            assert!(error.contains(name) && error.contains(value), "{error}");
        }
        let error = wanted(&[ENDPOINT, ("OTEL_TRACES_SAMPLER", "xray")]).unwrap_err();
        assert!(error.contains("xray") && error.contains("traceidratio"), "{error}");
    }
}
