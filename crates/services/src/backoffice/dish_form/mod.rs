//! A dish between its form and the menu.

mod check;
mod typed;

use domain::{
    menu::{Choice, Item, OptionGroup},
    money::{Currency, Money},
    text::Name,
};
use ui::pages::{DishForm, GroupForm, OptionForm};

pub(super) use self::{
    check::check,
    typed::{rearrange, typed},
};

/// The form of a dish that is on the menu.
pub(super) fn filled(item: &Item, category: &str, currency: Currency) -> DishForm {
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
        hidden: item.hidden,
        groups: item.option_groups.iter().map(|group| filled_group(group, currency)).collect(),
    }
}

fn filled_group(group: &OptionGroup, currency: Currency) -> GroupForm {
    let option = |option: &Choice| OptionForm {
        id: option.id.to_string(),
        name: option.name.to_string(),
        price: Money::new(option.price_minor, currency).decimal(),
        allergens: join(&option.allergens),
    };
    GroupForm {
        id: group.id.to_string(),
        name: group.name.to_string(),
        min: group.min.to_string(),
        max: group.max.to_string(),
        options: group.options.iter().map(option).collect(),
    }
}

fn join(names: &[Name]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
