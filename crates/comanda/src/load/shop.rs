//! What can be ordered, as the API tells it, and orders made of that.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// A refused card, and one that pays, as payment gateways have them for tests.
const CARDS: (&str, &str) = ("pm_card_chargeDeclined", "pm_card_visa");

/// `GET /api/restaurants`
#[derive(Debug, Deserialize)]
pub(super) struct Restaurants {
    pub(super) restaurants: Vec<Listed>,
}

/// A restaurant of the list.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    pub(super) id: String,
    /// Null while it has no menu.
    pub(super) menu_version: Option<i64>,
    /// Closed ones take no orders.
    pub(super) open: bool,
}

/// `GET /api/restaurants/{id}/menu`
#[derive(Debug, Deserialize)]
pub(super) struct Menu {
    restaurant_id: String,
    categories: Vec<Category>,
}

#[derive(Debug, Deserialize)]
struct Category {
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    id: String,
    price_minor: i64,
    #[serde(default)]
    stock: Option<u32>,
    #[serde(default)]
    option_groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    min: usize,
    options: Vec<Choice>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    id: String,
}

/// A restaurant and what it always has.
#[derive(Debug)]
pub(super) struct Shop {
    id: String,
    dishes: Vec<Dish>,
}

/// A dish with the options that it cannot be ordered without.
#[derive(Debug)]
struct Dish {
    id: String,
    options: Vec<String>,
}

impl Shop {
    /// The dishes that do not run out; `None` if there are none.
    pub(super) fn new(menu: Menu) -> Option<Self> {
        let items = menu.categories.into_iter().flat_map(|category| category.items);
        let endless = items.filter(|item| item.stock.is_none() && item.price_minor > 0);
        let dishes: Vec<_> = endless.map(Dish::from).collect();
        (!dishes.is_empty()).then_some(Self { id: menu.restaurant_id, dishes })
    }
}

impl From<Item> for Dish {
    fn from(item: Item) -> Self {
        let needed = |group: Group| group.options.into_iter().take(group.min);
        let options = item.option_groups.into_iter().flat_map(needed).map(|choice| choice.id);
        Self { options: options.collect(), id: item.id }
    }
}

/// The body of `POST /api/orders`.
#[derive(Debug, Serialize)]
struct Body<'a> {
    restaurant_id: &'a str,
    customer: Customer<'a>,
    fulfilment: Fulfilment,
    lines: Vec<Line<'a>>,
    payment_method: &'a str,
}

#[derive(Debug, Serialize)]
struct Customer<'a> {
    name: &'a str,
    email: &'a str,
}

#[derive(Debug, Serialize)]
struct Fulfilment {
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    item_id: &'a str,
    quantity: u32,
    options: &'a [String],
}

/// An order to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// JSON.
    pub(super) body: String,
    /// True if its card will be refused.
    pub(super) declines: bool,
}

/// Makes an order of one to three dishes, to be picked up: no minimum applies.
/// Answers nothing without shops.
pub(super) fn wish(shops: &[Shop], rng: &mut Rng, customers: u32, refused: f64) -> Option<Wish> {
    let shop = rng.choice(shops)?;
    let wanted = rng.usize(1..=3);
    let line = |_| {
        let Dish { id, options } = rng.choice(&shop.dishes)?;
        Some(Line { item_id: id, quantity: rng.u32(1..=2), options })
    };
    let lines = (0..wanted).filter_map(line).collect();
    let declines = rng.f64() < refused;
    let email = format!("customer-{}@load.example", rng.u32(0..customers.max(1)));
    let body = Body {
        restaurant_id: &shop.id,
        customer: Customer { name: "Load", email: &email },
        fulfilment: Fulfilment { kind: "pickup" },
        lines,
        payment_method: if declines { CARDS.0 } else { CARDS.1 },
    };
    Some(Wish { body: serde_json::to_string(&body).ok()?, declines })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shops() -> Vec<Shop> {
        let menu = r#"{"restaurant_id": "a", "categories": [{"items": [
            {"id": "soup", "price_minor": 500, "stock": 3},
            {"id": "rice", "price_minor": 300, "stock": null, "option_groups": [
              {"min": 1, "options": [{"id": "large"}, {"id": "small"}]},
              {"min": 0, "options": [{"id": "egg"}]}]}]}]}"#;
        Shop::new(serde_json::from_str(menu).unwrap()).into_iter().collect()
    }

    #[test]
    fn orders_hold_what_is_needed_and_nothing_that_runs_out() {
        let shops = shops();
        for seed in 0..50 {
            let wish = wish(&shops, &mut Rng::with_seed(seed), 10, 0.0).unwrap();
            let body: serde_json::Value = serde_json::from_str(&wish.body).unwrap();
            for line in body["lines"].as_array().unwrap() {
                assert_eq!(line["item_id"], "rice");
                assert_eq!(line["options"], serde_json::json!(["large"]));
            }
        }
    }

    #[test]
    fn the_same_seed_orders_the_same() {
        let shops = shops();
        let all = |seed| {
            let mut rng = Rng::with_seed(seed);
            (0..100).map(|_| wish(&shops, &mut rng, 10, 0.3).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(all(1), all(1));
        assert_ne!(all(1), all(2));
        let refused = all(1).iter().filter(|wish| wish.declines).count();
        assert!((15..45).contains(&refused), "{refused}");
        let told = all(1).iter().all(|wish| wish.declines == wish.body.contains(CARDS.0));
        assert!(told);
    }

    #[test]
    fn a_shop_without_dishes_is_none() {
        let menu = r#"{"restaurant_id": "a", "categories": []}"#;
        assert!(Shop::new(serde_json::from_str(menu).unwrap()).is_none());
        assert_eq!(wish(&[], &mut Rng::with_seed(1), 1, 0.0), None);
    }
}
