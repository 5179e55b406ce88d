//! Files for people to keep, and what stands in tables for spreadsheets.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// An answer that browsers save under a name.
pub fn attachment(kind: &'static str, name: &str, content: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers =
        [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, content).into_response()
}

/// A table as text; all that was written to it is.
pub fn table(written: csv::Writer<Vec<u8>>) -> Result<String, csv::Error> {
    let bytes = written.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A text that no spreadsheet takes for a formula.
pub fn cell(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\'']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// The text of such a cell.
pub fn text(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_text_and_comes_back_as_it_was() {
        for (plain, told) in [("a,b", "a,b"), ("=1+1", "'=1+1"), ("@x", "'@x"), ("'t", "''t")] {
            assert_eq!((cell(plain).as_str(), text(told)), (told, plain));
        }
    }
}
