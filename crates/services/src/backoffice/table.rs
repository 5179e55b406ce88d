//! A menu as a table (CSV, RFC 4180): a row for each heading, dish, question and choice, in their
//! order. What is written is read back exactly.
//!
//! Spreadsheets take cells that begin with `=`, `+`, `-` or `@` for formulas. Such texts get an
//! apostrophe before them, as do those that begin with one; one is taken off when they are read.

use domain::{
    menu::{Choice, Item, Menu, OptionGroup},
    money::{Currency, Money},
    text::Name,
    violation::Refused,
};
use events::menu::{CategoryBody, ChoiceBody, GroupBody, ItemBody, MenuBody};

use crate::web::file::{self, cell, text};

/// The columns.
const COLUMNS: [&str; 19] = [
    "category_id",
    "category",
    "dish_id",
    "dish",
    "description",
    "price",
    "allergens",
    "dietary",
    "hidden",
    "stock",
    "low_stock",
    "group_id",
    "group",
    "min",
    "max",
    "choice_id",
    "choice",
    "choice_price",
    "choice_allergens",
];

type Row = [String; COLUMNS.len()];

/// The table of a menu.
pub(super) fn write(menu: &Menu, currency: Currency) -> Result<String, csv::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(COLUMNS)?;
    for category in menu.categories() {
        let mut row = Row::default();
        (row[0], row[1]) = (category.id.to_string(), cell(category.name.as_str()));
        if category.items.is_empty() {
            out.write_record(&row)?;
        }
        for item in &category.items {
            write_item(&mut out, &row, item, currency)?;
        }
    }
    file::table(out)
}

fn write_item(
    out: &mut csv::Writer<Vec<u8>>,
    heading: &Row,
    item: &Item,
    currency: Currency,
) -> Result<(), csv::Error> {
    let mut row = heading.clone();
    let number = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
    row[2] = item.id.to_string();
    row[3] = cell(item.name.as_str());
    row[4] =
        cell(item.description.as_ref().map(ToString::to_string).as_deref().unwrap_or_default());
    row[5] = Money::new(item.price_minor, currency).decimal();
    row[6] = list(&item.allergens);
    row[7] = item.dietary.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    if item.hidden {
        "yes".clone_into(&mut row[8]);
    }
    (row[9], row[10]) = (number(item.stock), number(item.low_stock));
    out.write_record(&row)?;
    for group in &item.option_groups {
        // The rows below a dish say which one it is, and no more of it.
        let mut row = heading.clone();
        row[2] = item.id.to_string();
        write_group(out, row, group, currency)?;
    }
    Ok(())
}

fn write_group(
    out: &mut csv::Writer<Vec<u8>>,
    mut row: Row,
    group: &OptionGroup,
    currency: Currency,
) -> Result<(), csv::Error> {
    (row[11], row[12]) = (group.id.to_string(), cell(group.name.as_str()));
    (row[13], row[14]) = (group.min.to_string(), group.max.to_string());
    if group.options.is_empty() {
        out.write_record(&row)?;
    }
    for option in &group.options {
        let Choice { id, name, price_minor, allergens } = option;
        (row[15], row[16]) = (id.to_string(), cell(name.as_str()));
        row[17] = Money::new(*price_minor, currency).decimal();
        row[18] = list(allergens);
        out.write_record(&row)?;
    }
    Ok(())
}

/// Names with semicolons between them; a semicolon within one is written twice.
fn list(names: &[Name]) -> String {
    let names: Vec<_> = names.iter().map(|name| name.as_str().replace(';', ";;")).collect();
    cell(&names.join("; "))
}

fn names(cell: &str) -> Vec<String> {
    let (mut all, mut name) = (Vec::new(), String::new());
    let mut rest = text(cell).chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ';' if rest.peek() == Some(&';') => {
                rest.next();
                name.push(';');
            }
            ';' => all.push(std::mem::take(&mut name)),
            c => name.push(c),
        }
    }
    all.push(name);
    let trimmed = all.iter().map(|name| name.trim().to_owned());
    trimmed.filter(|name| !name.is_empty()).collect()
}

