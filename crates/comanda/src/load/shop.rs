//! Restaurants and dishes of the API, and random orders made of them.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// Stripe's test cards: one that is declined, and one that is accepted.
const DECLINED_CARD: &str = "pm_card_chargeDeclined";
const ACCEPTED_CARD: &str = "pm_card_visa";

/// `GET /api/restaurants`
#[derive(Debug, Deserialize)]
pub(super) struct Restaurants {
    pub(super) restaurants: Vec<ListedRestaurant>,
}

/// A restaurant of the list.
#[derive(Debug, Deserialize)]
pub(super) struct ListedRestaurant {
    pub(super) id: String,
    /// Null if it has no menu.
    pub(super) menu_version: Option<i64>,
    /// A closed restaurant takes no orders.
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

/// A restaurant and its dishes without limited stock.
#[derive(Debug)]
pub(super) struct Shop {
    id: String,
    dishes: Vec<Dish>,
}

/// A dish with its mandatory options.
#[derive(Debug)]
struct Dish {
    id: String,
    options: Vec<String>,
}

impl Shop {
    /// The dishes without limited stock; `None` if there are none.
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
pub(super) struct OrderRequest {
    /// The JSON body.
    pub(super) body: String,
    /// Whether its card will be declined.
    pub(super) has_declined_card: bool,
}

/// A random order of one to three dishes for pickup, so that no minimum applies. `None` without
/// shops.
pub(super) fn random_order(
    shops: &[Shop],
    rng: &mut Rng,
    customers: u32,
    refused: f64,
) -> Option<OrderRequest> {
    let shop = rng.choice(shops)?;
    let wanted = rng.usize(1..=3);
    let line = |_| {
        let Dish { id, options } = rng.choice(&shop.dishes)?;
        Some(Line { item_id: id, quantity: rng.u32(1..=2), options })
    };
    let lines = (0..wanted).filter_map(line).collect();
    let has_declined_card = rng.f64() < refused;
    let email = format!("customer-{}@load.example", rng.u32(0..customers.max(1)));
    let body = Body {
        restaurant_id: &shop.id,
        customer: Customer { name: "Load", email: &email },
        fulfilment: Fulfilment { kind: "pickup" },
        lines,
        payment_method: if has_declined_card { DECLINED_CARD } else { ACCEPTED_CARD },
    };
    Some(OrderRequest { body: serde_json::to_string(&body).ok()?, has_declined_card })
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
    fn orders_have_mandatory_options_and_no_limited_dish() {
        let shops = shops();
        for seed in 0..50 {
            let request = random_order(&shops, &mut Rng::with_seed(seed), 10, 0.0).unwrap();
            let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
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
            (0..100).map(|_| random_order(&shops, &mut rng, 10, 0.3).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(all(1), all(1));
        assert_ne!(all(1), all(2));
        let refused = all(1).iter().filter(|request| request.has_declined_card).count();
        assert!((15..45).contains(&refused), "{refused}");
        let is_consistent = all(1)
            .iter()
            .all(|request| request.has_declined_card == request.body.contains(DECLINED_CARD));
        assert!(is_consistent);
    }

    #[test]
    fn a_shop_without_dishes_is_none() {
        let menu = r#"{"restaurant_id": "a", "categories": []}"#;
        assert!(Shop::new(serde_json::from_str(menu).unwrap()).is_none());
        assert_eq!(random_order(&[], &mut Rng::with_seed(1), 1, 0.0), None);
    }
}
