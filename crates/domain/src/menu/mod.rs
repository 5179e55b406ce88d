//! A menu: categories of dishes, with options to choose.

mod currency;
mod differences;
mod edit;
mod filter;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{
    ids::{CategoryId, GroupId, ItemId, OptionId, TaxId},
    money::{Currency, MAX_ORDER_MINOR},
    names::names,
    tax::TaxRules,
    text::{Name, Note},
    violation::{Checks, Violations},
};

pub use differences::menu_differences;
pub use edit::{Direction, Edit, free_slug};
pub use filter::MenuFilter;

names! {
    /// Dietary labels.
    Dietary, DietaryError "must be vegetarian, vegan, halal, kosher or spicy" {
        /// Without meat and fish.
        Vegetarian "vegetarian",
        /// Without animal products; also vegetarian.
        Vegan "vegan",
        /// Halal.
        Halal "halal",
        /// Kosher.
        Kosher "kosher",
        /// Hot.
        Spicy "spicy",
    }
}

/// Maximum number of option groups of a dish.
pub const MAX_GROUPS: usize = 30;
/// Maximum number of options in a group.
pub const MAX_CHOICES: usize = 100;

/// An option of a dish, with its surcharge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Unique within the dish.
    pub id: OptionId,
    /// As shown.
    pub name: Name,
    /// Added to the unit price, in minor units; never negative.
    pub price_minor: i64,
    /// Allergens that it adds to the dish.
    pub allergens: Vec<Name>,
}

/// A group of options: size, extras.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionGroup {
    /// Unique within the dish.
    pub id: GroupId,
    /// As shown.
    pub name: Name,
    /// Minimum number of options to choose.
    pub min: u32,
    /// Maximum number of options to choose.
    pub max: u32,
    /// The options; each can be chosen once.
    pub options: Vec<Choice>,
}

/// A dish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Unique within the menu.
    pub id: ItemId,
    /// As shown.
    pub name: Name,
    /// One or two sentences.
    pub description: Option<Note>,
    /// The unit price without options, in minor units.
    pub price_minor: i64,
    /// Allergens as shown, in lower case: `gluten`, `milk`.
    pub allergens: Vec<Name>,
    /// Dietary labels, each at most once.
    pub dietary: Vec<Dietary>,
    /// The first stock value; `None` for unlimited. Later changes are published on `stock_changes`.
    pub stock: Option<u32>,
    /// With this many pieces or fewer, staff see the dish as low.
    pub low_stock: Option<u32>,
    /// The tax rate; `None` for the restaurant's default.
    pub tax: Option<TaxId>,
    /// The tax rate when delivered, if it is another one.
    pub tax_delivery: Option<TaxId>,
    /// True if it is neither shown nor sold.
    pub hidden: bool,
    /// Its option groups.
    pub option_groups: Vec<OptionGroup>,
}

/// A category of dishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Unique within the menu.
    pub id: CategoryId,
    /// As shown.
    pub name: Name,
    /// In the order shown.
    pub items: Vec<Item>,
}

/// A menu with unique ids and valid prices and limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Menu {
    categories: Vec<Category>,
    index: HashMap<ItemId, (usize, usize)>,
    /// The currency of its prices, if it says so; otherwise that of its restaurant.
    currency: Option<Currency>,
}

impl Menu {
    /// Checks the whole menu; the error lists everything that is wrong.
    pub fn new(categories: Vec<Category>) -> Result<Self, Violations> {
        let mut checks = Checks::default();
        let mut index = HashMap::new();
        let mut category_ids = HashSet::new();
        for (c, category) in categories.iter().enumerate() {
            if !category_ids.insert(&category.id) {
                checks.add(format!("categories[{c}].id"), format!("{} is used twice", category.id));
            }
            for (i, item) in category.items.iter().enumerate() {
                let at = format!("categories[{c}].items[{i}]");
                if index.insert(item.id.clone(), (c, i)).is_some() {
                    checks.add(format!("{at}.id"), format!("{} is used twice", item.id));
                }
                check_item(item, &at, &mut checks);
            }
        }
        checks.finish(Some(Self { categories, index, currency: None }))
    }

