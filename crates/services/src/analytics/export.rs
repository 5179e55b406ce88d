//! `GET /api/analytics/charts/{chart}.csv` and `.json`: the rows behind a chart.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use domain::{
    facts::{Cell, Chart, ChartId, charts},
    ports::{FactStore, LagProbe},
};
use serde_json::{Map, Value, json};

use super::{Figures, ask::View};
use crate::web::Problem;

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
            let name = format!("attachment; filename=\"{id}.csv\"");
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, name),
            ];
            Ok((headers, csv(&chart)).into_response())
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
fn csv(chart: &Chart) -> String {
    let line = |cells: Vec<String>| cells.join(",") + "\r\n";
    let head = line(chart.columns.iter().map(|name| (*name).to_owned()).collect());
    let rows = chart.rows.iter().map(|row| line(row.iter().map(csv_cell).collect()));
    std::iter::once(head).chain(rows).collect()
}

fn csv_cell(cell: &Cell) -> String {
    match cell {
        Cell::Number(number) => number.to_string(),
        Cell::Time(at) => at.to_string(),
        Cell::Empty => String::new(),
        Cell::Text(text) => {
            // What a spreadsheet would take for a formula is text.
            let formula = text.starts_with(['=', '+', '-', '@']);
            let text = if formula { format!("'{text}") } else { text.clone() };
            if text.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheets_get_text_as_text() {
        let cells = [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "'=1+1"),
            ("@x", "'@x"),
        ];
        for (text, told) in cells {
            assert_eq!(csv_cell(&text.into()), told);
        }
        assert_eq!(csv_cell(&Cell::Number(-5)), "-5");
        let chart = Chart { columns: vec!["a", "b"], rows: vec![vec![1.into(), Cell::Empty]] };
        assert_eq!(csv(&chart), "a,b\r\n1,\r\n");
        assert_eq!(rows_json(&chart), json!([{"a": 1, "b": null}]));
    }
}
