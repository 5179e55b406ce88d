//! Checks the form of a dish.

use std::collections::HashSet;

use domain::{
    ids::{GroupId, ItemId, OptionId},
    menu::{Choice, Dietary, Item, OptionGroup, free_slug},
    money::Currency,
    text::Name,
    violation::{Checks, ViolationKind, Violations},
};
use ui::pages::{DishForm, GroupForm};

/// The dish in a form, or all violations by the names of the form's fields.
pub(in super::super) fn item_from_form(
    form: &DishForm,
    id: Option<ItemId>,
    before: Option<&Item>,
    currency: Currency,
) -> Result<Item, Violations> {
    let mut checks = Checks::default();
    let name = checks.ok_or_add("name", form.name.parse::<Name>());
    let description = Some(form.description.trim()).filter(|text| !text.is_empty());
    let description = description.map(|text| checks.ok_or_add("description", text.parse()));
    let price = currency.minor(&form.price);
    let price_minor = checks.ok_or_add("price", price);
    let dietary = form.dietary.iter().filter_map(|tag| tag.parse::<Dietary>().ok());
    let mut dietary: Vec<_> = dietary.collect();
    dietary.sort_by_key(|tag| before.and_then(|b| b.dietary.iter().position(|old| old == tag)));
    let allergens = parse_allergens(form, before, &mut checks);
    let (stock, low_stock) = (
        parse_number("stock", &form.stock, &mut checks),
        parse_number("low_stock", &form.low_stock, &mut checks),
    );
    let mut rate = |field: &str, id: &str| match id {
        "" => None,
        id => checks.ok_or_add(field, id.parse()),
    };
    let (tax, tax_delivery) = (rate("tax", &form.tax), rate("tax_delivery", &form.tax_delivery));
    let option_groups = parse_groups(form, currency, &mut checks);
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
        tax,
        tax_delivery,
        hidden: form.hidden,
        option_groups,
    }))
}

/// Keeps the previous order of allergens, so that an unchanged form is no change.
fn parse_allergens(form: &DishForm, before: Option<&Item>, checks: &mut Checks) -> Vec<Name> {
    let mut chosen = Vec::new();
    for text in form.allergens.iter().map(String::as_str).chain(split_list(&form.more_allergens)) {
        let name = checks.ok_or_add("more_allergens", text.to_lowercase().parse::<Name>());
        chosen.extend(name.filter(|name| !chosen.contains(name)));
    }
    let old = before.map(|item| item.allergens.as_slice()).unwrap_or_default();
    let position = |name: &Name| old.iter().position(|known| known == name).unwrap_or(usize::MAX);
    chosen.sort_by_key(position);
    chosen
}

fn split_list(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn parse_number(field: &str, typed: &str, checks: &mut Checks) -> Option<u32> {
    let typed = Some(typed.trim()).filter(|text| !text.is_empty())?;
    checks.ok_or_add(field, typed.parse::<u32>().map_err(|_| ViolationKind::Number))
}

fn parse_groups(form: &DishForm, currency: Currency, checks: &mut Checks) -> Vec<OptionGroup> {
    let (mut groups, mut options) = (HashSet::new(), HashSet::new());
    for group in &form.groups {
        groups.insert(group.id.as_str());
        options.extend(group.options.iter().map(|option| option.id.as_str()));
    }
    let mut used = UsedIds { groups: non_empty(&groups), options: non_empty(&options) };
    let mut all = Vec::with_capacity(form.groups.len());
    for (n, group) in form.groups.iter().enumerate() {
        all.extend(group_from_form(n, group, currency, checks, &mut used));
    }
    all
}

/// Ids in use within the dish.
struct UsedIds {
    groups: HashSet<String>,
    options: HashSet<String>,
}

fn non_empty(ids: &HashSet<&str>) -> HashSet<String> {
    ids.iter().filter(|id| !id.is_empty()).map(|id| (*id).to_owned()).collect()
}

/// Parses the id, or derives a free one from the name.
fn parse_or_new_id<T: std::str::FromStr>(
    id: &str,
    name: &Name,
    used: &mut HashSet<String>,
) -> Option<T> {
    if !id.is_empty() {
        return id.parse().ok();
    }
    let free = free_slug(name.as_str(), "choice", |slug| used.contains(slug));
    used.insert(free.clone());
    free.parse().ok()
}

fn group_from_form(
    n: usize,
    form: &GroupForm,
    currency: Currency,
    checks: &mut Checks,
    used: &mut UsedIds,
) -> Option<OptionGroup> {
    let at = |part: &str| format!("g{n}.{part}");
    let name = checks.ok_or_add(at("name"), form.name.parse::<Name>());
    let min = parse_number(&at("min"), &form.min, checks).unwrap_or(0);
    let max = parse_number(&at("max"), &form.max, checks).unwrap_or(1);
    let mut options = Vec::with_capacity(form.options.len());
    for (o, option) in form.options.iter().enumerate() {
        // An empty row is ignored.
        if option.name.trim().is_empty() && option.price.trim().is_empty() {
            continue;
        }
        let at = |part: &str| format!("g{n}.o{o}.{part}");
        let name = checks.ok_or_add(at("name"), option.name.parse::<Name>());
        let price = match option.price.trim() {
            "" => Ok(0),
            typed => currency.minor(typed),
        };
        let price_minor = checks.ok_or_add(at("price"), price);
        let allergens: Vec<_> = split_list(&option.allergens)
            .filter_map(|text| checks.ok_or_add(at("allergens"), text.to_lowercase().parse()))
            .collect();
        let (Some(name), Some(price_minor)) = (name, price_minor) else { continue };
        let id = parse_or_new_id::<OptionId>(&option.id, &name, &mut used.options)?;
        options.push(Choice { id, name, price_minor, allergens });
    }
    let choices = u32::try_from(options.len()).unwrap_or(u32::MAX);
    if choices == 0 {
        checks.add(at("options"), "must have at least one choice");
    } else if max == 0 || min > max || min > choices {
        checks.add(at("max"), "must be at least 1, not below the least, with choices enough");
    }
    let name = name?;
    let id = parse_or_new_id::<GroupId>(&form.id, &name, &mut used.groups)?;
    Some(OptionGroup { id, name, min, max, options })
}
