//! `GET /api/analytics/charts/{chart}.csv` and `.json`: the rows behind a chart.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use csv::Terminator;
use domain::{
    facts::{Cell, Chart, ChartId, make_chart},
    ports::{FactStore, LagProbe},
};
use serde_json::{Map, Value, json};

use super::{Figures, query::DashboardQuery};
use web::{
    Problem,
    file::{self, attachment, escape_cell},
};

pub(super) async fn export_chart<F: FactStore, L: LagProbe>(
    State(figures): State<Arc<Figures<F, L>>>,
    Path(file): Path<String>,
    Query(query): Query<DashboardQuery>,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("chart");
    let (name, kind) = file.rsplit_once('.').ok_or_else(unknown)?;
    let id: ChartId = name.parse().map_err(|_| unknown())?;
    let dashboard = query.parse(&figures.catalog, figures.clock.now())?;
    let board = figures.facts.board(&dashboard.query).await?;
    let chart = make_chart(id, &board, &dashboard.window, &dashboard.zone);
    match kind {
        "json" => Ok(Json(json!({"chart": id.name(), "rows": rows_json(&chart)})).into_response()),
        "csv" => {
            let table = rows_csv(&chart).map_err(|e| Problem::unavailable(e.to_string()))?;
            Ok(attachment("text/csv; charset=utf-8", &format!("{id}.csv"), table))
        }
        _ => Err(unknown()),
    }
}

fn rows_json(chart: &Chart) -> Value {
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) => json!(text),
        Cell::Number(number) => json!(number),
        Cell::Time(at) => json!(at),
        Cell::Empty => Value::Null,
    };
    let row = |row: &Vec<Cell>| {
        let fields = chart.columns.iter().zip(row);
        fields.map(|(name, value)| ((*name).to_owned(), cell(value))).collect::<Map<_, _>>()
    };
    chart.rows.iter().map(row).map(Value::Object).collect()
}

/// CSV as in RFC 4180.
fn rows_csv(chart: &Chart) -> Result<String, csv::Error> {
    let mut out = csv::WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    out.write_record(&chart.columns)?;
    for row in &chart.rows {
        out.write_record(row.iter().map(csv_field))?;
    }
    file::finish_table(out)
}

fn csv_field(value: &Cell) -> String {
    match value {
        Cell::Number(number) => number.to_string(),
        Cell::Time(at) => at.to_string(),
        Cell::Empty => String::new(),
        Cell::Text(text) => escape_cell(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_fields_are_never_formulas() {
        assert_eq!(csv_field(&"=1+1".into()), "'=1+1");
        assert_eq!(csv_field(&Cell::Number(-5)), "-5");
        let chart = Chart {
            columns: vec!["a", "b"],
            rows: vec![vec![1.into(), Cell::Empty], vec!["x, \"y\"".into(), "@z".into()]],
        };
        assert_eq!(rows_csv(&chart).unwrap(), "a,b\r\n1,\r\n\"x, \"\"y\"\"\",'@z\r\n");
        let chart = Chart { columns: vec!["a", "b"], rows: vec![vec![1.into(), Cell::Empty]] };
        assert_eq!(rows_json(&chart), json!([{"a": 1, "b": null}]));
    }
}
