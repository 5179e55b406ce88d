//! The checkout page applies the rules of the API.

use axum::http::{Method, StatusCode, header};
use domain::{
    fixtures,
    language::Language,
    payment_method::PaymentMethod,
    restaurant::{CashRules, Restaurant},
};
use events::{Topic, menu::RestaurantBody, order_details};

use super::shop::{Answer, Shop, request};

const FORM: &str = "application/x-www-form-urlencoded";

async fn post(shop: &Shop, path: &str, cookie: &str, form: &str) -> Answer {
    let headers = [("content-type", FORM), ("cookie", cookie), ("sec-fetch-site", "same-origin")];
    shop.send(request(Method::POST, path, &headers, form.to_owned())).await
}

/// The cookie of a cart with one dish.
async fn cart(shop: &Shop) -> String {
    let form = "item_id=margherita&quantity=2&option=extra-cheese&option=";
    let answer = post(shop, "/r/bella-napoli/cart", "", form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.header(header::SET_COOKIE).split(';').next().unwrap().to_owned()
}

const GOOD: &str = "restaurant=bella-napoli&key=k1&name=Ada&email=ada%40example.com&phone=\
    &fulfilment=pickup&tip_minor=0&payment_method=pm_card_visa";

#[tokio::test]
async fn a_second_click_is_the_same_order() {
    let shop = Shop::open();
    let cookie = cart(&shop).await;
    let first = post(&shop, "/checkout", &cookie, GOOD).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
    assert!(first.header(header::LOCATION).starts_with("/orders/"));
    let second = post(&shop, "/checkout", &cookie, GOOD).await;
    assert_eq!(second.header(header::LOCATION), first.header(header::LOCATION));
    assert_eq!(shop.log().read(&[Topic::OrderDetails]).len(), 1);
}

#[tokio::test]
async fn violations_are_shown_in_the_form() {
    let shop = Shop::open();
    let cookie = cart(&shop).await;
    let before = shop.published();
    let changes = [
        ("name=Ada", "name=%3Cscript%3Ealert(1)%3C%2Fscript%3E%0D%0Ax"),
        ("email=ada%40example.com", "email=ada"),
        ("phone=", "phone=call+me"),
        ("fulfilment=pickup", "fulfilment=delivery&address="),
        ("tip_minor=0", "tip_minor=-1"),
        ("tip_minor=0", "tip_minor=9223372036854775807"),
        ("payment_method=pm_card_visa", "payment_method=4242424242424242"),
    ];
    for (right, wrong) in changes {
        let answer = post(&shop, "/checkout", &cookie, &GOOD.replace(right, wrong)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(answer.body.contains("<form"), "{wrong}");
        assert!(!answer.body.contains("<script>alert"), "{wrong}");
    }
    let empty = post(&shop, "/checkout", "", GOOD).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY, "an empty cart");
    let nowhere = GOOD.replace("bella-napoli", "nowhere");
    assert_eq!(post(&shop, "/checkout", &cookie, &nowhere).await.status, StatusCode::NOT_FOUND);
    assert_eq!(shop.published(), before);
}

#[tokio::test]
async fn an_order_has_the_language_of_its_page() {
    for (reads, language) in [("comanda_lang=it", Language::It), ("comanda_lang=en", Language::En)]
    {
        let shop = Shop::open();
        let cookie = format!("{reads}; {}", cart(&shop).await);
        let placed = post(&shop, "/checkout", &cookie, GOOD).await;
        assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.body);
        let records = shop.log().read(&[Topic::OrderDetails]);
        assert_eq!(order_details::decode_order(&records[0]).unwrap().customer.language, language);
        // Repeated from the page in another language, it is the same order.
        let cookie = cookie.replace(reads, "comanda_lang=it");
        let again = post(&shop, "/checkout", &cookie, GOOD).await;
        assert_eq!(again.header(header::LOCATION), placed.header(header::LOCATION));
    }
}

#[tokio::test]
async fn an_old_form_with_a_changed_cart_gets_a_new_key() {
    let shop = Shop::open();
    let cookie = cart(&shop).await;
    post(&shop, "/checkout", &cookie, GOOD).await;
    let changed = GOOD.replace("tip_minor=0", "tip_minor=100");
    let answer = post(&shop, "/checkout", &cookie, &changed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("has changed since"));
    assert!(!answer.body.contains("value=\"k1\""), "the form has a new key");
    assert_eq!(shop.log().read(&[Topic::OrderDetails]).len(), 1);
}

#[tokio::test]
async fn nonsense_in_the_cart_never_breaks_a_page() {
    let shop = Shop::open();
    for cookie in ["x", "a*b*c", "sushi*1**", "margherita*0**", "margherita*1*gold*", "%FF", "~~~"]
    {
        let cookie = format!("comanda_cart_bella-napoli={cookie}");
        for path in ["/r/bella-napoli", "/checkout?restaurant=bella-napoli"] {
            let answer = shop.send(request(Method::GET, path, &[("cookie", &cookie)], "")).await;
            assert_eq!(answer.status, StatusCode::OK, "{path} {cookie}");
        }
        let answer = post(&shop, "/checkout", &cookie, GOOD).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{cookie}");
    }
    assert!(shop.log().read(&[Topic::OrderDetails]).is_empty());
}

/// The restaurant takes cash up to a limit.
async fn take_cash(shop: &Shop, limit_minor: i64) {
    let cash = CashRules { is_allowed: true, limit_minor: Some(limit_minor) };
    let restaurant = Restaurant { cash, ..fixtures::restaurant() };
    let body = serde_json::to_string(&RestaurantBody::from(&restaurant)).unwrap();
    let answer = shop.staff(Method::PUT, "/api/restaurants/bella-napoli", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

fn form_with(method: &str) -> String {
    GOOD.replace("payment_method=pm_card_visa", &format!("payment_method={method}"))
}

#[tokio::test]
async fn an_order_is_paid_in_cash_up_to_the_limit() {
    let shop = Shop::open();
    let cookie = cart(&shop).await;
    let cash = form_with("cash");
    let refused = post(&shop, "/checkout", &cookie, &cash).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("does not take cash"), "{}", refused.body);

    // Two margheritas with cheese come to 22.00.
    take_cash(&shop, 2_199).await;
    let refused = post(&shop, "/checkout", &cookie, &cash).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("takes at most €21.99 in cash"), "{}", refused.body);
    assert!(refused.body.contains("value=\"ada@example.com\""), "{}", refused.body);
    assert!(shop.log().read(&[Topic::OrderDetails]).is_empty());

    take_cash(&shop, 2_200).await;
    let placed = post(&shop, "/checkout", &cookie, &cash).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.body);
    let records = shop.log().read(&[Topic::OrderDetails]);
    let order = order_details::decode_order(&records[0]).unwrap();
    assert_eq!(order.payment_method, PaymentMethod::Cash);
}

#[tokio::test]
async fn beside_the_choice_of_cash_a_card_has_its_own_field() {
    let shop = Shop::open();
    let cookie = cart(&shop).await;
    let without = post(&shop, "/checkout", &cookie, &form_with("card")).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY, "no card is chosen");
    let placed = post(&shop, "/checkout", &cookie, &form_with("card&card=pm_card_visa")).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.body);
    let records = shop.log().read(&[Topic::OrderDetails]);
    let order = order_details::decode_order(&records[0]).unwrap();
    assert_eq!(order.payment_method.as_str(), "pm_card_visa");
}