    /// Refuses more option groups and options than a page can show. For new menus only: older ones
    /// stay readable.
    pub fn refuse_oversized(&self) -> Result<(), Violations> {
        self.check_items(check_sizes)
    }

    /// Refuses prices in smaller units than can be charged. A menu may be published before its
    /// restaurant, whose currency is then not known, so carts are checked, too.
    pub fn refuse_uneven(&self, currency: Currency) -> Result<(), Violations> {
        self.check_items(|item, at, checks| {
            checks.check_step(currency, &format!("{at}.price_minor"), item.price_minor);
            for (g, group) in item.option_groups.iter().enumerate() {
                for (o, option) in group.options.iter().enumerate() {
                    let field = format!("{at}.option_groups[{g}].options[{o}].price_minor");
                    checks.check_step(currency, &field, option.price_minor);
                }
            }
        })
    }

    /// Refuses dishes that name a tax rate which the restaurant does not have.
    pub fn refuse_unknown_rates(&self, rules: &TaxRules) -> Result<(), Violations> {
        self.check_items(|item, at, checks| {
            for (field, id) in [("tax", &item.tax), ("tax_delivery", &item.tax_delivery)] {
                if let Some(id) = id.as_ref().filter(|id| rules.rate(Some(id)).is_none()) {
                    let violation = format!("{id} is no tax rate of the restaurant");
                    checks.add(format!("{at}.{field}"), violation);
                }
            }
        })
    }

    /// Checks each dish; the second parameter is its path, `categories[0].items[0]`.
    fn check_items(&self, check: impl Fn(&Item, &str, &mut Checks)) -> Result<(), Violations> {
        let mut checks = Checks::default();
        for (c, category) in self.categories.iter().enumerate() {
            for (i, item) in category.items.iter().enumerate() {
                check(item, &format!("categories[{c}].items[{i}]"), &mut checks);
            }
        }
        checks.finish(Some(()))
    }

    /// The menu as customers see it: without hidden dishes.
    #[must_use]
    pub fn shown(&self) -> Self {
        let mut categories = self.categories.clone();
        for category in &mut categories {
            category.items.retain(|item| !item.hidden);
        }
        let mut index = HashMap::new();
        for (c, category) in categories.iter().enumerate() {
            index.extend(
                category.items.iter().enumerate().map(|(i, item)| (item.id.clone(), (c, i))),
            );
        }
        Self { categories, index, currency: self.currency }
    }

    /// The categories, in the order shown.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// All dishes, in the order shown.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.categories.iter().flat_map(|category| &category.items)
    }

    /// A dish by its id.
    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        let &(category, item) = self.index.get(id)?;
        self.categories.get(category)?.items.get(item)
    }
}

impl Item {
    /// An option of this dish with its group.
    pub fn option(&self, id: &OptionId) -> Option<(&OptionGroup, &Choice)> {
        self.option_groups
            .iter()
            .find_map(|group| group.options.iter().find(|o| o.id == *id).map(|o| (group, o)))
    }

    /// True if the dish has this dietary label. Vegan dishes are also vegetarian.
    pub fn is(&self, wanted: Dietary) -> bool {
        let vegan = wanted == Dietary::Vegetarian && self.dietary.contains(&Dietary::Vegan);
        vegan || self.dietary.contains(&wanted)
    }

    /// The allergens of the dish with these options.
    pub fn allergens_with<'a>(
        &'a self,
        options: impl IntoIterator<Item = &'a OptionId>,
    ) -> BTreeSet<&'a Name> {
        let chosen = options.into_iter().filter_map(|id| self.option(id));
        let added = chosen.flat_map(|(_, choice)| &choice.allergens);
        self.allergens.iter().chain(added).collect()
    }
}

fn check_price(price_minor: i64, field: String, checks: &mut Checks) {
    if !(0..=MAX_ORDER_MINOR).contains(&price_minor) {
        checks.add(field, format!("must be between 0 and {MAX_ORDER_MINOR} minor units"));
    }
}

