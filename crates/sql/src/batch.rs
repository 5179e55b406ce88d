//! The rows of a bulk statement, column by column.

use serde::Serialize;

/// The rows of one statement: one per item, with the columns added one by one.
///
/// In the statement, `{rows}` stands for a table `r` with these columns.
pub(super) struct Batch<'a, T> {
    items: &'a [T],
    columns: Columns,
}

/// Column names with their cells.
pub(super) type Columns = Vec<(&'static str, Cells)>;

/// The cells of one column.
pub(super) enum Cells {
    Text(Vec<Option<String>>),
    Number(Vec<Option<i64>>),
}

impl<'a, T> Batch<'a, T> {
    /// One row per item, without columns yet.
    pub(super) fn of(items: &'a [T]) -> Self {
        Self { items, columns: Vec::new() }
    }

    /// True if there are no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Adds a column of text.
    pub(super) fn text<V: Into<Option<String>>>(
        mut self,
        name: &'static str,
        cell: impl Fn(&'a T) -> V,
    ) -> Self {
        let cells = self.items.iter().map(|item| cell(item).into()).collect();
        self.columns.push((name, Cells::Text(cells)));
        self
    }

    /// Adds a column of numbers.
    pub(super) fn number<V: Into<Option<i64>>>(
        mut self,
        name: &'static str,
        cell: impl Fn(&'a T) -> V,
    ) -> Self {
        let cells = self.items.iter().map(|item| cell(item).into()).collect();
        self.columns.push((name, Cells::Number(cells)));
        self
    }

    /// The columns.
    pub(super) fn columns(self) -> Columns {
        self.columns
    }
}

/// PostgreSQL gets one array per column, which costs a tenth of the CPU of JSON.
pub(super) fn postgres_rows(columns: &Columns) -> String {
    let (mut arrays, mut names) = (Vec::new(), Vec::new());
    for (n, (name, cells)) in columns.iter().enumerate() {
        let kind = match cells {
            Cells::Text(_) => "text",
            Cells::Number(_) => "bigint",
        };
        arrays.push(format!("${}::{kind}[]", n + 1));
        names.push(*name);
    }
    format!("UNNEST({}) AS r({})", arrays.join(", "), names.join(", "))
}

/// SQLite has no arrays: the rows are one JSON array of arrays.
pub(super) fn sqlite_rows(columns: &Columns) -> String {
    let cell = |(n, (name, _)): (usize, &(&str, Cells))| format!("value->>{n} AS {name}");
    let cells: Vec<_> = columns.iter().enumerate().map(cell).collect();
    format!("(SELECT {} FROM json_each($1)) AS r", cells.join(", "))
}

/// The rows as JSON, for SQLite.
pub(super) fn json(columns: &Columns) -> String {
    let length = columns.first().map_or(0, |(_, cells)| match cells {
        Cells::Text(cells) => cells.len(),
        Cells::Number(cells) => cells.len(),
    });
    let row = |row: usize| columns.iter().map(move |(_, cells)| cells.at(row));
    let rows: Vec<Vec<_>> = (0..length).map(|n| row(n).collect()).collect();
    // Text and numbers always serialise.
    serde_json::to_string(&rows).unwrap_or_default()
}

/// One cell.
#[derive(Serialize)]
#[serde(untagged)]
enum Cell<'a> {
    Text(&'a Option<String>),
    Number(Option<i64>),
}

impl Cells {
    fn at(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Text(cells) => Cell::Text(&cells[row]),
            Self::Number(cells) => Cell::Number(cells[row]),
        }
    }
}
