//! A menu as a table (CSV, RFC 4180): a row for each category, dish, option group and option, in
//! order. A written table is read back exactly.
//!
//! Spreadsheets run cells that begin with `=`, `+`, `-` or `@` as formulas. Such texts are written
//! with a leading apostrophe, as are those that begin with one; reading removes it.

mod error;
mod read;
mod write;

use std::ops::{Index, IndexMut};

use domain::text::Name;

pub(super) use self::{read::read_table, write::write_table};
use web::file::{escape_cell, unescape_cell};

/// The columns, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    CategoryId,
    Category,
    DishId,
    Dish,
    Description,
    Price,
    Allergens,
    Dietary,
    Hidden,
    Stock,
    LowStock,
    Tax,
    TaxDelivery,
    GroupId,
    Group,
    Min,
    Max,
    ChoiceId,
    Choice,
    ChoicePrice,
    ChoiceAllergens,
}

/// The columns with their names in the first row.
const COLUMNS: [(Column, &str); 21] = [
    (Column::CategoryId, "category_id"),
    (Column::Category, "category"),
    (Column::DishId, "dish_id"),
    (Column::Dish, "dish"),
    (Column::Description, "description"),
    (Column::Price, "price"),
    (Column::Allergens, "allergens"),
    (Column::Dietary, "dietary"),
    (Column::Hidden, "hidden"),
    (Column::Stock, "stock"),
    (Column::LowStock, "low_stock"),
    (Column::Tax, "tax"),
    (Column::TaxDelivery, "tax_delivery"),
    (Column::GroupId, "group_id"),
    (Column::Group, "group"),
    (Column::Min, "min"),
    (Column::Max, "max"),
    (Column::ChoiceId, "choice_id"),
    (Column::Choice, "choice"),
    (Column::ChoicePrice, "choice_price"),
    (Column::ChoiceAllergens, "choice_allergens"),
];

/// One value for each column.
#[derive(Clone, Default)]
struct Row<T>([T; COLUMNS.len()]);

impl<T> Index<Column> for Row<T> {
    type Output = T;

    fn index(&self, column: Column) -> &T {
        &self.0[column as usize]
    }
}

impl<T> IndexMut<Column> for Row<T> {
    fn index_mut(&mut self, column: Column) -> &mut T {
        &mut self.0[column as usize]
    }
}

/// Joins names with semicolons; a semicolon within a name is doubled.
fn join_names(names: &[Name]) -> String {
    let names: Vec<_> = names.iter().map(|name| name.as_str().replace(';', ";;")).collect();
    escape_cell(&names.join("; "))
}

/// Splits what [`join_names`] has joined.
fn split_names(cell: &str) -> Vec<String> {
    let (mut all, mut name) = (Vec::new(), String::new());
    let mut rest = unescape_cell(cell).chars().peekable();
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

#[cfg(test)]
mod tests;