/// The menu of a table; else sentences that name line and column.
pub(super) fn read(table: &str, currency: Currency) -> Result<Menu, Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table.as_bytes());
    let place = columns(&mut reader)?;
    let mut reading =
        Reading { place, currency, line: 1, menu: Vec::new(), at: Vec::new(), errors: Vec::new() };
    for record in reader.records() {
        match record {
            Ok(record) => {
                reading.line = record.position().map_or(0, csv::Position::line);
                reading.row(&record);
            }
            Err(error) => reading.errors.push(format!("Line {}: {error}.", reading.line + 1)),
        }
    }
    reading.finish()
}

/// Where each column of ours stands.
fn columns(reader: &mut csv::Reader<&[u8]>) -> Result<[Option<usize>; COLUMNS.len()], Vec<String>> {
    let headers = reader.headers().map_err(|error| vec![format!("Line 1: {error}.")])?.clone();
    let unknown = headers.iter().find(|name| !COLUMNS.contains(&name.trim()));
    if let Some(name) = unknown {
        return Err(vec![format!(
            "Line 1: {name:?} is not a column of a menu. They are: {}.",
            COLUMNS.join(", ")
        )]);
    }
    let place = COLUMNS.map(|column| headers.iter().position(|name| name.trim() == column));
    let needed = ["category_id", "category", "dish_id", "dish", "price"];
    let missing = COLUMNS.iter().zip(&place).find(|(c, at)| needed.contains(c) && at.is_none());
    match missing {
        Some((column, _)) => Err(vec![format!("Line 1: the column {column} is missing.")]),
        None => Ok(place),
    }
}

/// A table on its way to a menu.
struct Reading {
    place: [Option<usize>; COLUMNS.len()],
    currency: Currency,
    line: u64,
    menu: Vec<CategoryBody>,
    /// The lines of headings, dishes, questions and choices, by their paths.
    at: Vec<(String, u64)>,
    errors: Vec<String>,
}

impl Reading {
    fn wrong(&mut self, column: usize, told: impl std::fmt::Display) {
        self.errors.push(format!("Line {}, column {}: {told}.", self.line, COLUMNS[column]));
    }

    fn number(&mut self, cells: &[&str], column: usize) -> Option<u32> {
        let cell = Some(cells[column]).filter(|cell| !cell.is_empty())?;
        let number = cell.parse();
        if number.is_err() {
            self.wrong(column, format!("{cell:?} is not a whole number"));
        }
        number.ok()
    }

    fn price(&mut self, cells: &[&str], column: usize) -> i64 {
        match self.currency.minor(cells[column]) {
            Ok(minor) => minor,
            Err(error) => {
                self.wrong(column, format!("{:?} {error}", cells[column]));
                0
            }
        }
    }

    fn row(&mut self, record: &csv::StringRecord) {
        let cells = self.place.map(|at| at.and_then(|at| record.get(at)).unwrap_or("").trim());
        if cells.iter().all(|cell| cell.is_empty()) {
            return;
        }
        if cells[0].is_empty() {
            self.wrong(0, "is empty: it says which heading the row belongs to");
            return;
        }
        let c = self.category(&cells);
        if cells[2].is_empty() {
            return;
        }
        let Some(i) = self.item(c, &cells) else { return };
        if !cells[11].is_empty() {
            self.group(c, i, &cells);
        }
    }

    /// The heading of a row, which may have had dishes before.
    fn category(&mut self, cells: &[&str]) -> usize {
        if let Some(c) = self.menu.iter().position(|category| category.id == cells[0]) {
            return c;
        }
        let c = self.menu.len();
        self.at.push((format!("categories[{c}]"), self.line));
        let (id, name) = (cells[0].to_owned(), text(cells[1]).to_owned());
        self.menu.push(CategoryBody { id, name, items: Vec::new() });
        c
    }

