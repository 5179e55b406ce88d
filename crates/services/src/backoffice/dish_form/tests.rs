//! Round trips between dishes and forms.

use domain::{fixtures, violation::Violations};

use super::*;

#[test]
fn an_unchanged_form_is_the_same_dish() {
    let menu = fixtures::menu();
    for item in &menu.categories()[0].items {
        let form = form_from_item(item, "pizza", Currency::EUR);
        let again =
            item_from_form(&form, Some(item.id.clone()), Some(item), Currency::EUR).unwrap();
        assert_eq!(&again, item);
    }
}

#[test]
fn each_violation_names_its_field() {
    let form = DishForm {
        price: "9,999".into(),
        low_stock: "few".into(),
        groups: vec![GroupForm { max: "1".into(), ..GroupForm::default() }],
        ..DishForm::default()
    };
    let id = "x".parse().unwrap();
    let Violations(wrong) = item_from_form(&form, Some(id), None, Currency::EUR).unwrap_err();
    let fields: Vec<_> = wrong.iter().map(|v| v.field.as_str()).collect();
    assert_eq!(fields, ["name", "price", "low_stock", "g0.name", "g0.options"]);
}

#[test]
fn rows_are_added_and_removed_and_new_ones_get_ids() {
    let mut form = DishForm { name: "Toast".into(), price: "5".into(), ..DishForm::default() };
    assert!(apply_row_button(&mut form, "add-group", ""));
    assert!(apply_row_button(&mut form, "add-option", "0"));
    assert!(apply_row_button(&mut form, "remove-option", "0:2"));
    assert!(
        !apply_row_button(&mut form, "save", "")
            && !apply_row_button(&mut form, "remove-group", "9")
    );
    form.groups[0].name = "Bread".into();
    for option in &mut form.groups[0].options {
        option.name = "Weiß".into();
    }
    let id = "toast".parse().unwrap();
    let item = item_from_form(&form, Some(id), None, Currency::EUR).unwrap();
    let ids: Vec<_> = item.option_groups[0].options.iter().map(|o| o.id.as_str()).collect();
    assert_eq!((item.option_groups[0].id.as_str(), ids), ("bread", vec!["weis", "weis-2"]));
}
