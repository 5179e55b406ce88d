//! Writes a menu as a table.

use domain::{
    menu::{Choice, Item, Menu, OptionGroup},
    money::{Currency, Money},
};

use super::{
    COLUMNS,
    Column::{
        Allergens, Category, CategoryId, ChoiceAllergens, ChoiceId, ChoicePrice, Description,
        Dietary, Dish, DishId, Group, GroupId, Hidden, LowStock, Max, Min, Price, Stock, Tax,
        TaxDelivery,
    },
    join_names,
};
use web::file::{self, escape_cell};

type Row = super::Row<String>;
type Out = csv::Writer<Vec<u8>>;

/// The table of a menu.
pub(in super::super) fn write_table(menu: &Menu, currency: Currency) -> Result<String, csv::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(COLUMNS.map(|(_, name)| name))?;
    for category in menu.categories() {
        let mut row = Row::default();
        row[CategoryId] = category.id.to_string();
        row[Category] = escape_cell(category.name.as_str());
        if category.items.is_empty() {
            out.write_record(&row.0)?;
        }
        for item in &category.items {
            write_item(&mut out, &row, item, currency)?;
        }
    }
    file::finish_table(out)
}

fn write_item(
    out: &mut Out,
    category_row: &Row,
    item: &Item,
    currency: Currency,
) -> Result<(), csv::Error> {
    let mut row = category_row.clone();
    let number = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
    let description = item.description.as_ref().map(ToString::to_string).unwrap_or_default();
    row[DishId] = item.id.to_string();
    row[Dish] = escape_cell(item.name.as_str());
    row[Description] = escape_cell(&description);
    row[Price] = Money::new(item.price_minor, currency).decimal();
    row[Allergens] = join_names(&item.allergens);
    row[Dietary] = item.dietary.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    row[Hidden] = if item.hidden { "yes".to_owned() } else { String::new() };
    row[Stock] = number(item.stock);
    row[LowStock] = number(item.low_stock);
    row[Tax] = item.tax.as_ref().map(ToString::to_string).unwrap_or_default();
    row[TaxDelivery] = item.tax_delivery.as_ref().map(ToString::to_string).unwrap_or_default();
    out.write_record(&row.0)?;
    for group in &item.option_groups {
        // The rows below a dish carry only its id.
        let mut row = category_row.clone();
        row[DishId] = item.id.to_string();
        write_group(out, row, group, currency)?;
    }
    Ok(())
}

fn write_group(
    out: &mut Out,
    mut row: Row,
    group: &OptionGroup,
    currency: Currency,
) -> Result<(), csv::Error> {
    row[GroupId] = group.id.to_string();
    row[Group] = escape_cell(group.name.as_str());
    (row[Min], row[Max]) = (group.min.to_string(), group.max.to_string());
    if group.options.is_empty() {
        out.write_record(&row.0)?;
    }
    for option in &group.options {
        let Choice { id, name, price_minor, allergens } = option;
        row[ChoiceId] = id.to_string();
        row[super::Column::Choice] = escape_cell(name.as_str());
        row[ChoicePrice] = Money::new(*price_minor, currency).decimal();
        row[ChoiceAllergens] = join_names(allergens);
        out.write_record(&row.0)?;
    }
    Ok(())
}
