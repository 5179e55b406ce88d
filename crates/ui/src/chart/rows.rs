//! The rows of a chart as a table, folded below it, with links to files for programs and
//! spreadsheets.

use maud::{Markup, html};

/// Rows of a chart.
pub(crate) struct Rows<'a> {
    /// The stem of ids on the page.
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    /// The label that unfolds it.
    pub(crate) open: &'a str,
    pub(crate) columns: Vec<&'a str>,
    /// The first cell names the row, and leads to its orders.
    pub(crate) cells: Vec<(Option<String>, Vec<String>)>,
    /// Where the same rows are, without `csv` or `json`.
    pub(crate) files: Vec<(&'static str, String)>,
}

/// The table.
pub(crate) fn rows(rows: &Rows<'_>) -> Markup {
    html! {
        details.rows id={ (rows.id) "-rows" } {
            summary { (rows.open) span.visually-hidden { ": " (rows.title) } }
            div.table-scroll tabindex="0" role="region" aria-label=(rows.title) {
                table.figures-table {
                    thead { tr { @for name in &rows.columns { th scope="col" { (name) } } } }
                    tbody {
                        @for (href, cells) in &rows.cells {
                            tr {
                                @for (n, cell) in cells.iter().enumerate() {
                                    @match (n, href) {
                                        (0, Some(href)) => th scope="row" {
                                            a href=(href) { (cell) }
                                        },
                                        (0, None) => th scope="row" { (cell) },
                                        _ => td { (cell) },
                                    }
                                }
                            }
                        }
                    }
                }
            }
            p.files {
                @for (name, href) in &rows.files { a href=(href) download { (name) } " " }
            }
        }
    }
}
