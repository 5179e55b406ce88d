//! Edits of a menu: each gives a new menu, which is checked as a whole.

use super::{Category, Item, Menu};
use crate::{
    ids::{CategoryId, ItemId, MAX_SLUG},
    text::Name,
    violation::Violations,
};

/// The direction of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the start.
    Up,
    /// Towards the end.
    Down,
}

/// An edit of a menu. An edit of something that no longer exists changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Adds a dish at the end of a category, or replaces the dish with the same id.
    Put(CategoryId, Box<Item>),
    /// Removes a dish.
    Remove(ItemId),
    /// Moves a dish within its category.
    Move(ItemId, Direction),
    /// Hides a dish (`true`) or shows it again.
    Hide(ItemId, bool),
    /// Sets prices, in minor units.
    Prices(Vec<(ItemId, i64)>),
    /// Sets the level from which on a dish is low, in pieces.
    Low(ItemId, Option<u32>),
    /// Adds a category at the end.
    AddCategory(CategoryId, Name),
    /// Renames a category.
    RenameCategory(CategoryId, Name),
    /// Removes a category with its dishes.
    RemoveCategory(CategoryId),
    /// Moves a category.
    MoveCategory(CategoryId, Direction),
}

impl Menu {
    /// The menu after an edit.
    pub fn apply_edit(&self, edit: Edit) -> Result<Self, Violations> {
        let mut all = self.categories.clone();
        match edit {
            Edit::Put(category, item) => put_item(&mut all, &category, *item)?,
            Edit::Remove(id) => retain_items(&mut all, |item| item.id != id),
            Edit::Move(id, direction) => {
                for category in &mut all {
                    move_by_one(&mut category.items, |item| item.id == id, direction);
                }
            }
            Edit::Hide(id, hidden) => change_item(&mut all, &id, |item| item.hidden = hidden),
            Edit::Prices(prices) => {
                for (id, price_minor) in prices {
                    change_item(&mut all, &id, |item| item.price_minor = price_minor);
                }
            }
            Edit::Low(id, low) => change_item(&mut all, &id, |item| item.low_stock = low),
            Edit::AddCategory(id, name) => all.push(Category { id, name, items: Vec::new() }),
            Edit::RenameCategory(id, name) => {
                if let Some(category) = all.iter_mut().find(|category| category.id == id) {
                    category.name = name;
                }
            }
            Edit::RemoveCategory(id) => all.retain(|category| category.id != id),
            Edit::MoveCategory(id, direction) => {
                move_by_one(&mut all, |category| category.id == id, direction);
            }
        }
        Ok(Self::new(all)?.priced_in(self.currency))
    }

    /// An unused dish id made of this name.
    pub fn free_item_id(&self, name: &Name) -> Option<ItemId> {
        let is_taken = |slug: &str| self.index.keys().any(|id| id.as_str() == slug);
        free_slug(name.as_str(), "dish", is_taken).parse().ok()
    }

    /// An unused category id made of this name.
    pub fn free_category_id(&self, name: &Name) -> Option<CategoryId> {
        let is_taken = |slug: &str| self.categories.iter().any(|c| c.id.as_str() == slug);
        free_slug(name.as_str(), "category", is_taken).parse().ok()
    }
}

fn put_item(all: &mut [Category], category: &CategoryId, item: Item) -> Result<(), Violations> {
    let gone = || Violations::one("category", "is not on the menu any more");
    let to = all.iter().position(|c| c.id == *category).ok_or_else(gone)?;
    let at = |c: &Category| c.items.iter().position(|other| other.id == item.id);
    match all.iter().enumerate().find_map(|(c, category)| Some((c, at(category)?))) {
        Some((c, i)) if c == to => all[c].items[i] = item,
        Some((c, i)) => {
            all[c].items.remove(i);
            all[to].items.push(item);
        }
        None => all[to].items.push(item),
    }
    Ok(())
}

fn retain_items(all: &mut [Category], keep: impl Fn(&Item) -> bool) {
    for category in all {
        category.items.retain(&keep);
    }
}

fn change_item(all: &mut [Category], id: &ItemId, change: impl Fn(&mut Item)) {
    let items = all.iter_mut().flat_map(|category| &mut category.items);
    items.filter(|item| item.id == *id).for_each(change);
}