    /// The dish of a row: a new one, or, in a row with a question, the one above.
    fn item(&mut self, c: usize, cells: &[&str]) -> Option<usize> {
        let known = self.menu[c].items.iter().position(|item| item.id == cells[2]);
        if !cells[11].is_empty() {
            if known.is_none() {
                self.wrong(2, format!("{:?} has no row of its own above", cells[2]));
            }
            return known;
        }
        let hidden = match cells[8].to_lowercase().as_str() {
            "" | "no" | "false" | "0" => false,
            "yes" | "true" | "1" => true,
            other => {
                self.wrong(8, format!("{other:?} is neither yes nor no"));
                false
            }
        };
        let item = ItemBody {
            id: cells[2].to_owned(),
            name: text(cells[3]).to_owned(),
            description: text(cells[4]).to_owned(),
            price_minor: self.price(cells, 5),
            allergens: names(cells[6]),
            dietary: names(cells[7]),
            stock: self.number(cells, 9),
            low_stock: self.number(cells, 10),
            hidden,
            option_groups: Vec::new(),
        };
        let i = self.menu[c].items.len();
        self.at.push((format!("categories[{c}].items[{i}]"), self.line));
        self.menu[c].items.push(item);
        Some(i)
    }

    fn group(&mut self, c: usize, i: usize, cells: &[&str]) {
        let (min, max) = (self.number(cells, 13), self.number(cells, 14));
        let groups = &mut self.menu[c].items[i].option_groups;
        let known = groups.iter().position(|group| group.id == cells[11]);
        let g = known.unwrap_or(groups.len());
        let path = format!("categories[{c}].items[{i}].option_groups[{g}]");
        if known.is_none() {
            self.at.push((path.clone(), self.line));
            groups.push(GroupBody {
                id: cells[11].to_owned(),
                name: text(cells[12]).to_owned(),
                min: min.unwrap_or(0),
                max: max.unwrap_or(1),
                options: Vec::new(),
            });
        }
        if cells[15].is_empty() {
            return;
        }
        let price_minor = if cells[17].is_empty() { 0 } else { self.price(cells, 17) };
        let options = &mut self.menu[c].items[i].option_groups[g].options;
        self.at.push((format!("{path}.options[{}]", options.len()), self.line));
        options.push(ChoiceBody {
            id: cells[15].to_owned(),
            name: text(cells[16]).to_owned(),
            price_minor,
            allergens: names(cells[18]),
        });
    }

    fn finish(self) -> Result<Menu, Vec<String>> {
        let Self { menu: categories, at, errors, .. } = self;
        if !errors.is_empty() {
            return Err(errors);
        }
        MenuBody { categories }.check().map_err(|Refused(violations)| {
            let told = |violation: &domain::violation::Violation| {
                // The longest path that it begins with is the thing itself.
                let within = at.iter().filter(|(path, _)| violation.field.starts_with(path));
                let place = within.max_by_key(|(path, _)| path.len());
                let line = place.map_or(1, |(_, line)| *line);
                let field = violation.field.rsplit(['.', ']']).next().unwrap_or_default();
                format!("Line {line}, {}: {}.", column(&violation.field, field), violation.wrong)
            };
            violations.iter().map(told).collect()
        })
    }
}

/// The column of a field of the event.
fn column(path: &str, field: &str) -> String {
    let (thing, name) = match () {
        () if path.contains(".options[") => ("choice", field),
        () if path.contains(".option_groups[") => ("group", field),
        () if path.contains(".items[") => ("dish", field),
        () => ("category", field),
    };
    let column = match (thing, name) {
        (thing, "id") => format!("{thing}_id"),
        (thing, "name") => thing.to_owned(),
        ("choice", "price_minor") => "choice_price".to_owned(),
        (_, "price_minor") => "price".to_owned(),
        ("choice", "") => "choice_allergens".to_owned(),
        ("dish", "") if path.contains("dietary") => "dietary".to_owned(),
        ("dish", "") => "allergens".to_owned(),
        (_, other) => other.to_owned(),
    };
    format!("column {column}")
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
