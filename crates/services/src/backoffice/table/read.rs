//! Reads a table as a menu.

use domain::{menu::Menu, money::Currency, violation::Violations};
use events::menu::{CategoryBody, ChoiceBody, GroupBody, ItemBody, MenuBody};

use super::{
    COLUMNS,
    Column::{
        self, Allergens, Category, CategoryId, Choice, ChoiceAllergens, ChoiceId, ChoicePrice,
        Description, Dietary, Dish, DishId, Group, GroupId, Hidden, LowStock, Max, Min, Price,
        Stock, Tax, TaxDelivery,
    },
    Row,
    error::{Origin, describe_violation},
    split_names,
};
use web::file::unescape_cell;

/// Columns that every table must have.
const REQUIRED: [Column; 5] = [CategoryId, Category, DishId, Dish, Price];

type Cells<'a> = Row<&'a str>;

/// The menu in a table, or an error message for each violation with its line and column.
pub(in super::super) fn read_table(table: &str, currency: Currency) -> Result<Menu, Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(table.as_bytes());
    let positions = locate_columns(&mut reader)?;
    let mut table = TableReader {
        currency,
        line: 1,
        menu: Vec::new(),
        origins: Vec::new(),
        errors: Vec::new(),
    };
    for record in reader.records() {
        match record {
            Ok(record) => {
                table.line = record.position().map_or(0, csv::Position::line);
                let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).unwrap_or("");
                table.read_row(&Row(positions.0.map(|at| cell(at).trim())));
            }
            Err(error) => table.errors.push(format!("Line {}: {error}.", table.line + 1)),
        }
    }
    table.finish()
}

/// Position of each column in the table; `None` for an absent one.
fn locate_columns(reader: &mut csv::Reader<&[u8]>) -> Result<Row<Option<usize>>, Vec<String>> {
    let headers = reader.headers().map_err(|error| vec![format!("Line 1: {error}.")])?.clone();
    let ours = COLUMNS.map(|(_, name)| name);
    if let Some(name) = headers.iter().find(|name| !ours.contains(&name.trim())) {
        let all = ours.join(", ");
        return Err(vec![format!("Line 1: {name:?} is not a column of a menu. They are: {all}.")]);
    }
    let positions = Row(ours.map(|ours| headers.iter().position(|name| name.trim() == ours)));
    match COLUMNS
        .iter()
        .find(|(column, _)| REQUIRED.contains(column) && positions[*column].is_none())
    {
        Some((_, name)) => Err(vec![format!("Line 1: the column {name} is missing.")]),
        None => Ok(positions),
    }
}

/// State while reading a table.
struct TableReader {
    currency: Currency,
    line: u64,
    menu: Vec<CategoryBody>,
    origins: Vec<Origin>,
    errors: Vec<String>,
}

impl TableReader {
    fn add_error(&mut self, column: Column, reason: impl std::fmt::Display) {
        let (_, name) = COLUMNS[column as usize];
        self.errors.push(format!("Line {}, column {name}: {reason}.", self.line));
    }

    fn read_number(&mut self, cells: &Cells<'_>, column: Column) -> Option<u32> {
        let cell = Some(cells[column]).filter(|cell| !cell.is_empty())?;
        let number = cell.parse();
        if number.is_err() {
            self.add_error(column, format!("{cell:?} is not a whole number"));
        }
        number.ok()
    }

    fn read_price(&mut self, cells: &Cells<'_>, column: Column) -> i64 {
        match self.currency.minor(cells[column]) {
            Ok(minor) => minor,
            Err(error) => {
                self.add_error(column, format!("{:?} {error}", cells[column]));
                0
            }
        }
    }

    fn read_flag(&mut self, cells: &Cells<'_>, column: Column) -> bool {
        match cells[column].to_lowercase().as_str() {
            "" | "no" | "false" | "0" => false,
            "yes" | "true" | "1" => true,
            other => {
                self.add_error(column, format!("{other:?} is neither yes nor no"));
                false
            }
        }
    }

