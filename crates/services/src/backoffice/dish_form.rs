//! A dish between its form and the menu.

use std::collections::HashSet;

use domain::{
    ids::{GroupId, ItemId, OptionId},
    menu::{Choice, Dietary, Item, OptionGroup, free_slug},
    money::{Currency, Money},
    text::Name,
    violation::{Checks, Refused, Wrong},
};
use ui::pages::{DishForm, GroupForm, OptionForm};

use super::pairs::Pairs;

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

/// The form as it was sent.
pub(super) fn typed(pairs: &Pairs) -> DishForm {
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
        hidden: pairs.has("hidden"),
        groups: pairs.numbers("g").into_iter().map(|n| typed_group(pairs, n)).collect(),
    }
}

fn typed_group(pairs: &Pairs, n: usize) -> GroupForm {
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
        options: pairs.numbers(&format!("g{n}.o")).into_iter().map(option).collect(),
    }
}

/// Does what a button within the form says; false for one that ends it.
pub(super) fn rearrange(form: &mut DishForm, act: &str, which: &str) -> bool {
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

/// The dish that the form says, or all that is wrong with it, by the names of its fields.
pub(super) fn check(
    form: &DishForm,
    id: Option<ItemId>,
    before: Option<&Item>,
    currency: Currency,
) -> Result<Item, Refused> {
    let mut checks = Checks::default();
    let name = checks.take("name", form.name.parse::<Name>());
    let description = Some(form.description.trim()).filter(|text| !text.is_empty());
    let description = description.map(|text| checks.take("description", text.parse()));
    let price = currency.minor(&form.price);
    let price_minor = checks.take("price", price);
    let dietary = form.dietary.iter().filter_map(|tag| tag.parse::<Dietary>().ok());
    let mut dietary: Vec<_> = dietary.collect();
    dietary.sort_by_key(|tag| before.and_then(|b| b.dietary.iter().position(|old| old == tag)));
    let allergens = allergens(form, before, &mut checks);
    let (stock, low_stock) = (
        number("stock", &form.stock, &mut checks),
        number("low_stock", &form.low_stock, &mut checks),
    );
    let option_groups = groups(form, currency, &mut checks);
    let whole = id.zip(name).zip(price_minor);
    checks.finish(whole.map(|((id, name), price_minor)| Item {
        id,
        name,
        description: description.flatten(),
        price_minor,
        allergens,
        dietary,
        stock,
        low_stock,
        hidden: form.hidden,
        option_groups,
    }))
}

/// Those that were there before stay in their order, so that nothing changes that nobody changed.
fn allergens(form: &DishForm, before: Option<&Item>, checks: &mut Checks) -> Vec<Name> {
    let mut chosen = Vec::new();
    for text in form.allergens.iter().map(String::as_str).chain(split(&form.more_allergens)) {
        let name = checks.take("more_allergens", text.to_lowercase().parse::<Name>());
        chosen.extend(name.filter(|name| !chosen.contains(name)));
    }
    let old = before.map(|item| item.allergens.as_slice()).unwrap_or_default();
    let place = |name: &Name| old.iter().position(|known| known == name).unwrap_or(usize::MAX);
    chosen.sort_by_key(place);
    chosen
}

fn split(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn number(field: &str, typed: &str, checks: &mut Checks) -> Option<u32> {
    let typed = Some(typed.trim()).filter(|text| !text.is_empty())?;
    checks.take(field, typed.parse::<u32>().map_err(|_| Wrong::Number))
}

fn groups(form: &DishForm, currency: Currency, checks: &mut Checks) -> Vec<OptionGroup> {
    let (mut groups, mut options) = (HashSet::new(), HashSet::new());
    for group in &form.groups {
        groups.insert(group.id.as_str());
        options.extend(group.options.iter().map(|option| option.id.as_str()));
    }
    let mut taken = Taken { groups: owned(&groups), options: owned(&options) };
    let mut all = Vec::with_capacity(form.groups.len());
    for (n, group) in form.groups.iter().enumerate() {
        all.extend(checked_group(n, group, currency, checks, &mut taken));
    }
    all
}

/// Ids that questions and choices of the dish have.
struct Taken {
    groups: HashSet<String>,
    options: HashSet<String>,
}

fn owned(ids: &HashSet<&str>) -> HashSet<String> {
    ids.iter().filter(|id| !id.is_empty()).map(|id| (*id).to_owned()).collect()
}

/// The id that it has, or a free one.
fn id_of<T: std::str::FromStr>(id: &str, name: &Name, taken: &mut HashSet<String>) -> Option<T> {
    if !id.is_empty() {
        return id.parse().ok();
    }
    let free = free_slug(name.as_str(), "choice", |slug| taken.contains(slug));
    taken.insert(free.clone());
    free.parse().ok()
}

fn checked_group(
    n: usize,
    form: &GroupForm,
    currency: Currency,
    checks: &mut Checks,
    taken: &mut Taken,
) -> Option<OptionGroup> {
    let at = |part: &str| format!("g{n}.{part}");
    let name = checks.take(at("name"), form.name.parse::<Name>());
    let min = number(&at("min"), &form.min, checks).unwrap_or(0);
    let max = number(&at("max"), &form.max, checks).unwrap_or(1);
    let mut options = Vec::with_capacity(form.options.len());
    for (o, option) in form.options.iter().enumerate() {
        // A row that nobody filled in is none.
        if option.name.trim().is_empty() && option.price.trim().is_empty() {
            continue;
        }
        let at = |part: &str| format!("g{n}.o{o}.{part}");
        let name = checks.take(at("name"), option.name.parse::<Name>());
        let price = match option.price.trim() {
            "" => Ok(0),
            typed => currency.minor(typed),
        };
        let price_minor = checks.take(at("price"), price);
        let allergens: Vec<_> = split(&option.allergens)
            .filter_map(|text| checks.take(at("allergens"), text.to_lowercase().parse()))
            .collect();
        let (Some(name), Some(price_minor)) = (name, price_minor) else { continue };
        let id = id_of::<OptionId>(&option.id, &name, &mut taken.options)?;
        options.push(Choice { id, name, price_minor, allergens });
    }
    let choices = u32::try_from(options.len()).unwrap_or(u32::MAX);
    if choices == 0 {
        checks.add(at("options"), "must have at least one choice");
    } else if max == 0 || min > max || min > choices {
        checks.add(at("max"), "must be at least 1, not below the least, with choices enough");
    }
    let name = name?;
    let id = id_of::<GroupId>(&form.id, &name, &mut taken.groups)?;
    Some(OptionGroup { id, name, min, max, options })
}

#[cfg(test)]
mod tests {
    use domain::fixtures;

    use super::*;

    #[test]
    fn a_form_that_nobody_touched_is_the_same_dish() {
        let menu = fixtures::menu();
        for item in &menu.categories()[0].items {
            let form = filled(item, "pizza", Currency::EUR);
            let again = check(&form, Some(item.id.clone()), Some(item), Currency::EUR).unwrap();
            assert_eq!(&again, item);
        }
    }

    #[test]
    fn each_mistake_is_told_at_its_field() {
        let form = DishForm {
            price: "9,999".into(),
            low_stock: "few".into(),
            groups: vec![GroupForm { max: "1".into(), ..GroupForm::default() }],
            ..DishForm::default()
        };
        let id = "x".parse().unwrap();
        let Refused(wrong) = check(&form, Some(id), None, Currency::EUR).unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["name", "price", "low_stock", "g0.name", "g0.options"]);
    }

    #[test]
    fn rows_come_and_go_and_new_ones_get_ids() {
        let mut form = DishForm { name: "Toast".into(), price: "5".into(), ..DishForm::default() };
        assert!(rearrange(&mut form, "add-group", ""));
        assert!(rearrange(&mut form, "add-option", "0"));
        assert!(rearrange(&mut form, "remove-option", "0:2"));
        assert!(!rearrange(&mut form, "save", "") && !rearrange(&mut form, "remove-group", "9"));
        form.groups[0].name = "Bread".into();
        for option in &mut form.groups[0].options {
            option.name = "Weiß".into();
        }
        let id = "toast".parse().unwrap();
        let item = check(&form, Some(id), None, Currency::EUR).unwrap();
        let ids: Vec<_> = item.option_groups[0].options.iter().map(|o| o.id.as_str()).collect();
        assert_eq!((item.option_groups[0].id.as_str(), ids), ("bread", vec!["weis", "weis-2"]));
    }
}
