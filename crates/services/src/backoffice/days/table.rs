//! The report as CSV, for spreadsheets and bookkeeping programs.

use csv::Terminator;
use domain::{
    books::{BookRow, DayBooks},
    money::Money,
};
use web::file::{self, escape_cell};

use super::DayReport;

/// What spreadsheets recognise UTF-8 by.
const MARK: &str = "\u{feff}";

const COLUMNS: [&str; 15] = [
    "date",
    "restaurant_id",
    "currency",
    "method",
    "movement",
    "tax_id",
    "tax_name",
    "tax_percent",
    "dishes",
    "delivery",
    "net",
    "tax",
    "gross",
    "tips",
    "total",
];

/// How decimals are written. Spreadsheets expect what is usual in their country, and semicolons
/// between the fields where commas are in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decimal {
    /// `12.50`, with commas between fields (RFC 4180).
    #[default]
    Point,
    /// `12,50`, with semicolons between fields.
    Comma,
}

impl Decimal {
    const fn separator(self) -> u8 {
        match self {
            Self::Point => b',',
            Self::Comma => b';',
        }
    }

    fn write(self, number: String) -> String {
        match self {
            Self::Point => number,
            Self::Comma => number.replace('.', ","),
        }
    }
}

/// The report as a table: a row for each method, movement and tax rate. Refunds are negative, so
/// that a column comes to the balance of the day; there are no rows of sums.
pub fn report_table(report: &DayReport, decimal: Decimal) -> Result<String, csv::Error> {
    let mut out = csv::WriterBuilder::new()
        .delimiter(decimal.separator())
        .terminator(Terminator::CRLF)
        .from_writer(MARK.as_bytes().to_vec());
    out.write_record(COLUMNS)?;
    for books in &report.books {
        for row in &books.rows {
            out.write_record(cells(report, books, row, decimal))?;
        }
    }
    file::finish_table(out)
}

fn cells(
    report: &DayReport,
    books: &DayBooks,
    row: &BookRow,
    decimal: Decimal,
) -> [String; COLUMNS.len()] {
    let amount = |minor| decimal.write(Money::new(minor, books.currency).decimal());
    let rate = row.rate.as_ref();
    let name = rate.and_then(|rate| rate.name.as_ref()).map(|name| escape_cell(name.as_str()));
    let percent = rate.and_then(|rate| rate.percent);
    [
        report.date.to_string(),
        report.restaurant.id.to_string(),
        books.currency.code().to_owned(),
        row.method.name().to_owned(),
        row.direction.name().to_owned(),
        rate.map(|rate| rate.id.to_string()).unwrap_or_default(),
        name.unwrap_or_default(),
        percent.map(|percent| decimal.write(percent.to_string())).unwrap_or_default(),
        amount(row.amounts.dishes_minor),
        amount(row.amounts.delivery_minor),
        amount(row.amounts.net_minor()),
        amount(row.amounts.tax_minor),
        amount(row.amounts.gross_minor()),
        amount(row.amounts.tips_minor),
        amount(row.amounts.total_minor()),
    ]
}