fn check_item(item: &Item, at: &str, checks: &mut Checks) {
    check_price(item.price_minor, format!("{at}.price_minor"), checks);
    let (mut groups, mut options) = (HashSet::new(), HashSet::new());
    for (g, group) in item.option_groups.iter().enumerate() {
        let at = format!("{at}.option_groups[{g}]");
        if !groups.insert(&group.id) {
            checks.add(format!("{at}.id"), format!("{} is used twice", group.id));
        }
        let choices = u32::try_from(group.options.len()).unwrap_or(u32::MAX);
        if group.min > group.max || group.min > choices || group.max == 0 {
            checks.add(
                format!("{at}.max"),
                format!(
                    "must be at least min ({}) and 1, with min options to choose from",
                    group.min
                ),
            );
        }
        for (o, option) in group.options.iter().enumerate() {
            let at = format!("{at}.options[{o}]");
            if !options.insert(&option.id) {
                checks.add(format!("{at}.id"), format!("{} is used twice in this dish", option.id));
            }
            check_price(option.price_minor, format!("{at}.price_minor"), checks);
        }
    }
}

fn check_sizes(item: &Item, at: &str, checks: &mut Checks) {
    if item.option_groups.len() > MAX_GROUPS {
        checks.add(format!("{at}.option_groups"), format!("must be at most {MAX_GROUPS}"));
    }
    for (g, group) in item.option_groups.iter().enumerate() {
        if group.options.len() > MAX_CHOICES {
            let field = format!("{at}.option_groups[{g}].options");
            checks.add(field, format!("must be at most {MAX_CHOICES}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_group_has_a_bounded_number_of_options() {
        let mut categories = fixtures::menu().categories().to_vec();
        let group = &mut categories[0].items[0].option_groups[0];
        let choice = group.options[0].clone();
        let numbered = |n: usize| Choice { id: format!("o{n}").parse().unwrap(), ..choice.clone() };
        group.options = (0..MAX_CHOICES).map(numbered).collect();
        assert!(Menu::new(categories.clone()).unwrap().refuse_oversized().is_ok());
        categories[0].items[0].option_groups[0].options.push(choice.clone());
        let Violations(violations) = Menu::new(categories).unwrap().refuse_oversized().unwrap_err();
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].field, "categories[0].items[0].option_groups[0].options");
    }

    #[test]
    fn a_dish_is_found_by_its_id() {
        let menu = fixtures::menu();
        let id = "margherita".parse().unwrap();
        assert_eq!(menu.item(&id).unwrap().name.as_str(), "Margherita");
        assert!(menu.item(&"sushi".parse().unwrap()).is_none());
    }

    #[test]
    fn options_bring_their_allergens_and_vegan_is_vegetarian() {
        let mut dish = fixtures::menu().categories()[0].items[0].clone();
        dish.allergens = vec!["gluten".parse().unwrap()];
        dish.option_groups[0].options[0].allergens = vec!["milk".parse().unwrap()];
        dish.dietary = vec![Dietary::Vegan];
        let cheese = "extra-cheese".parse().unwrap();
        assert_eq!(dish.allergens_with([]).len(), 1);
        assert_eq!(dish.allergens_with([&cheese]).len(), 2);
        assert!(dish.is(Dietary::Vegetarian) && !dish.is(Dietary::Spicy));
    }

    #[test]
    fn duplicates_and_invalid_limits_are_listed() {
        let mut categories = fixtures::menu().categories().to_vec();
        let mut twin = categories[0].items[0].clone();
        twin.price_minor = -1;
        twin.option_groups[0].min = 9;
        categories[0].items.push(twin);
        let Violations(violations) = Menu::new(categories).unwrap_err();
        let fields: Vec<_> = violations.iter().map(|v| v.field.as_str()).collect();
        let at = "categories[0].items[2]";
        assert_eq!(
            fields,
            [format!("{at}.id"), format!("{at}.price_minor"), format!("{at}.option_groups[0].max")]
        );
    }
}