fn move_by_one<T>(all: &mut [T], is_it: impl Fn(&T) -> bool, direction: Direction) {
    let Some(at) = all.iter().position(is_it) else { return };
    let to = match direction {
        Direction::Up => at.checked_sub(1),
        Direction::Down => Some(at + 1).filter(|to| *to < all.len()),
    };
    if let Some(to) = to {
        all.swap(at, to);
    }
}

/// An unused slug made of a name: `Tiramisù` becomes `tiramisu`. `otherwise` is used if no
/// character is left.
pub fn free_slug(name: &str, otherwise: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars().map(strip_accents) {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.truncate(MAX_SLUG - 5);
    let slug = match slug.trim_end_matches('-') {
        "" => otherwise,
        slug => slug,
    };
    let numbered = (2..).map(|n| format!("{slug}-{n}"));
    let mut names = std::iter::once(slug.to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or_default()
}

/// Removes the accents of Latin letters.
fn strip_accents(c: char) -> char {
    match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ß' => 's',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn names(menu: &Menu) -> Vec<String> {
        let items = menu.categories().iter().flat_map(|c| &c.items);
        items.map(|item| item.id.to_string()).collect()
    }

    #[test]
    fn dishes_are_put_moved_hidden_and_removed() {
        let menu = fixtures::menu();
        let id: ItemId = "calzone".parse().unwrap();
        let up = menu.apply_edit(Edit::Move(id.clone(), Direction::Up)).unwrap();
        assert_eq!(names(&up), ["calzone", "margherita"]);
        let further = up.apply_edit(Edit::Move(id.clone(), Direction::Up)).unwrap();
        assert_eq!(further, up, "the first one stays");
        let hidden = menu.apply_edit(Edit::Hide(id.clone(), true)).unwrap();
        assert_eq!(names(&hidden.shown()), ["margherita"]);
        assert!(hidden.shown().item(&id).is_none() && hidden.item(&id).is_some());
        assert_eq!(hidden.apply_edit(Edit::Hide(id.clone(), false)).unwrap(), menu);
        let dearer = menu.apply_edit(Edit::Prices(vec![(id.clone(), 1_200)])).unwrap();
        assert_eq!(dearer.item(&id).unwrap().price_minor, 1_200);
        assert!(menu.apply_edit(Edit::Prices(vec![(id.clone(), -1)])).is_err());
        let gone = menu.apply_edit(Edit::Remove(id.clone())).unwrap();
        assert_eq!(names(&gone), ["margherita"]);
        assert_eq!(gone.apply_edit(Edit::Remove(id)).unwrap(), gone);
    }

    #[test]
    fn a_dish_changes_its_heading() {
        let sweet: CategoryId = "sweet".parse().unwrap();
        let menu = fixtures::menu();
        let added = Edit::AddCategory(sweet.clone(), "Sweet".parse().unwrap());
        let menu = menu.apply_edit(added).unwrap();
        let item = menu.item(&"margherita".parse().unwrap()).unwrap().clone();
        let moved = menu.apply_edit(Edit::Put(sweet.clone(), Box::new(item.clone()))).unwrap();
        assert_eq!(names(&moved), ["calzone", "margherita"]);
        let unknown = Edit::Put("x".parse().unwrap(), Box::new(item));
        assert_eq!(menu.apply_edit(unknown).unwrap_err().0[0].field, "category");
        let first = moved.apply_edit(Edit::MoveCategory(sweet.clone(), Direction::Up)).unwrap();
        assert_eq!(first.categories()[0].id, sweet);
        let named = first.apply_edit(Edit::RenameCategory(sweet.clone(), "Dolci".parse().unwrap()));
        assert_eq!(named.unwrap().categories()[0].name.as_str(), "Dolci");
        assert_eq!(first.apply_edit(Edit::RemoveCategory(sweet)).unwrap().categories().len(), 1);
    }

    #[test]
    fn names_become_slugs_that_are_free() {
        let menu = fixtures::menu();
        let id = |name: &str| menu.free_item_id(&name.parse().unwrap()).unwrap().to_string();
        assert_eq!(id("Tiramisù della Nonna!"), "tiramisu-della-nonna");
        assert_eq!(id("Margherita"), "margherita-2");
        assert_eq!(id("ラーメン"), "dish");
        assert_eq!(id(&"long ".repeat(20)).len(), 59, "with room for a number");
    }
}
