//! `docs/metrics.md`, generated from the list.

use std::fmt::Write;

use super::{family::Description, list::ALL};

const HEAD: &str = "# Metrics

Every process serves its metrics at `/metrics`: in the text format of Prometheus, or as OpenMetrics
where the client asks for that. This page is written from the declarations in
`crates/telemetry/src/metrics/list.rs` (`UPDATE_GOLDEN=1 cargo test -p telemetry`).

Counters begin at 0 with the process; take their `rate` or `increase`. What several processes know
of the same thing is added up, except where the text says otherwise. A metric without a value yet is
not served.
";

/// The page.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for metric in ALL {
        // Writing to a string cannot fail.
        let _ = page.write_str(&section(metric.description()));
    }
    page
}

fn section(description: &Description) -> String {
    let labels: Vec<_> = description.labels.iter().map(|label| format!("`{label}`")).collect();
    let labels = if labels.is_empty() { "none".to_owned() } else { labels.join(", ") };
    let unit = description.unit().unwrap_or("a number");
    let Description { name, kind, help, look_at, .. } = description;
    format!(
        "\n## `{name}`\n\n{help}\n\n- Type: {kind}; unit: {unit}; labels: {labels}\n\
         - When it moves: {look_at}\n"
    )
}
