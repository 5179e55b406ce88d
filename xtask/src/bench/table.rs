//! The figures as a table, and a comparison of two platforms.

use std::fmt::Write as _;

use serde::Serialize;

use super::{PlatformFigures, Results, load::Load, marks};

/// Ratios of the cluster's figures to the embedded ones.
#[derive(Debug, Serialize)]
pub(super) struct Ratios {
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
    cpu_ms_per_order: Option<f64>,
    highest_per_s: Option<f64>,
    cpu_ms_per_order_at_highest: Option<f64>,
}

/// A figure that is compared.
type Figure = fn(&PlatformFigures) -> Option<f64>;

const P50: Figure = |measured| Some(measured.steady.confirm()?.p50);
const P99: Figure = |measured| Some(measured.steady.confirm()?.p99);
const CPU: Figure = |measured| measured.steady.cpu_ms_per_order();
const HIGHEST: Figure = |measured| Some(measured.highest.as_ref()?.rates.asked_per_s);
const CPU_AT_HIGHEST: Figure = |measured| measured.highest.as_ref()?.cpu_ms_per_order();

impl Ratios {
    /// The ratios, if both were measured.
    pub(super) fn of(results: &Results) -> Option<Self> {
        let (embedded, cluster) = (results.embedded.as_ref()?, results.cluster.as_ref()?);
        let ratio = |figure: Figure| Some(figure(cluster)? / figure(embedded)?);
        Some(Self {
            p50_ms: ratio(P50),
            p99_ms: ratio(P99),
            cpu_ms_per_order: ratio(CPU),
            highest_per_s: ratio(HIGHEST),
            cpu_ms_per_order_at_highest: ratio(CPU_AT_HIGHEST),
        })
    }
}

/// The results as text.
pub(super) fn table(results: &Results) -> String {
    let mut text = String::new();
    let platforms = [
        ("embedded: local log and SQLite", &results.embedded),
        ("cluster: Apache Kafka and PostgreSQL", &results.cluster),
    ];
    for (name, measured) in platforms {
        if let Some(measured) = measured {
            let _ = write!(text, "\n{}", platform(name, measured));
        }
    }
    if let Some(ratios) = &results.cluster_to_embedded {
        let _ = write!(text, "\n{}", compare(results, ratios));
    }
    for (what, marks) in [("local log", &results.log), ("pages and streams", &results.pages)] {
        if let Some(marks) = marks {
            let _ = write!(text, "\n{}", marks::table(what, marks));
        }
    }
    for line in results.figures.iter().flatten() {
        let _ = writeln!(text, "{line}");
    }
    for costs in [&results.signals, &results.against].into_iter().flatten() {
        let _ = write!(text, "\n{}", costs.table());
    }
    text
}

fn platform(name: &str, measured: &PlatformFigures) -> String {
    let mut text = format!("{name:<44}{:>14}{:>14}\n", "steady", "highest");
    let loads = [Some(&measured.steady), measured.highest.as_ref()];
    let mut line = |name: &str, figure: &dyn Fn(&Load) -> Option<f64>, digits| {
        let cell = |load: Option<&Load>| cell(load.and_then(figure), digits);
        let [steady, highest] = loads.map(cell);
        let _ = writeln!(text, "  {name:<42}{steady:>14}{highest:>14}");
    };
    line("orders a second", &|load| Some(load.rates.asked_per_s), 0);
    for (name, part) in [("accepted", "accept"), ("confirmed", "confirm")] {
        let latency = |load: &Load| load.latency_ms.get(part).copied();
        line(&format!("{name} after, p50 (ms)"), &|load| Some(latency(load)?.p50), 2);
        line(&format!("{name} after, p99 (ms)"), &|load| Some(latency(load)?.p99), 2);
    }
    line("CPU an order, all but the generator (ms)", &Load::cpu_ms_per_order, 3);
    for cpu in &measured.steady.cpu {
        let own = |load: &Load| load.cpu.iter().find(|own| own.name == cpu.name)?.ms_per_order;
        line(&format!("  {}", cpu.name), &own, 3);
    }
    if let Some(why) = measured.steady.shortfall() {
        let _ = writeln!(text, "  The steady rate does not hold: {why}.");
    }
    text
}

fn compare(results: &Results, ratios: &Ratios) -> String {
    let head = ["embedded", "cluster", "ratio"].map(|name| format!("{name:>14}")).concat();
    let mut text = format!("{:<44}{head}\n", "side by side");
    let lines: [(&str, Figure, Option<f64>, usize); 5] = [
        ("confirmed after, p50 (ms)", P50, ratios.p50_ms, 2),
        ("confirmed after, p99 (ms)", P99, ratios.p99_ms, 2),
        ("CPU an order (ms)", CPU, ratios.cpu_ms_per_order, 3),
        ("highest rate that holds (orders a second)", HIGHEST, ratios.highest_per_s, 0),
        ("CPU an order there (ms)", CPU_AT_HIGHEST, ratios.cpu_ms_per_order_at_highest, 3),
    ];
    for (name, figure, ratio, digits) in lines {
        let own = |of: &Option<PlatformFigures>| cell(of.as_ref().and_then(figure), digits);
        let (embedded, cluster) = (own(&results.embedded), own(&results.cluster));
        let _ = writeln!(text, "  {name:<42}{embedded:>14}{cluster:>14}{:>14}", cell(ratio, 2));
    }
    text
}

fn cell(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}

#[cfg(test)]
mod tests {
    use super::{super::load::tests::sample_load, *};

    #[test]
    fn two_platforms_stand_side_by_side() {
        let embedded = PlatformFigures { steady: sample_load(1_000, 100.0), highest: None };
        let mut slower = sample_load(1_000, 100.0);
        slower.latency_ms.get_mut("confirm").unwrap().p50 = 6.0;
        let cluster = PlatformFigures { highest: Some(slower.clone()), steady: slower };
        let mut results = Results { embedded: Some(embedded), ..Results::default() };
        assert!(Ratios::of(&results).is_none());
        results.cluster = Some(cluster);
        results.cluster_to_embedded = Ratios::of(&results);
        let ratios = results.cluster_to_embedded.as_ref().unwrap();
        assert_eq!((ratios.p50_ms, ratios.highest_per_s), (Some(3.0), None));
        let table = table(&results);
        let line = |name: &str| {
            let line = table.lines().rfind(|line| line.contains(name)).unwrap();
            line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
        };
        assert_eq!(
            line("confirmed after, p50"),
            ["confirmed after, p50 (ms)", "2.00", "6.00", "3.00"]
        );
        assert_eq!(line("highest rate")[1..], ["-", "100", "-"]);
    }
}
