//! A filter for the dishes of a menu.

use super::{Dietary, Item, OptionGroup};
use crate::text::Name;

/// Words, dietary labels and allergens to avoid. An empty filter matches every dish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MenuFilter {
    /// Each of these words occurs in the name or the description.
    pub words: String,
    /// The dish has all of these labels.
    pub dietary: Vec<Dietary>,
    /// The dish is available without any of these allergens.
    pub without: Vec<String>,
}

impl MenuFilter {
    /// True if the filter is empty.
    pub fn is_empty(&self) -> bool {
        self.words.trim().is_empty() && self.dietary.is_empty() && self.without.is_empty()
    }

    /// True if the dish matches.
    pub fn suits(&self, item: &Item) -> bool {
        self.dietary.iter().all(|tag| item.is(*tag))
            && self.without.iter().all(|allergen| item.can_be_without(allergen))
            && self.is_named(item)
    }

    fn is_named(&self, item: &Item) -> bool {
        let about = item.description.as_ref().map_or("", |text| text.as_str());
        let text = fold_text(&format!("{} {about}", item.name));
        fold_text(&self.words).split_whitespace().all(|word| text.contains(word))
    }
}

impl Item {
    /// The allergens of the dish and of all its options; duplicates are possible.
    pub fn every_allergen(&self) -> impl Iterator<Item = &str> {
        let options = self.option_groups.iter().flat_map(|group| &group.options);
        let added = options.flat_map(|option| &option.allergens);
        self.allergens.iter().chain(added).map(Name::as_str)
    }

    /// True if the dish without options is free of an allergen, and so are enough options of each
    /// group with a minimum.
    pub fn can_be_without(&self, allergen: &str) -> bool {
        let holds = |allergens: &[Name]| allergens.iter().any(|name| name.as_str() == allergen);
        let can_be_answered = |group: &OptionGroup| {
            let free = group.options.iter().filter(|option| !holds(&option.allergens)).count();
            u32::try_from(free).unwrap_or(u32::MAX) >= group.min
        };
        !holds(&self.allergens) && self.option_groups.iter().all(can_be_answered)
    }
}

/// Lower case without the accents of Latin letters: `jalapenos` matches `Jalapeños`. Pages do the
/// same by Unicode decomposition.
fn fold_text(text: &str) -> String {
    let base = |c: char| match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        c => c,
    };
    text.to_lowercase().chars().map(base).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn dish() -> Item {
        let mut dish = fixtures::menu().categories()[0].items[1].clone();
        dish.name = "Calzone piccánte".parse().unwrap();
        dish.description = "Jalapeños and ham".parse().ok();
        dish.dietary = vec![Dietary::Spicy];
        dish.allergens = vec!["gluten".parse().unwrap()];
        dish
    }

    fn suits(words: &str, dietary: &[Dietary], without: &[&str], dish: &Item) -> bool {
        let without = without.iter().map(|name| (*name).to_owned()).collect();
        MenuFilter { words: words.into(), dietary: dietary.to_vec(), without }.suits(dish)
    }

    #[test]
    fn words_tags_and_allergens_all_count() {
        let dish = dish();
        assert!(suits("", &[], &[], &dish) && MenuFilter::default().is_empty());
        assert!(suits("JALAPENOS calz", &[Dietary::Spicy], &["milk"], &dish));
        assert!(!suits("calzone cheese", &[], &[], &dish));
        assert!(!suits("", &[Dietary::Vegan], &[], &dish));
        assert!(!suits("", &[], &["gluten"], &dish));
    }

    #[test]
    fn an_allergen_in_an_option_counts_only_if_unavoidable() {
        let mut dish = dish();
        let milk = || vec!["milk".parse().unwrap()];
        // One of two sizes must be chosen.
        dish.option_groups[0].options[0].allergens = milk();
        assert!(suits("", &[], &["milk"], &dish));
        dish.option_groups[0].options[1].allergens = milk();
        assert!(!suits("", &[], &["milk"], &dish));
    }
}
