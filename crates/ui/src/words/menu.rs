//! The menu of a restaurant, its sheets, and the cart.

use domain::menu::Dietary;

/// The menu.
pub(crate) struct Menu {
    pub(crate) all_restaurants: &'static str,
    pub(crate) categories: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) empty_hint: &'static str,
    pub(crate) contains: &'static str,
    pub(crate) sold_out: &'static str,
    pub(crate) only_left: fn(u32) -> String,
    pub(crate) dietary: fn(Dietary) -> &'static str,
    /// An allergen as menus write it, if it is a common one.
    pub(crate) allergen: fn(&str) -> Option<&'static str>,
}

/// Searching a menu.
pub(crate) struct Search {
    pub(crate) label: &'static str,
    pub(crate) placeholder: &'static str,
    pub(crate) without: &'static str,
    pub(crate) show: &'static str,
    pub(crate) clear: &'static str,
    pub(crate) none: &'static str,
    pub(crate) none_hint: &'static str,
}

/// The sheet of a dish.
pub(crate) struct Sheet {
    /// How many choices a question wants, at least and at most.
    pub(crate) rule: fn(u32, u32) -> String,
    pub(crate) note: &'static str,
    pub(crate) quantity: &'static str,
    pub(crate) one_less: &'static str,
    pub(crate) one_more: &'static str,
    pub(crate) add: &'static str,
    /// After [`Sheet::add`], for screen readers.
    pub(crate) to_order: &'static str,
}

/// The cart.
pub(crate) struct Cart {
    pub(crate) title: &'static str,
    pub(crate) blank: &'static str,
    pub(crate) blank_hint: &'static str,
    /// How many pieces.
    pub(crate) dishes: fn(u64) -> String,
    pub(crate) view: &'static str,
    /// With the pieces in words, and the sum.
    pub(crate) say: fn(&str, &str) -> String,
    /// With what is missing.
    pub(crate) more_for_delivery: fn(&str) -> String,
    pub(crate) tax_is_added: &'static str,
    pub(crate) to_checkout: &'static str,
    /// With the restaurant, while it is closed.
    pub(crate) not_yet: fn(&str) -> String,
    pub(crate) less_of: fn(&str) -> String,
    pub(crate) more_of: fn(&str) -> String,
}

/// The lines of a sum.
pub(crate) struct Sums {
    pub(crate) dishes: &'static str,
    pub(crate) delivery: &'static str,
    pub(crate) tip: &'static str,
    pub(crate) total: &'static str,
    /// Of a tax that the total contains.
    pub(crate) including: fn(&str) -> String,
}
