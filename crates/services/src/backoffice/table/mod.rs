//! A menu as a table (CSV, RFC 4180): a row for each heading, dish, question and choice, in their
//! order. What is written is read back exactly.
//!
//! Spreadsheets take cells that begin with `=`, `+`, `-` or `@` for formulas. Such texts get an
//! apostrophe before them, as do those that begin with one; one is taken off when they are read.

mod read;
mod told;
mod write;

use std::ops::{Index, IndexMut};

use domain::text::Name;

pub(super) use self::{read::read, write::write};
use web::file::{cell, text};

/// A column, in the order in which they are written.
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
    GroupId,
    Group,
    Min,
    Max,
    ChoiceId,
    Choice,
    ChoicePrice,
    ChoiceAllergens,
}

/// What the first row calls them.
const COLUMNS: [(Column, &str); 19] = [
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

#[cfg(test)]
mod tests;
