//! `GET /api/analytics/charts/{chart}.csv` and `.json`: the rows behind a chart.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use csv::Terminator;
use domain::{
    facts::{Cell, Chart, ChartId, charts},
    ports::{FactStore, LagProbe},
};
use serde_json::{Map, Value, json};

use super::{Figures, ask::View};
use web::{
    Problem,
    file::{self, attachment, cell},
};

pub(super) async fn chart<F: FactStore, L: LagProbe>(
    State(figures): State<Arc<Figures<F, L>>>,
    Path(file): Path<String>,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("chart");
    let (name, kind) = file.rsplit_once('.').ok_or_else(unknown)?;
    let id: ChartId = name.parse().map_err(|_| unknown())?;
    let shown = view.parse(&figures.catalog, figures.clock.now())?;
    let board = figures.facts.board(&shown.ask).await?;
    let chart = charts(id, &board, &shown.window, &shown.zone);
    match kind {
        "json" => Ok(Json(json!({"chart": id.name(), "rows": rows_json(&chart)})).into_response()),
        "csv" => {
            let table = csv(&chart).map_err(|e| Problem::unavailable(e.to_string()))?;
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

/// RFC 4180.
fn csv(chart: &Chart) -> Result<String, csv::Error> {
    let mut out = csv::WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    out.write_record(&chart.columns)?;
    for row in &chart.rows {
        out.write_record(row.iter().map(csv_cell))?;
    }
    file::table(out)
}

fn csv_cell(value: &Cell) -> String {
    match value {
        Cell::Number(number) => number.to_string(),
        Cell::Time(at) => at.to_string(),
        Cell::Empty => String::new(),
        Cell::Text(text) => cell(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheets_get_text_as_text() {
        assert_eq!(csv_cell(&"=1+1".into()), "'=1+1");
        assert_eq!(csv_cell(&Cell::Number(-5)), "-5");
        let chart = Chart {
            columns: vec!["a", "b"],
            rows: vec![vec![1.into(), Cell::Empty], vec!["x, \"y\"".into(), "@z".into()]],
        };
        assert_eq!(csv(&chart).unwrap(), "a,b\r\n1,\r\n\"x, \"\"y\"\"\",'@z\r\n");
        let chart = Chart { columns: vec!["a", "b"], rows: vec![vec![1.into(), Cell::Empty]] };
        assert_eq!(rows_json(&chart), json!([{"a": 1, "b": null}]));
    }
}
