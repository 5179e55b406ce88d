//! The differences between two menus, dish by dish.

use std::collections::HashMap;

use super::{Category, Choice, Item, Menu, OptionGroup};
use crate::{
    changes::{Difference, Field},
    ids::{CategoryId, ItemId},
    money::{Currency, Money},
};

/// The differences from `old` to `new`, in the order of the new menu, removed dishes last. Amounts
/// are in `currency`.
pub fn menu_differences(old: &Menu, new: &Menu, currency: Currency) -> Vec<Difference> {
    let currencies = [old, new].map(|menu| menu.currency().unwrap_or(currency));
    let [old_currency, new_currency] = currencies;
    let (was, is) = (items_by_id(old), items_by_id(new));
    let mut found = Vec::new();
    for (category, item) in dishes(new) {
        match was.get(&item.id) {
            Some((before, heading)) => {
                found.extend(item_differences(before, item, currencies));
                let moved = heading.id != category.id;
                found.extend(moved.then(|| Difference {
                    of: item.name.to_string(),
                    field: Field::Category,
                    old: Some(heading.name.to_string()),
                    new: Some(category.name.to_string()),
                }));
            }
            None => found.extend(Difference::between(
                item.name.as_str(),
                Field::Itself,
                None,
                Money::new(item.price_minor, new_currency).to_string(),
            )),
        }
    }
    let gone = dishes(old).filter(|(_, item)| !is.contains_key(&item.id));
    found.extend(gone.filter_map(|(_, item)| {
        let price = Money::new(item.price_minor, old_currency).to_string();
        Difference::between(item.name.as_str(), Field::Itself, price, None)
    }));
    found.extend(heading_differences(old, new));
    found.extend(order_difference(old, new));
    found
}

/// All dishes with their categories.
fn dishes(menu: &Menu) -> impl Iterator<Item = (&Category, &Item)> {
    menu.categories()
        .iter()
        .flat_map(|category| category.items.iter().map(move |item| (category, item)))
}

fn items_by_id(menu: &Menu) -> HashMap<&ItemId, (&Item, &Category)> {
    dishes(menu).map(|(category, item)| (&item.id, (item, category))).collect()
}

fn item_differences(
    old: &Item,
    new: &Item,
    [old_currency, new_currency]: [Currency; 2],
) -> Vec<Difference> {
    let priced = |field: Field, text: &dyn Fn(&Item, Currency) -> String| {
        let (was, is) = (text(old, old_currency), text(new, new_currency));
        Difference::between(new.name.as_str(), field, was, is)
    };
    let of = |field: Field, text: &dyn Fn(&Item) -> String| {
        Difference::between(new.name.as_str(), field, text(old), text(new))
    };
    let number = |value: Option<u32>| value.map(|n| n.to_string()).unwrap_or_default();
    let all = [
        of(Field::Name, &|item| item.name.to_string()),
        priced(Field::Price, &|item, currency| Money::new(item.price_minor, currency).to_string()),
        of(Field::Description, &|item| {
            item.description.as_ref().map(ToString::to_string).unwrap_or_default()
        }),
        of(Field::Allergens, &|item| join_texts(&item.allergens)),
        of(Field::Dietary, &|item| join_texts(&item.dietary)),
        of(Field::Shown, &|item| if item.hidden { "no" } else { "yes" }.to_owned()),
        of(Field::Stock, &|item| number(item.stock)),
        of(Field::LowStock, &|item| number(item.low_stock)),
        of(Field::Tax, &|item| {
            join_texts(&[&item.tax, &item.tax_delivery].into_iter().flatten().collect::<Vec<_>>())
        }),
        priced(Field::Options, &|item, currency| options_text(&item.option_groups, currency)),
    ];
    all.into_iter().flatten().collect()
}

