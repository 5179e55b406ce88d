//! Downloads, and cells of CSV files for spreadsheets.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// A response that browsers save as a file.
pub fn attachment(kind: &'static str, name: &str, content: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers =
        [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, content).into_response()
}

/// The text of a written CSV table.
pub fn finish_table(written: csv::Writer<Vec<u8>>) -> Result<String, csv::Error> {
    let bytes = written.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Escapes a text so that no spreadsheet reads it as a formula.
pub fn escape_cell(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\'']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// Undoes [`escape_cell`].
pub fn unescape_cell(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_escaped_and_restored() {
        for (plain, escaped) in [("a,b", "a,b"), ("=1+1", "'=1+1"), ("@x", "'@x"), ("'t", "''t")] {
            assert_eq!((escape_cell(plain).as_str(), unescape_cell(escaped)), (escaped, plain));
        }
    }
}
