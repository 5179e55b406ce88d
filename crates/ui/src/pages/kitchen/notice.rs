//! Notices about the last action on the board.

use domain::{ids::RestaurantId, status::Status, stock::Dish};
use maud::{Markup, html};

use super::{KitchenPage, pantry};
use crate::icons;

/// Notices above the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KitchenNotice {
    /// An order cannot be rejected without a reason.
    NoReason,
    /// The order had gone on to this status.
    Faster(Status),
    /// It is not decided yet.
    Waiting,
    /// A dish was marked as sold out; with the number of pieces before, if it was counted.
    SoldOut(Dish, Option<u32>),
    /// A dish can be ordered again.
    SoldAgain(Dish),
}

const NO_REASON: &str = "no-reason";
const WAITING: &str = "waiting";
const SOLD_OUT: &str = "sold-out";
const SOLD_AGAIN: &str = "sold-again";

/// The address of a restaurant's board; `None` for the board of all.
pub fn board_of(restaurant: Option<&RestaurantId>) -> String {
    format!("/kitchen?restaurant={}", restaurant.map_or("", RestaurantId::as_str))
}

impl KitchenNotice {
    /// The address of a board with this notice.
    pub fn board_of(&self, restaurant: Option<&RestaurantId>) -> String {
        let notice = match self {
            Self::NoReason => NO_REASON.to_owned(),
            Self::Waiting => WAITING.to_owned(),
            Self::Faster(status) => status.to_string(),
            Self::SoldOut(dish, None) => format!("{SOLD_OUT}&dish={dish}"),
            Self::SoldOut(dish, Some(left)) => format!("{SOLD_OUT}&dish={dish}&left={left}"),
            Self::SoldAgain(dish) => format!("{SOLD_AGAIN}&dish={dish}"),
        };
        format!("{}&notice={notice}", board_of(restaurant))
    }

    /// Parses the query parameters `notice`, `dish` and `left`. `None` for invalid ones.
    pub fn read(notice: &str, dish: &str, left: &str) -> Option<Self> {
        let dish = || dish.parse().ok();
        Some(match notice {
            NO_REASON => Self::NoReason,
            WAITING => Self::Waiting,
            SOLD_OUT => Self::SoldOut(dish()?, left.parse().ok()),
            SOLD_AGAIN => Self::SoldAgain(dish()?),
            status => Self::Faster(status.parse().ok()?),
        })
    }
}

pub(super) fn notice(page: &KitchenPage<'_>) -> Markup {
    let words = &page.words().notice;
    let notice = page.notice.as_ref().and_then(|notice| {
        let nothing = || html! {};
        Some(match notice {
            KitchenNotice::NoReason => notice_bar("bad", words.no_reason, &nothing()),
            KitchenNotice::Waiting => notice_bar("warn", words.waiting, &nothing()),
            KitchenNotice::Faster(status) => {
                notice_bar("warn", &(words.faster)(*status), &nothing())
            }
            KitchenNotice::SoldOut(dish, back) => {
                let text = (words.sold_out)(name(page, dish)?);
                notice_bar("warn", &text, &pantry::undo(page, dish, *back))
            }
            KitchenNotice::SoldAgain(dish) => {
                notice_bar("good", &(words.sold_again)(name(page, dish)?), &nothing())
            }
        })
    });
    html! { @if let Some(notice) = notice { (notice) } }
}

fn notice_bar(tone: &str, text: &str, more: &Markup) -> Markup {
    let icon = if tone == "good" { icons::tick() } else { icons::warning() };
    html! {
        div.notice.(tone) role="status" { (icon) p { (text) } (more) }
    }
}

/// The name of a dish on a menu that is shown.
fn name<'a>(page: &'a KitchenPage<'_>, dish: &Dish) -> Option<&'a str> {
    let item = page.pantry(&dish.restaurant_id)?.menu.item(&dish.item_id)?;
    Some(item.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_survives_the_address() {
        let dish: Dish = "roma/tiramisu".parse().unwrap();
        let notices = [
            KitchenNotice::NoReason,
            KitchenNotice::Waiting,
            KitchenNotice::Faster(Status::OutForDelivery),
            KitchenNotice::SoldOut(dish.clone(), None),
            KitchenNotice::SoldOut(dish.clone(), Some(7)),
            KitchenNotice::SoldAgain(dish),
        ];
        let roma = "roma".parse().unwrap();
        for notice in notices {
            let address = notice.board_of(Some(&roma));
            let query = address.strip_prefix("/kitchen?restaurant=roma&").unwrap();
            let part = |name: &str| {
                let mut parts = query.split('&').filter_map(|part| part.split_once('='));
                parts.find(|(key, _)| *key == name).map_or("", |(_, value)| value)
            };
            let read = KitchenNotice::read(part("notice"), part("dish"), part("left"));
            assert_eq!(read, Some(notice));
        }
        for made_up in ["", "eaten", "sold-out"] {
            assert_eq!(KitchenNotice::read(made_up, "no dish", "7"), None);
        }
    }
}
