//! Converts a dish to its form and back.

mod check;
mod submitted;

use domain::{
    menu::{Choice, Item, OptionGroup},
    money::{Currency, Money},
    text::Name,
};
use ui::pages::{DishForm, GroupForm, OptionForm};

pub(super) use self::{
    check::item_from_form,
    submitted::{apply_row_button, form_from_pairs},
};

/// The form of a dish of the menu.
pub(super) fn form_from_item(item: &Item, category: &str, currency: Currency) -> DishForm {
    let allergens: Vec<_> = item.allergens.iter().map(ToString::to_string).collect();
    let (listed, more): (Vec<_>, Vec<_>) =
        allergens.into_iter().partition(|name| DishForm::is_listed(name));
    let number = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
    DishForm {
        category: category.to_owned(),
        name: item.name.to_string(),
        description: item.description.as_ref().map(ToString::to_string).unwrap_or_default(),
        price: Money::new(item.price_minor, currency).decimal(),
        allergens: listed,
        more_allergens: more.join(", "),
        dietary: item.dietary.iter().map(ToString::to_string).collect(),
        stock: number(item.stock),
        low_stock: number(item.low_stock),
        tax: item.tax.as_ref().map(ToString::to_string).unwrap_or_default(),
        tax_delivery: item.tax_delivery.as_ref().map(ToString::to_string).unwrap_or_default(),
        hidden: item.hidden,
        groups: item.option_groups.iter().map(|group| group_form(group, currency)).collect(),
    }
}

fn group_form(group: &OptionGroup, currency: Currency) -> GroupForm {
    let option = |option: &Choice| OptionForm {
        id: option.id.to_string(),
        name: option.name.to_string(),
        price: Money::new(option.price_minor, currency).decimal(),
        allergens: join_names(&option.allergens),
    };
    GroupForm {
        id: group.id.to_string(),
        name: group.name.to_string(),
        min: group.min.to_string(),
        max: group.max.to_string(),
        options: group.options.iter().map(option).collect(),
    }
}

fn join_names(names: &[Name]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
