//! Reads a submitted form.

use ui::pages::{DishForm, GroupForm, OptionForm};

use super::super::pairs::Pairs;

/// The form as submitted.
pub(in super::super) fn form_from_pairs(pairs: &Pairs) -> DishForm {
    let text = |name: &str| pairs.get(name).to_owned();
    DishForm {
        category: text("category"),
        name: text("name"),
        description: text("description"),
        price: text("price"),
        allergens: pairs.all("allergens"),
        more_allergens: text("more_allergens"),
        dietary: pairs.all("dietary"),
        stock: text("stock"),
        low_stock: text("low_stock"),
        tax: text("tax"),
        tax_delivery: text("tax_delivery"),
        hidden: pairs.has("hidden"),
        groups: pairs.row_numbers("g").into_iter().map(|n| group_from_pairs(pairs, n)).collect(),
    }
}

fn group_from_pairs(pairs: &Pairs, n: usize) -> GroupForm {
    let text = |name: &str| pairs.get(&format!("g{n}.{name}")).to_owned();
    let option = |o: usize| OptionForm {
        id: text(&format!("o{o}.id")),
        name: text(&format!("o{o}.name")),
        price: text(&format!("o{o}.price")),
        allergens: text(&format!("o{o}.allergens")),
    };
    GroupForm {
        id: text("id"),
        name: text("name"),
        min: text("min"),
        max: text("max"),
        options: pairs.row_numbers(&format!("g{n}.o")).into_iter().map(option).collect(),
    }
}

/// Adds or removes a row when its button was pressed; false for any other button.
pub(in super::super) fn apply_row_button(form: &mut DishForm, act: &str, which: &str) -> bool {
    let mut numbers = which.split(':').map(|n| n.parse::<usize>().ok());
    let (n, o) = (numbers.next().flatten(), numbers.next().flatten());
    match (act, n, o) {
        ("add-group", ..) => form.groups.push(GroupForm {
            min: "0".to_owned(),
            max: "1".to_owned(),
            options: vec![OptionForm::default(); 2],
            ..GroupForm::default()
        }),
        ("remove-group", Some(n), _) if n < form.groups.len() => drop(form.groups.remove(n)),
        ("add-option", Some(n), _) if n < form.groups.len() => {
            form.groups[n].options.push(OptionForm::default());
        }
        ("remove-option", Some(n), Some(o)) => {
            if let Some(group) = form.groups.get_mut(n).filter(|group| o < group.options.len()) {
                group.options.remove(o);
            }
        }
        _ => return false,
    }
    true
}
