//! Round trips between menus and tables.

use domain::{
    fixtures,
    menu::{Category, Choice, Dietary, Item, Menu, OptionGroup},
    money::Currency,
};
use proptest::prelude::*;

use super::*;

fn round_trip(menu: &Menu, currency: Currency) -> Result<Menu, Vec<String>> {
    read_table(&write_table(menu, currency).unwrap(), currency)
}

#[test]
fn columns_are_in_the_order_of_their_enum() {
    for (position, (column, name)) in COLUMNS.iter().enumerate() {
        assert_eq!(*column as usize, position, "{name}");
    }
}

#[test]
fn a_menu_is_read_back_exactly() {
    let menu = fixtures::menu();
    assert_eq!(round_trip(&menu, Currency::EUR).unwrap(), menu);
    let table = write_table(&menu, Currency::EUR).unwrap();
    assert!(table.contains("pizza,Pizza,margherita,Margherita,,9.50,"), "{table}");
    let read_again = read_table(&table.replace('\n', "\r\n"), Currency::EUR).unwrap();
    assert_eq!(read_again, menu);
}

fn errors(rows: &str) -> Vec<String> {
    let table = format!(
        "category_id,category,dish_id,dish,price,hidden,stock,group_id,group,max,choice_id,choice,choice_price\n{rows}"
    );
    read_table(&table, Currency::EUR).unwrap_err()
}

#[test]
fn errors_name_line_and_column() {
    assert_eq!(
        errors("a,A,x,X,9.999,maybe,lots\n,A,y,Y,1"),
        [
            "Line 2, column hidden: \"maybe\" is neither yes nor no.",
            "Line 2, column price: \"9.999\" must have at most 2 decimals.",
            "Line 2, column stock: \"lots\" is not a whole number.",
            "Line 3, column category_id: is empty: it says which heading the row belongs to.",
        ]
    );
    assert_eq!(
        errors("a,A,x,X,1\n\na,A,x,X,2\na,A,No Slug,,1"),
        [
            "Line 5, column dish_id: must be 1 to 64 lower-case letters, digits and hyphens, beginning with a letter or digit.",
            "Line 5, column dish: must not be empty.",
        ]
    );
    assert_eq!(errors("a,A,x,X,1\na,A,x,X,2"), ["Line 3, column dish_id: x is used twice."]);
    assert_eq!(
        errors("a,A,x,X,1,,,,,,,,\na,A,y,,,,,g,G,1,o,O,1"),
        ["Line 3, column dish_id: \"y\" has no row of its own above."]
    );
    assert_eq!(
        errors("a,A,x,X,1,,,,,,,,\na,A,x,,,,,g,G,0,o,O,free"),
        ["Line 3, column choice_price: \"free\" must be an amount such as 9.50."]
    );
    let errors = read_table("dish,colour\n", Currency::EUR).unwrap_err();
    assert!(errors[0].starts_with("Line 1: \"colour\" is not a column"), "{errors:?}");
    let errors = read_table("category_id,category,dish_id,dish\n", Currency::EUR).unwrap_err();
    assert_eq!(errors, ["Line 1: the column price is missing."]);
}

#[test]
fn no_cell_is_a_formula() {
    let mut categories = fixtures::menu().categories().to_vec();
    categories[0].items[0].name = "=HYPERLINK(\"http://evil\")".parse().unwrap();
    categories[0].items[1].name = "'quoted".parse().unwrap();
    let menu = Menu::new(categories).unwrap();
    let table = write_table(&menu, Currency::EUR).unwrap();
    assert!(table.contains("\"'=HYPERLINK") && table.contains("''quoted"), "{table}");
    assert_eq!(round_trip(&menu, Currency::EUR).unwrap(), menu);
}

fn any_name() -> impl Strategy<Value = Name> {
    "[-=+@'\";,;a-zéラ ]{0,12}[a-z;']".prop_map(|text| text.parse().unwrap())
}

fn any_names() -> impl Strategy<Value = Vec<Name>> {
    // Names are trimmed, so they neither begin nor end with white space.
    prop::collection::vec("[a-zé;',]{1,6}( [a-z;]{1,3})?", 0..3)
        .prop_map(|all| all.iter().map(|text| text.parse().unwrap()).collect())
}

fn any_group(n: usize) -> impl Strategy<Value = OptionGroup> {
    let choices = prop::collection::vec((any_name(), 0..10_000_i64, any_names()), 1..4);
    (any_name(), choices).prop_map(move |(name, choices)| OptionGroup {
        id: format!("g{n}").parse().unwrap(),
        name,
        min: 0,
        max: u32::try_from(choices.len()).unwrap(),
        options: (choices.into_iter().enumerate())
            .map(|(o, (name, price_minor, allergens))| {
                let id = format!("g{n}-{o}").parse().unwrap();
                Choice { id, name, price_minor, allergens }
            })
            .collect(),
    })
}

fn any_item() -> impl Strategy<Value = Item> {
    let groups = (0..3_usize).prop_flat_map(|count| (0..count).map(any_group).collect::<Vec<_>>());
    let numbers = (prop::option::of(0..99_u32), prop::option::of(0..99_u32), any::<bool>());
    (any_name(), prop::option::of(any_name()), 0..10_000_i64, any_names(), numbers, groups)
        .prop_map(|(name, description, price_minor, allergens, numbers, option_groups)| Item {
            id: "x".parse().unwrap(),
            name,
            description: description.map(|text| text.as_str().parse().unwrap()),
            price_minor,
            allergens,
            dietary: if numbers.2 { vec![Dietary::Spicy, Dietary::Vegan] } else { vec![] },
            stock: numbers.0,
            low_stock: numbers.1,
            tax: numbers.2.then(|| "food".parse().unwrap()),
            tax_delivery: numbers.0.map(|n| format!("rate-{n}").parse().unwrap()),
            hidden: numbers.2,
            option_groups,
        })
}

proptest! {
    #[test]
    fn any_menu_is_read_back_exactly(
        headings in prop::collection::vec((any_name(), prop::collection::vec(any_item(), 0..4)), 0..4),
        yen in any::<bool>(),
    ) {
        let currency = if yen { Currency::JPY } else { Currency::EUR };
        let category = |(c, (name, mut items)): (usize, (Name, Vec<Item>))| {
            for (i, item) in items.iter_mut().enumerate() {
                item.id = format!("d{c}-{i}").parse().unwrap();
            }
            Category { id: format!("c{c}").parse().unwrap(), name, items }
        };
        let categories = headings.into_iter().enumerate().map(category).collect();
        let menu = Menu::new(categories).unwrap();
        prop_assert_eq!(round_trip(&menu, currency).unwrap(), menu);
    }
}