    fn read_row(&mut self, cells: &Cells<'_>) {
        if cells.0.iter().all(|cell| cell.is_empty()) {
            return;
        }
        if cells[CategoryId].is_empty() {
            self.add_error(CategoryId, "is empty: it says which heading the row belongs to");
            return;
        }
        let c = self.category_index(cells);
        if cells[DishId].is_empty() {
            return;
        }
        let known = self.menu[c].items.iter().position(|item| item.id == cells[DishId]);
        match known {
            _ if cells[GroupId].is_empty() => self.read_item(c, cells),
            Some(i) => self.read_group(c, i, cells),
            None => {
                self.add_error(DishId, format!("{:?} has no row of its own above", cells[DishId]));
            }
        }
    }

    /// Index of the row's category, which an earlier row may have added.
    fn category_index(&mut self, cells: &Cells<'_>) -> usize {
        if let Some(c) = self.menu.iter().position(|category| category.id == cells[CategoryId]) {
            return c;
        }
        let c = self.menu.len();
        self.origins.push((format!("categories[{c}]"), self.line));
        let (id, name) = (cells[CategoryId].to_owned(), unescape_cell(cells[Category]).to_owned());
        self.menu.push(CategoryBody { id, name, items: Vec::new() });
        c
    }

    fn read_item(&mut self, c: usize, cells: &Cells<'_>) {
        let hidden = self.read_flag(cells, Hidden);
        let item = ItemBody {
            id: cells[DishId].to_owned(),
            name: unescape_cell(cells[Dish]).to_owned(),
            description: unescape_cell(cells[Description]).to_owned(),
            price_minor: self.read_price(cells, Price),
            allergens: split_names(cells[Allergens]),
            dietary: split_names(cells[Dietary]),
            stock: self.read_number(cells, Stock),
            low_stock: self.read_number(cells, LowStock),
            tax: optional(cells[Tax]),
            tax_delivery: optional(cells[TaxDelivery]),
            hidden,
            option_groups: Vec::new(),
        };
        let i = self.menu[c].items.len();
        self.origins.push((format!("categories[{c}].items[{i}]"), self.line));
        self.menu[c].items.push(item);
    }

    /// Reads an option of a group, which an earlier row may have added.
    fn read_group(&mut self, c: usize, i: usize, cells: &Cells<'_>) {
        let (min, max) = (self.read_number(cells, Min), self.read_number(cells, Max));
        let groups = &mut self.menu[c].items[i].option_groups;
        let known = groups.iter().position(|group| group.id == cells[GroupId]);
        let g = known.unwrap_or(groups.len());
        let path = format!("categories[{c}].items[{i}].option_groups[{g}]");
        if known.is_none() {
            groups.push(GroupBody {
                id: cells[GroupId].to_owned(),
                name: unescape_cell(cells[Group]).to_owned(),
                min: min.unwrap_or(0),
                max: max.unwrap_or(1),
                options: Vec::new(),
            });
            self.origins.push((path.clone(), self.line));
        }
        if cells[ChoiceId].is_empty() {
            return;
        }
        let is_free = cells[ChoicePrice].is_empty();
        let price_minor = if is_free { 0 } else { self.read_price(cells, ChoicePrice) };
        let options = &mut self.menu[c].items[i].option_groups[g].options;
        self.origins.push((format!("{path}.options[{}]", options.len()), self.line));
        options.push(ChoiceBody {
            id: cells[ChoiceId].to_owned(),
            name: unescape_cell(cells[Choice]).to_owned(),
            price_minor,
            allergens: split_names(cells[ChoiceAllergens]),
        });
    }

    fn finish(self) -> Result<Menu, Vec<String>> {
        let Self { menu: categories, origins, errors, .. } = self;
        if !errors.is_empty() {
            return Err(errors);
        }
        MenuBody { currency: None, categories }.check().map_err(|Violations(violations)| {
            violations.iter().map(|violation| describe_violation(violation, &origins)).collect()
        })
    }
}

fn optional(cell: &str) -> Option<String> {
    Some(cell).filter(|cell| !cell.is_empty()).map(str::to_owned)
}
