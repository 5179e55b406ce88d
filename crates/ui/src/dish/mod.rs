//! Pictures of dishes.
//!
//! A picture is drawn, not stored: words in the dish's id, name, description and category choose
//! its kind and toppings, and its id seeds their arrangement. So a dish always looks the same, and
//! no picture has to be uploaded. Coordinates are whole numbers on a grid of 96, which keeps a menu
//! of fifty dishes small.

use domain::{ids::ItemId, menu::Item};
use maud::{Markup, PreEscaped, html};

mod bakery;
mod bowls;
mod drinks;
mod hand;
mod kind;
mod pen;
mod street;
mod sweet;
mod table;
mod toppings;
mod wok;

use kind::{Kind, Words};
use pen::Pen;

/// The picture of a dish in a category. Decorative: the name is beside it.
pub fn picture(item: &Item, category: &str) -> Markup {
    html! {
        svg.dish viewBox="0 0 96 96" aria-hidden="true" { (PreEscaped(draw(item, category))) }
    }
}

/// The picture with a name, so that it can be shown [`again`]. Once per dish and page.
pub fn named(item: &Item, category: &str) -> Markup {
    html! {
        svg.dish viewBox="0 0 96 96" aria-hidden="true" {
            g id={ "d-" (item.id) } { (PreEscaped(draw(item, category))) }
        }
    }
}

/// The same picture again, on a page that already contains [`named`].
pub fn again(item_id: &ItemId) -> Markup {
    html! {
        svg.dish viewBox="0 0 96 96" aria-hidden="true" { use href={ "#d-" (item_id) } {} }
    }
}

/// Only numbers and colours of this module get into the drawing, never text of people.
fn draw(item: &Item, category: &str) -> String {
    let words = Words::new(item, category);
    let mut pen = Pen::new(item.id.as_str());
    match kind::of(&words) {
        Kind::Pizza => table::pizza(&mut pen, &words),
        Kind::Pasta => table::pasta(&mut pen, &words),
        Kind::Noodles => bowls::noodles(&mut pen, &words),
        Kind::Soup => bowls::soup(&mut pen, &words),
        Kind::Rice => wok::rice(&mut pen, &words),
        Kind::Wok => wok::wok(&mut pen, &words),
        Kind::Curry => bowls::curry(&mut pen, &words),
        Kind::Bowl => bowls::bowl(&mut pen, &words),
        Kind::Salad => bowls::salad(&mut pen, &words),
        Kind::Caprese => bakery::caprese(&mut pen),
        Kind::Plate => table::plate(&mut pen, &words),
        Kind::Burger => hand::burger(&mut pen, &words),
        Kind::Sandwich => bakery::sandwich(&mut pen, &words),
        Kind::Wrap => hand::wrap(&mut pen),
        Kind::Taco => hand::tacos(&mut pen),
        Kind::Quesadilla => street::quesadilla(&mut pen),
        Kind::Nachos => street::nachos(&mut pen),
        Kind::Corn => street::corn_cobs(&mut pen),
        Kind::Fries => hand::fries(&mut pen),
        Kind::Rings => hand::rings(&mut pen),
        Kind::Nigiri => hand::nigiri(&mut pen, &words),
        Kind::Maki => hand::maki(&mut pen),
        Kind::Dumplings => wok::steamer(&mut pen, &words),
        Kind::Bread => hand::bread(&mut pen),
        Kind::Croissant => bakery::croissant(&mut pen),
        Kind::CreamBun => bakery::cream_bun(&mut pen),
        Kind::Churros => street::churros(&mut pen),
        Kind::Calzone => hand::calzone(&mut pen),
        Kind::Lasagne => sweet::lasagne(&mut pen),
        Kind::Cake => sweet::cake(&mut pen, &words),
        Kind::Pudding => sweet::pudding(&mut pen, &words),
        Kind::IceCream => sweet::ice_cream(&mut pen, &words),
        Kind::Coffee => drinks::coffee(&mut pen, &words),
        Kind::Tea => drinks::tea(&mut pen),
        Kind::Beer => drinks::beer(&mut pen),
        Kind::Wine => drinks::wine(&mut pen, &words),
        Kind::Water => drinks::glass(&mut pen, "#cfe6f0", "#9fcbe0"),
        Kind::Juice => drinks::juice(&mut pen, &words),
        Kind::Soda => drinks::soda(&mut pen, &words),
    }
    pen.finish()
}

#[cfg(test)]
mod tests;
