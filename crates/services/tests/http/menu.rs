//! A menu is searched and filtered by its URL, without a script.

use axum::http::Method;
use serde_json::json;

use super::shop::Shop;

async fn shop() -> Shop {
    let shop = Shop::open();
    let group = json!({"id": "extras", "name": "Extras", "max": 1,
        "options": [{"id": "cheese", "name": "Cheese", "allergens": ["milk"]}]});
    let menu = json!({"categories": [
        {"id": "pizza", "name": "Pizza", "items": [
            {"id": "marinara", "name": "Marinara", "price_minor": 800, "dietary": ["vegan"],
             "allergens": ["gluten"], "option_groups": [group]},
            {"id": "diavola", "name": "Diavola", "price_minor": 900, "dietary": ["spicy"],
             "allergens": ["gluten", "milk"]},
        ]},
        {"id": "drinks", "name": "Drinks", "items": [
            {"id": "limonata", "name": "Limonàta", "price_minor": 300, "dietary": ["vegan"]},
        ]},
    ]});
    let path = "/api/restaurants/bella-napoli/menu";
    let answer = shop.staff(Method::PUT, path, menu.to_string()).await;
    assert!(answer.status.is_success(), "{}", answer.body);
    shop
}

/// The dishes that the page shows.
async fn shown(shop: &Shop, query: &str) -> Vec<String> {
    let page = shop.get(&format!("/r/bella-napoli{query}")).await.body;
    let rows = page.split("<li").skip(1).filter(|row| row.contains("popovertarget=\"i-"));
    let is_shown = |row: &&str| !row.split('>').next().unwrap().contains("hidden");
    let id = |row: &str| {
        row.split("popovertarget=\"i-").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    rows.filter(is_shown).map(id).collect()
}

#[tokio::test]
async fn words_tags_and_allergens_filter_the_menu() {
    let shop = shop().await;
    assert_eq!(shown(&shop, "").await, ["marinara", "diavola", "limonata"]);
    assert_eq!(shown(&shop, "?diet=vegetarian").await, ["marinara", "limonata"]);
    assert_eq!(shown(&shop, "?diet=vegan&diet=spicy").await, [""; 0]);
    assert_eq!(shown(&shop, "?without=milk&without=nuts").await, ["marinara", "limonata"]);
    assert_eq!(shown(&shop, "?q=LIMONATA").await, ["limonata"]);
    assert_eq!(shown(&shop, "?q=&diet=nonsense").await.len(), 3);
}

#[tokio::test]
async fn the_form_keeps_the_filter_and_an_empty_result_says_so() {
    let shop = shop().await;
    let page = shop.get("/r/bella-napoli?q=sushi&diet=vegan&without=milk").await.body;
    assert!(page.contains("name=\"q\" value=\"sushi\""), "{page}");
    assert!(page.contains("name=\"diet\" value=\"vegan\" checked"), "{page}");
    assert!(page.contains("name=\"without\" value=\"milk\" data-name=\"milk\" checked"), "{page}");
    assert!(page.contains("id=\"nothing\">"), "{page}");
    assert!(page.contains("Contains milk"), "the option says what it brings");
}
