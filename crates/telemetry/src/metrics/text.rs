//! All metrics as text, in the format of Prometheus or of `OpenMetrics`.

use std::fmt::Write;

use super::{family::Metric, list::ALL};

/// A text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' own text format, which every tool reads.
    Prometheus,
    /// `OpenMetrics` 1.0.
    OpenMetrics,
}

impl Format {
    /// The format that a client accepts, by its `Accept` header.
    pub fn accepted(header: Option<&str>) -> Self {
        match header {
            Some(kinds) if kinds.contains("application/openmetrics-text") => Self::OpenMetrics,
            _ => Self::Prometheus,
        }
    }

    /// The content type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// All metrics with a value, in the order of the list.
pub fn text(format: Format) -> String {
    let mut page = String::new();
    for metric in ALL {
        write(*metric, format, &mut page);
    }
    if format == Format::OpenMetrics {
        page.push_str("# EOF\n");
    }
    page
}

fn write(metric: &dyn Metric, format: Format, page: &mut String) {
    let mut samples = String::new();
    metric.write(&mut samples);
    if samples.is_empty() {
        return;
    }
    let description = metric.description();
    // The family of a counter has no `_total`, which its samples have.
    let name = match format {
        Format::Prometheus => description.name,
        Format::OpenMetrics => description.name.strip_suffix("_total").unwrap_or(description.name),
    };
    // Writing to a string cannot fail.
    let _ =
        writeln!(page, "# HELP {name} {}\n# TYPE {name} {}", description.help, description.kind);
    if let (Format::OpenMetrics, Some(unit)) = (format, description.unit()) {
        let _ = writeln!(page, "# UNIT {name} {unit}");
    }
    page.push_str(&samples);
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            family::Family,
            value::{Counter, Sum},
        },
        *,
    };

    static CPU: Family<Sum, 0> = Family::new("cpu_seconds_total", &[], "Time.", "-");
    static NOTHING: Family<Counter, 0> = Family::new("nothing_total", &[], "Nothing.", "-");

    fn text_of(metric: &dyn Metric, format: Format) -> String {
        let mut page = String::new();
        write(metric, format, &mut page);
        page
    }

    #[test]
    fn each_format_has_its_names() {
        CPU.with([]).set(1.5);
        assert_eq!(
            text_of(&CPU, Format::Prometheus),
            "# HELP cpu_seconds_total Time.\n# TYPE cpu_seconds_total counter\n\
             cpu_seconds_total 1.5\n"
        );
        assert_eq!(
            text_of(&CPU, Format::OpenMetrics),
            "# HELP cpu_seconds Time.\n# TYPE cpu_seconds counter\n# UNIT cpu_seconds seconds\n\
             cpu_seconds_total 1.5\n"
        );
        assert_eq!(text_of(&NOTHING, Format::Prometheus), "", "without a value there is no metric");
    }

    #[test]
    fn the_accept_header_chooses_the_format() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2";
        assert_eq!(Format::accepted(Some(prometheus)), Format::OpenMetrics);
        for header in [None, Some("*/*"), Some("text/plain")] {
            assert_eq!(Format::accepted(header), Format::Prometheus);
        }
    }
}
