//! A declined payment on the checkout, and the next try on the same page.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use axum::http::{Method, StatusCode, header};
use domain::{ids::OrderId, order::Order, payment::DeclineReason};
use events::{Topic, order_declined, order_details};
use services::{storefront::OUTCOME_TIMEOUT, transactions::TransactionsHandler};

use super::{
    common::run,
    shop::{Answer, Shop, request},
};

const CHECKOUT: &str = "/checkout?restaurant=bella-napoli";
const DECLINED: &str = "pm_card_chargeDeclined";

/// A customer, whose browser keeps cookies.
#[derive(Default)]
struct Customer(Mutex<BTreeMap<String, String>>);

impl Customer {
    /// A customer with a cart of one dish.
    async fn with_cart(shop: &Shop) -> Self {
        let customer = Self::default();
        customer.add(shop, "margherita").await;
        customer
    }

    async fn add(&self, shop: &Shop, dish: &str) {
        let form = format!("item_id={dish}&quantity=2&option=");
        let answer = self.post(shop, "/r/bella-napoli/cart", &form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }

    async fn get(&self, shop: &Shop, path: &str) -> Answer {
        self.send(shop, Method::GET, path, "").await
    }

    async fn post(&self, shop: &Shop, path: &str, form: &str) -> Answer {
        self.send(shop, Method::POST, path, form).await
    }

    async fn send(&self, shop: &Shop, method: Method, path: &str, form: &str) -> Answer {
        let cookies: Vec<_> =
            self.0.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let headers = [kind, ("cookie", &cookies.join("; "))];
        let answer = shop.send(request(method, path, &headers, form.to_owned())).await;
        for line in answer.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            let mut cookies = self.0.lock().unwrap();
            match line.contains("Max-Age=0") {
                true => cookies.remove(name),
                false => cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        answer
    }

    fn has_cart(&self) -> bool {
        self.0.lock().unwrap().contains_key("comanda_cart_bella-napoli")
    }

    /// Presses *Pay* on a page.
    async fn pays(&self, shop: &Shop, page: &str, card: &str) -> Answer {
        let replaces = hidden(page, "replaces").map(|id| format!("&replaces={id}"));
        let form = format!(
            "restaurant=bella-napoli&key={}&name=Ada&email=ada%40example.com&fulfilment=delivery\
             &address=1+Via+Roma&tip_minor=0&payment_method={card}{}",
            hidden(page, "key").unwrap(),
            replaces.unwrap_or_default()
        );
        self.post(shop, "/checkout", &form).await
    }
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> Option<String> {
    let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1)?;
    Some(rest.split('"').next().unwrap().to_owned())
}

fn orders(shop: &Shop) -> Vec<Order> {
    let records = shop.log().read(&[Topic::OrderDetails]);
    records.iter().map(|record| order_details::decode_order(record).unwrap()).collect()
}

/// Charges every order.
async fn charge(shop: &Shop) {
    let charging = TransactionsHandler::new(shop.world.payments());
    run::run(&shop.world, &charging, &shop.log().read(&[Topic::OrderDetails])).await;
}

fn assert_leads_to(answer: &Answer, order: OrderId) {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(answer.header(header::LOCATION), format!("/orders/{order}"));
}

fn assert_declined(answer: &Answer, order: OrderId) {
    assert_eq!(answer.status, StatusCode::PAYMENT_REQUIRED, "{}", answer.body);
    let error = answer.body.split("id=\"card-error\" role=\"alert\"").nth(1).unwrap();
    let error = error.split("</div>").next().unwrap();
    assert!(error.contains("Your bank declined the card. Try another card."), "{error}");
    assert!(answer.body.contains("Nothing was charged, and your order is still here."));
    for kept in ["value=\"Ada\"", "value=\"ada@example.com\"", "value=\"1 Via Roma\"", "Margherita"]
    {
        assert!(answer.body.contains(kept), "{kept} is kept: {}", answer.body);
    }
    assert_eq!(hidden(&answer.body, "replaces"), Some(order.to_string()));
}

/// Charges every order after a while.
async fn charge_after(shop: &Shop, delay: Duration) {
    tokio::time::sleep(delay).await;
    charge(shop).await;
}

#[tokio::test(start_paused = true)]
async fn another_card_pays_on_the_same_page() {
    let shop = Shop::patient();
    let ada = Customer::with_cart(&shop).await;
    let page = ada.get(&shop, CHECKOUT).await.body;
    let in_time = charge_after(&shop, OUTCOME_TIMEOUT / 2);
    let (declined, ()) = tokio::join!(ada.pays(&shop, &page, DECLINED), in_time);
    let first = orders(&shop)[0].id;
    assert_declined(&declined, first);
    assert!(ada.has_cart(), "the cart is kept");
    assert_ne!(hidden(&declined.body, "key"), hidden(&page, "key"));
    let in_time = charge_after(&shop, OUTCOME_TIMEOUT / 2);
    let (paid, ()) = tokio::join!(ada.pays(&shop, &declined.body, "pm_card_visa"), in_time);
    let both = orders(&shop);
    let second = both.iter().find(|order| order.id != first).unwrap();
    assert_leads_to(&paid, second.id);
    assert_eq!((both.len(), second.replaces), (2, Some(first)));
    assert!(!ada.has_cart(), "the cart is ordered");
}

#[tokio::test(start_paused = true)]
async fn what_takes_longer_is_for_the_page_of_the_order() {
    let shop = Shop::patient();
    let ada = Customer::with_cart(&shop).await;
    let page = ada.get(&shop, CHECKOUT).await.body;
    let late = charge_after(&shop, OUTCOME_TIMEOUT * 2);
    let (undecided, ()) = tokio::join!(ada.pays(&shop, &page, DECLINED), late);
    assert_leads_to(&undecided, orders(&shop)[0].id);
    assert!(!ada.has_cart());
}

#[tokio::test]
async fn a_repeated_press_is_told_the_same_by_every_instance() {
    let shop = Shop::open();
    let other = shop.another(true);
    let ada = Customer::with_cart(&shop).await;
    let page = ada.get(&shop, CHECKOUT).await.body;
    let cart = ada.0.lock().unwrap().clone();
    ada.pays(&shop, &page, DECLINED).await;
    charge(&shop).await;
    let first = orders(&shop)[0].id;
    for shop in [&shop, &other] {
        // The answer to the first press was lost, so the cart is still there.
        let ada = Customer(Mutex::new(cart.clone()));
        assert_declined(&ada.pays(shop, &page, "ctoken_2").await, first);
    }
    assert_eq!(orders(&shop).len(), 1);
}

#[tokio::test]
async fn an_order_that_was_cancelled_is_not_placed_again() {
    let shop = Shop::open();
    let ada = Customer::with_cart(&shop).await;
    let page = ada.get(&shop, CHECKOUT).await.body;
    let cart = ada.0.lock().unwrap().clone();
    ada.pays(&shop, &page, "pm_card_visa").await;
    let order = orders(&shop)[0].id;
    let (reason, at) = (DeclineReason::Cancelled, shop.world.clock.now());
    shop.log().append(&order_declined::encode_declined(&orders(&shop)[0], reason, at));
    let ada = Customer(Mutex::new(cart));
    assert_leads_to(&ada.pays(&shop, &page, "pm_card_visa").await, order);
}

/// Two tabs have the same key, and so have the cart and a page that was reloaded.
#[tokio::test]
async fn a_cart_is_ordered_once_from_all_tabs() {
    let shop = Shop::open();
    let ada = Customer::with_cart(&shop).await;
    let one = ada.get(&shop, CHECKOUT).await.body;
    let two = ada.get(&shop, CHECKOUT).await.body;
    assert_eq!(hidden(&one, "key"), hidden(&two, "key"));
    let cart = ada.0.lock().unwrap().clone();
    let first = ada.pays(&shop, &one, "ctoken_1").await;
    let order = orders(&shop)[0].id;
    assert_leads_to(&first, order);
    // At the same time, with the cart; and later, without it.
    let second = Customer(Mutex::new(cart)).pays(&shop, &two, "ctoken_2").await;
    assert_leads_to(&second, order);
    assert_leads_to(&ada.pays(&shop, &two, "ctoken_3").await, order);
    assert_eq!(orders(&shop).len(), 1);
    // A stranger's form without a cart learns nothing.
    let stranger = Customer::default().pays(&shop, &two, "ctoken_4").await;
    assert_eq!(stranger.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_changed_cart_and_an_old_one_get_another_key() {
    let shop = Shop::open();
    let ada = Customer::with_cart(&shop).await;
    let key = async || hidden(&ada.get(&shop, CHECKOUT).await.body, "key").unwrap();
    let first = key().await;
    ada.add(&shop, "margherita").await;
    let changed = key().await;
    assert_ne!(changed, first);
    assert_eq!(key().await, changed);
    // The clock advances by a second at each reading.
    for _ in 0..3_600 {
        shop.world.clock.now();
    }
    assert_ne!(key().await, changed);
}

#[tokio::test]
async fn no_page_shows_a_token() {
    let shop = Shop::open();
    let ada = Customer::with_cart(&shop).await;
    let page = ada.get(&shop, CHECKOUT).await.body;
    let key = hidden(&page, "key").unwrap();
    let form = format!("restaurant=bella-napoli&key={key}&payment_method=ctoken_hidden");
    let refused = ada.post(&shop, "/checkout", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.body.contains("ctoken_"), "{}", refused.body);
}
