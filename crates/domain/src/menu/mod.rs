//! A menu: categories of dishes, with options to choose.

mod differences;
mod edit;
mod wanted;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{
    ids::{CategoryId, GroupId, ItemId, OptionId},
    money::MAX_ORDER_MINOR,
    names::names,
    text::{Name, Note},
    violation::{Checks, Refused},
};

pub use differences::menu_differences;
pub use edit::{Direction, Edit, free_slug};
pub use wanted::MenuFilter;

names! {
    /// What a dish is fit for, or what to know before ordering it.
    Dietary, DietaryError "must be vegetarian, vegan, halal, kosher or spicy" {
        /// Neither meat nor fish.
        Vegetarian "vegetarian",
        /// Nothing of animals; vegetarian, too.
        Vegan "vegan",
        /// Lawful by Islamic rules.
        Halal "halal",
        /// Fit by Jewish rules.
        Kosher "kosher",
        /// Hot.
        Spicy "spicy",
    }
}

/// Most questions asked about one dish.
pub const MAX_GROUPS: usize = 30;
/// Most answers to one question.
pub const MAX_CHOICES: usize = 100;

/// A choice within a group, with what it adds to the price.
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

/// A question asked about a dish: size, extras.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionGroup {
    /// Unique within the dish.
    pub id: GroupId,
    /// As shown.
    pub name: Name,
    /// How many choices must be made at least.
    pub min: u32,
    /// How many may be made at most.
    pub max: u32,
    /// What can be chosen; each at most once.
    pub options: Vec<Choice>,
}

/// A dish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Unique within the menu.
    pub id: ItemId,
    /// As shown.
    pub name: Name,
    /// One or two sentences, or nothing.
    pub description: Option<Note>,
    /// The unit price without options, in minor units.
    pub price_minor: i64,
    /// Allergens as shown, in lower case: `gluten`, `milk`.
    pub allergens: Vec<Name>,
    /// What it is fit for, each at most once.
    pub dietary: Vec<Dietary>,
    /// The first stock value, `None` for unlimited. Later changes travel on `stock_changes`.
    pub stock: Option<u32>,
    /// At so many pieces or fewer, staff are told that it is running low.
    pub low_stock: Option<u32>,
    /// True while it is kept, but neither shown nor sold.
    pub hidden: bool,
    /// The questions asked about it.
    pub option_groups: Vec<OptionGroup>,
}

/// A heading with its dishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Unique within the menu.
    pub id: CategoryId,
    /// As shown.
    pub name: Name,
    /// In the order shown.
    pub items: Vec<Item>,
}

/// A menu whose ids are unique and whose prices and limits make sense.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Menu {
    categories: Vec<Category>,
    index: HashMap<ItemId, (usize, usize)>,
}

impl Menu {
    /// Checks the whole menu and says everything that is wrong with it.
    pub fn new(categories: Vec<Category>) -> Result<Self, Refused> {
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
        checks.finish(Some(Self { categories, index }))
    }

    /// Refuses more questions and answers than a page can ask. Menus that were published before stay
    /// readable, so this is for new ones.
    pub fn refuse_oversized(&self) -> Result<(), Refused> {
        let mut checks = Checks::default();
        for (c, category) in self.categories.iter().enumerate() {
            for (i, item) in category.items.iter().enumerate() {
                check_sizes(item, &format!("categories[{c}].items[{i}]"), &mut checks);
            }
        }
        checks.finish(Some(()))
    }

    /// The menu as customers see it: without what is hidden.
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
        Self { categories, index }
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

    /// True if it is fit for whoever wants that. What is vegan is vegetarian.
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
    fn a_question_has_a_bounded_number_of_answers() {
        let mut categories = fixtures::menu().categories().to_vec();
        let group = &mut categories[0].items[0].option_groups[0];
        let choice = group.options[0].clone();
        let numbered = |n: usize| Choice { id: format!("o{n}").parse().unwrap(), ..choice.clone() };
        group.options = (0..MAX_CHOICES).map(numbered).collect();
        assert!(Menu::new(categories.clone()).unwrap().refuse_oversized().is_ok());
        categories[0].items[0].option_groups[0].options.push(choice.clone());
        let Refused(violations) = Menu::new(categories).unwrap().refuse_oversized().unwrap_err();
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
    fn doubles_and_nonsense_are_named() {
        let mut categories = fixtures::menu().categories().to_vec();
        let mut twin = categories[0].items[0].clone();
        twin.price_minor = -1;
        twin.option_groups[0].min = 9;
        categories[0].items.push(twin);
        let Refused(violations) = Menu::new(categories).unwrap_err();
        let fields: Vec<_> = violations.iter().map(|v| v.field.as_str()).collect();
        let at = "categories[0].items[2]";
        assert_eq!(
            fields,
            [format!("{at}.id"), format!("{at}.price_minor"), format!("{at}.option_groups[0].max")]
        );
    }
}