fn join_texts(texts: &[impl ToString]) -> String {
    texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// `Size (1–1): Small +€0.00, Large +€3.00`.
fn options_text(groups: &[OptionGroup], currency: Currency) -> String {
    let group = |group: &OptionGroup| {
        let option = |option: &Choice| {
            let price = Money::new(option.price_minor, currency);
            match option.allergens.is_empty() {
                true => format!("{} +{price}", option.name),
                false => format!("{} +{price} [{}]", option.name, join_texts(&option.allergens)),
            }
        };
        let options: Vec<_> = group.options.iter().map(option).collect();
        format!("{} ({}–{}): {}", group.name, group.min, group.max, options.join(", "))
    };
    groups.iter().map(group).collect::<Vec<_>>().join("; ")
}

/// Categories that were added, removed or renamed.
fn heading_differences(old: &Menu, new: &Menu) -> Vec<Difference> {
    let names = |menu: &Menu| -> Vec<_> {
        let of = |c: &Category| (c.id.clone(), c.name.to_string());
        menu.categories().iter().map(of).collect()
    };
    let (was, is) = (names(old), names(new));
    let find = |all: &[(CategoryId, String)], id| {
        all.iter().find(|(other, _)| other == id).map(|(_, name)| name.clone())
    };
    let mut found: Vec<_> = is
        .iter()
        .filter_map(|(id, name)| {
            Difference::between("", Field::Category, find(&was, id), name.clone())
        })
        .collect();
    let gone = was.iter().filter(|(id, _)| find(&is, id).is_none());
    found.extend(
        gone.filter_map(|(_, n)| Difference::between("", Field::Category, n.clone(), None)),
    );
    found
}

/// A difference in the order of dishes or categories that both menus have.
fn order_difference(old: &Menu, new: &Menu) -> Option<Difference> {
    let keep = |menu: &Menu, other: &Menu| -> Vec<String> {
        let both = dishes(menu).filter(|(_, item)| other.item(&item.id).is_some());
        both.map(|(_, item)| item.id.to_string()).collect()
    };
    let headings = |menu: &Menu, other: &Menu| -> Vec<String> {
        let there = |id: &CategoryId| other.categories().iter().any(|category| category.id == *id);
        let both = menu.categories().iter().filter(|category| there(&category.id));
        both.map(|category| category.id.to_string()).collect()
    };
    let names = |menu: &Menu| {
        let names: Vec<_> = dishes(menu).map(|(_, item)| item.name.to_string()).collect();
        names.join(", ")
    };
    let moved = keep(old, new) != keep(new, old) || headings(old, new) != headings(new, old);
    moved.then(|| Difference {
        of: String::new(),
        field: Field::Order,
        old: Some(names(old)),
        new: Some(names(new)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn differences(change: impl FnOnce(&mut Vec<Category>)) -> Vec<String> {
        let old = fixtures::menu();
        let mut categories = old.categories().to_vec();
        change(&mut categories);
        let new = Menu::new(categories).unwrap();
        let text = |d: Difference| {
            let text = |side: Option<String>| side.unwrap_or_else(|| "–".into());
            format!("{} {}: {} → {}", d.of, d.field, text(d.old), text(d.new))
        };
        menu_differences(&old, &new, Currency::EUR).into_iter().map(text).collect()
    }

    #[test]
    fn equal_menus_have_no_differences() {
        assert!(differences(|_| {}).is_empty());
    }

    #[test]
    fn each_change_of_a_dish_is_listed() {
        assert_eq!(
            differences(|c| {
                c[0].items[0].price_minor = 1_000;
                c[0].items[0].hidden = true;
                c[0].items[1].allergens = vec!["milk".parse().unwrap()];
            }),
            [
                "Margherita price: €9.50 → €10.00",
                "Margherita shown: yes → no",
                "Calzone allergens: – → milk"
            ]
        );
        let options = differences(|c| {
            c[0].items[1].option_groups[0].options.pop();
        });
        assert_eq!(
            options,
            [
                "Calzone options: Extras (1–1): Small +€0.00, Large +€3.00 → Extras (1–1): Small +€0.00"
            ]
        );
    }

    #[test]
    fn additions_removals_and_moves_are_listed() {
        assert_eq!(
            differences(|c| c[0].items.swap(0, 1)),
            [" order: Margherita, Calzone → Calzone, Margherita"]
        );
        assert_eq!(differences(|c| drop(c[0].items.pop())), ["Calzone itself: €11.00 → –"]);
        let renamed = differences(|c| c[0].name = "Pizze".parse().unwrap());
        assert_eq!(renamed, [" category: Pizza → Pizze"], "its dishes stay where they are");
    }
}
