//! Pages are in the reader's language and declare it.

use axum::http::{Method, StatusCode, header};

use super::shop::{Answer, Shop, request};

async fn get(shop: &Shop, path: &str, headers: &[(&str, &str)]) -> Answer {
    shop.send(request(Method::GET, path, headers, "")).await
}

const ITALIAN: (&str, &str) = ("accept-language", "it-IT,it;q=0.9");

#[tokio::test]
async fn a_page_has_the_language_of_the_browser() {
    let shop = Shop::open();
    for (headers, lang) in [(&[][..], "en"), (&[ITALIAN][..], "it")] {
        for path in ["/", "/r/bella-napoli", "/sign-in", "/r/nowhere", "/orders/1", "/no/page"] {
            let answer = get(&shop, path, headers).await;
            assert_eq!(answer.header(header::CONTENT_LANGUAGE), lang, "{path}");
            assert!(answer.header(header::VARY).contains("accept-language, cookie"), "{path}");
            assert!(answer.body.contains(&format!("<html lang=\"{lang}\">")), "{path}");
        }
    }
}

#[tokio::test]
async fn a_chosen_language_is_stored_and_redirects_back() {
    let shop = Shop::open();
    let answer = get(&shop, "/checkout?restaurant=bella-napoli&lang=it", &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header(header::LOCATION), "/checkout?restaurant=bella-napoli");
    let cookie = answer.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let page = get(&shop, "/", &[("cookie", &cookie), ("accept-language", "en")]).await;
    assert_eq!(page.header(header::CONTENT_LANGUAGE), "it");
    assert!(page.body.contains("href=\"/?lang=en\""));
    let elsewhere = get(&shop, "//evil.example?lang=it", &[]).await;
    assert_eq!(elsewhere.header(header::LOCATION), "/evil.example");
}

#[tokio::test]
async fn problem_pages_are_in_the_readers_language_and_the_api_is_in_english() {
    let shop = Shop::open();
    let page = get(&shop, "/orders/1", &[ITALIAN]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("Pagina non trovata"), "{}", page.body);
    let form = [ITALIAN, ("content-type", "application/x-www-form-urlencoded")];
    let refused =
        request(Method::POST, "/r/bella-napoli/cart", &form, "item_id=calzone&quantity=0");
    let refused = shop.send(refused).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("La quantità deve essere fra 1 e 99."), "{}", refused.body);
    let api = get(&shop, "/api/orders/1?lang=it", &[ITALIAN]).await;
    assert!(api.body.contains("There is no such order"), "{}", api.body);
    assert!(!api.headers.contains_key(header::CONTENT_LANGUAGE));
}
