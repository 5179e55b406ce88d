//! The back office as an owner uses it: forms without a script.

use axum::http::{Method, StatusCode, header};
use domain::{changes::ChangeEntry, fixtures, number::OrderNumber};
use events::{Topic, order_confirmed, order_details, stock_changes};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    common::lock,
    shop::{Answer, Shop, assert_problem, good, request},
};

const AT: &str = "/backoffice/r/bella-napoli";

/// A shop with an owner of one restaurant, signed in.
struct Office {
    shop: Shop,
    cookie: String,
}

impl Office {
    async fn open() -> Self {
        let shop = Shop::open();
        let ada = shop.hire("ada@example.com", "owner", &["bella-napoli"]).await;
        let cookie = shop.session_of(&ada).await;
        Self { shop, cookie }
    }

    async fn get(&self, path: &str) -> Answer {
        self.shop.with_cookie(Method::GET, path, &self.cookie, "").await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.shop.with_cookie(Method::POST, path, &self.cookie, form(fields)).await
    }

    /// The version in a page's forms.
    async fn version(&self, path: &str) -> String {
        let page = self.get(path).await.body;
        let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    fn last(&self) -> ChangeEntry {
        self.shop.world.changes.all().pop().unwrap()
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pair = |(name, value): &(&str, &str)| format!("{}={}", encode(name), encode(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn differences(entry: &ChangeEntry) -> Vec<String> {
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "–".into());
    let all = entry.differences.iter();
    all.map(|d| format!("{} {}: {} → {}", d.of, d.field, side(&d.old), side(&d.new))).collect()
}

#[tokio::test]
async fn a_price_is_changed() {
    let office = Office::open().await;
    let version = office.version(AT).await;
    let prices = [
        ("version", version.as_str()),
        ("price.margherita", "10,20"),
        ("was.margherita", "9.50"),
        ("price.calzone", "11.00"),
        ("was.calzone", "11.00"),
    ];
    let saved = office.post(&format!("{AT}/prices"), &prices).await;
    assert_eq!(saved.header(header::LOCATION), format!("{AT}?said=saved"), "{}", saved.body);
    let menu = office.shop.get("/api/restaurants/bella-napoli/menu").await.json();
    assert_eq!(menu["categories"][0]["items"][0]["price_minor"], 1_020);
    let entry = office.last();
    assert_eq!(entry.by, "owner ada@example.com");
    assert_eq!(differences(&entry), ["Margherita price: €9.50 → €10.20"]);
    assert!(office.get(&format!("{AT}/changes")).await.body.contains("€10.20"));
}

#[tokio::test]
async fn an_invalid_price_stays_in_its_field() {
    let office = Office::open().await;
    let version = office.version(AT).await;
    let before = office.shop.published();
    for wrong in ["ten", "9.999", "-1", "", "99999999999"] {
        let prices = [
            ("version", version.as_str()),
            ("price.margherita", wrong),
            ("was.margherita", "9.50"),
        ];
        let answer = office.post(&format!("{AT}/prices"), &prices).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(answer.body.contains("price.margherita-error"), "{wrong}");
        assert!(answer.body.contains(&format!("value=\"{wrong}\"")), "{wrong} is kept");
    }
    assert_eq!(office.shop.published(), before);
}

#[tokio::test]
async fn two_editors_do_not_overwrite_one_another() {
    let office = Office::open().await;
    let seen = office.version(AT).await;
    let dearer = |version: &str, price: &str| {
        form(&[("version", version), ("price.calzone", price), ("was.calzone", "11.00")])
    };
    let other = [("version", seen.as_str()), ("price.margherita", "1"), ("was.margherita", "9.50")];
    office.shop.staff_form(&format!("{AT}/prices"), &form(&other)).await;
    let before = office.shop.published();
    let path = format!("{AT}/prices");
    let post = async |body: String| {
        office.shop.with_cookie(Method::POST, &path, &office.cookie, body).await
    };
    let late = post(dearer(&seen, "12.34")).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.body.contains("operator token changed this meanwhile"), "{}", late.body);
    assert!(late.body.contains("value=\"12.34\""), "the input is kept");
    assert!(late.body.contains("value=\"1.00\""), "and the other change is shown");
    assert_eq!(office.shop.published(), before, "nothing was written");
    let now = office.version(AT).await;
    assert_eq!(post(dearer(&now, "12.34")).await.status, StatusCode::SEE_OTHER);
    let menu = office.shop.get("/api/restaurants/bella-napoli/menu").await.json();
    let price = |n: usize| menu["categories"][0]["items"][n]["price_minor"].as_i64().unwrap();
    assert_eq!((price(0), price(1)), (100, 1_234));
    // Of two concurrent ones, one is first.
    let now = office.version(AT).await;
    let (a, b) = tokio::join!(post(dearer(&now, "13")), post(dearer(&now, "14")));
    let mut answers = [a.status.as_u16(), b.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [303, 409]);
}

#[tokio::test]
async fn a_dish_is_added_hidden_and_removed() {
    let office = Office::open().await;
    let version = office.version(AT).await;
    let new = format!("{AT}/dishes/new");
    let dish = [
        ("version", version.as_str()),
        ("name", "Tiramisù"),
        ("price", "6.5"),
        ("category", "pizza"),
        ("allergens", "milk"),
        ("allergens", "eggs"),
        ("dietary", "vegetarian"),
        ("g0.name", "Size"),
        ("g0.min", "1"),
        ("g0.max", "1"),
        ("g0.o0.name", "Small"),
        ("g0.o0.price", ""),
        ("g0.o1.name", "Large"),
        ("g0.o1.price", "2"),
        ("do", "save"),
    ];
    let more = [&dish[..14], &[("do", "add-option:0")]].concat();
    let row = office.post(&new, &more).await;
    assert!(row.body.contains("name=\"g0.o2.name\"") && row.body.contains("value=\"Tiramisù\""));
    let saved = office.post(&new, &dish).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let menu = office.shop.get("/api/restaurants/bella-napoli/menu").await.json();
    let item = &menu["categories"][0]["items"][2];
    assert_eq!((&item["id"], &item["price_minor"]), (&"tiramisu".into(), &650.into()));
    assert_eq!(item["option_groups"][0]["options"][1]["price_minor"], 200);
    let mut order = good();
    order["lines"][0] =
        serde_json::json!({"item_id": "tiramisu", "quantity": 1, "options": ["large"]});
    assert_eq!(office.shop.order(order.to_string(), None).await.json()["total_minor"], 850);

    let page = office.get(&format!("{AT}/dishes/tiramisu")).await.body;
    assert!(page.contains("value=\"milk\" checked") && page.contains("value=\"6.50\""));
    let version = office.version(AT).await;
    let hide = [("version", version.as_str()), ("do", "hide:tiramisu")];
    assert_eq!(office.post(&format!("{AT}/edit"), &hide).await.status, StatusCode::SEE_OTHER);
    assert!(!office.shop.get("/r/bella-napoli").await.body.contains("Tiramisù"));
    assert!(office.get(AT).await.body.contains("Tiramisù"), "it is kept");
    assert_problem(&office.shop.order(order.to_string(), None).await, 422, "nobody can order it");
    let version = office.version(AT).await;
    let remove = [("version", version.as_str()), ("do", "remove")];
    office.post(&format!("{AT}/dishes/tiramisu"), &remove).await;
    assert_eq!(office.get(&format!("{AT}/dishes/tiramisu")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(differences(&office.last()), ["Tiramisù itself: €6.50 → –"]);
}

#[tokio::test]
async fn an_invalid_dish_is_refused_by_field() {
    let office = Office::open().await;
    let version = office.version(AT).await;
    let new = format!("{AT}/dishes/new");
    let dish = [("version", version.as_str()), ("name", ""), ("price", "a"), ("category", "x")];
    let answer = office.post(&new, &dish).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["name-error", "price-error"] {
        assert!(answer.body.contains(field), "{field}: {}", answer.body);
    }
    let dish = [("version", version.as_str()), ("name", "X"), ("price", "1"), ("category", "gone")];
    assert!(office.post(&new, &dish).await.body.contains("category-error"));
    let no_version = office.post(&new, &dish[1..]).await;
    assert_eq!(no_version.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn categories_are_added_moved_and_kept_while_they_have_dishes() {
    let office = Office::open().await;
    let version = office.version(AT).await;
    let add = [("version", version.as_str()), ("name", "Dolci")];
    office.post(&format!("{AT}/categories"), &add).await;
    let version = office.version(AT).await;
    let version = ("version", version.as_str());
    let full = office.post(&format!("{AT}/categories/pizza"), &[version, ("do", "remove")]).await;
    assert_eq!(full.status, StatusCode::UNPROCESSABLE_ENTITY, "it has dishes");
    let up = office.post(&format!("{AT}/edit"), &[version, ("do", "category-up:dolci")]).await;
    assert_eq!(up.status, StatusCode::SEE_OTHER);
    let menu = office.shop.get("/api/restaurants/bella-napoli/menu").await.json();
    assert_eq!(menu["categories"][0]["name"], "Dolci");
}

#[tokio::test]
async fn hours_are_saved_and_a_pause_stops_orders() {
    let office = Office::open().await;
    let at = format!("{AT}/settings");
    let version = office.version(&at).await;
    let settings = [
        ("version", version.as_str()),
        ("name", "Bella Napoli"),
        ("currency", "EUR"),
        ("time_zone", "Europe/Rome"),
        ("accept_within", "10"),
        ("preparation", "20"),
        ("delivers", "on"),
        ("delivery_fee", "3.00"),
        ("minimum_order", "0"),
        ("d0.0.from", "11:30"),
        ("d0.0.until", "14:30"),
        ("x0.date", "2026-12-25"),
        ("do", "save"),
    ];
    let saved = office.post(&at, &settings).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let said = differences(&office.last());
    assert!(said.contains(&" delivery_fee: €2.50 → €3.00".to_owned()), "{said:?}");
    assert!(
        said.iter().any(|line| line.contains("monday 11:30–14:30, tuesday closed")),
        "{said:?}"
    );
    let late = office.post(&at, &settings).await;
    assert_eq!(late.status, StatusCode::SEE_OTHER, "nothing differs, so there is no conflict");
    let other = [&settings[..1], &[("name", "Other")], &settings[2..]].concat();
    assert_eq!(office.post(&at, &other).await.status, StatusCode::CONFLICT);

    let always = [&settings[..9], &[("always_open", "on")]].concat();
    let version = office.version(&at).await;
    let always = [&[("version", version.as_str())], &always[1..]].concat();
    assert_eq!(office.post(&at, &always).await.status, StatusCode::SEE_OTHER);
    assert_eq!(office.shop.order(good().to_string(), None).await.status, StatusCode::ACCEPTED);
    office.post(&format!("{AT}/pause"), &[("version", "0"), ("minutes", "open")]).await;
    assert_problem(&office.shop.order(good().to_string(), None).await, 422, "a break");
    office.post(&format!("{AT}/pause"), &[("version", "0"), ("minutes", "0")]).await;
    assert_eq!(office.shop.order(good().to_string(), None).await.status, StatusCode::ACCEPTED);
    let odd = office.post(&format!("{AT}/pause"), &[("version", "0"), ("minutes", "-5")]).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn cash_is_switched_on_once_the_local_rules_were_checked() {
    let office = Office::open().await;
    let at = format!("{AT}/settings");
    let version = office.version(&at).await;
    let cash = [
        ("version", version.as_str()),
        ("name", "Bella Napoli"),
        ("currency", "EUR"),
        ("time_zone", "Europe/Rome"),
        ("accept_within", "15"),
        ("preparation", "20"),
        ("always_open", "on"),
        ("capture", "at_acceptance"),
        ("takes_cash", "on"),
        ("cash_limit", "60"),
        ("do", "save"),
    ];
    let unconfirmed = office.post(&at, &cash).await;
    assert_eq!(unconfirmed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unconfirmed.body.contains("Please confirm this first."), "{}", unconfirmed.body);
    assert!(unconfirmed.body.contains("value=\"60\""), "{}", unconfirmed.body);

    let confirmed = [&cash[..], &[("rules_checked", "on")]].concat();
    let saved = office.post(&at, &confirmed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let said = differences(&office.last());
    for line in [" capture: – → at acceptance", " cash: – → up to €60.00"] {
        assert!(said.contains(&line.to_owned()), "{line}: {said:?}");
    }

    let version = office.version(&at).await;
    let off: Vec<_> = cash.iter().filter(|(name, _)| *name != "takes_cash").copied().collect();
    let off = [&[("version", version.as_str())], &off[1..]].concat();
    assert_eq!(office.post(&at, &off).await.status, StatusCode::SEE_OTHER);
    let said = differences(&office.last());
    assert!(said.contains(&" cash: up to €60.00 → –".to_owned()), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn stock_changes_have_their_authors_name() {
    let office = Office::open().await;
    let at = format!("{AT}/stock/margherita");
    let set = [("what", "set"), ("pieces", "12"), ("reason", "delivery")];
    assert_eq!(office.post(&at, &set).await.status, StatusCode::SEE_OTHER);
    let records = office.shop.log().read(&[Topic::StockChanges]);
    let change = stock_changes::decode_change(&records[0]).unwrap();
    assert_eq!(change.by.as_str(), "owner ada@example.com");
    assert_eq!(change.reason.unwrap().as_str(), "delivery");
    let add = [("what", "add"), ("pieces", "3")];
    assert_eq!(office.post(&at, &add).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(office.post(&at, &[("what", "set"), ("pieces", "x")]).await.status.as_u16(), 422);
    let version = office.version(&at).await;
    let low = [("version", version.as_str()), ("low_stock", "2")];
    assert_eq!(office.post(&format!("{at}/low"), &low).await.status, StatusCode::SEE_OTHER);
    assert_eq!(differences(&office.last()), ["Margherita low_stock: – → 2"]);
}

#[tokio::test]
async fn an_import_shows_a_preview_before_it_is_applied() {
    let office = Office::open().await;
    for file in ["menu.csv", "menu.json"] {
        let text = office.get(&format!("{AT}/{file}")).await.body;
        let at = format!("{AT}/transfer");
        // Some editors write a byte order mark.
        let marked = format!("\u{feff}{text}");
        let same = office.post(&at, &[("text", &marked), ("do", "look")]).await;
        assert!(same.body.contains("Nothing: it is the menu as it is."), "{file}: {}", same.body);
        let old = if file.ends_with("csv") { "9.50" } else { "950" };
        let new = if file.ends_with("csv") { "9.75" } else { "975" };
        let edited = text.replacen(old, new, 1);
        let before = office.shop.published();
        let look = office.post(&at, &[("text", &edited), ("do", "look")]).await;
        assert!(look.body.contains("€9.75") && look.body.contains("€9.50"), "{}", look.body);
        assert_eq!(office.shop.published(), before, "nothing was written");
        let version = office.version(&at).await;
        let apply = [("text", edited.as_str()), ("version", &version), ("do", "apply")];
        assert_eq!(office.post(&at, &apply).await.status, StatusCode::SEE_OTHER);
        assert_eq!(differences(&office.last()), ["Margherita price: €9.50 → €9.75"]);
        let late =
            office.post(&at, &[("text", &text), ("version", &version), ("do", "apply")]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        let version = office.version(&at).await;
        office.post(&at, &[("text", &text), ("version", &version), ("do", "apply")]).await;
    }
    let wrong =
        [("text", "category_id,category,dish_id,dish,price\na,A,x,X,cheap"), ("do", "look")];
    let answer = office.post(&format!("{AT}/transfer"), &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("Line 2, column price"), "{}", answer.body);
}

#[tokio::test]
async fn owners_manage_the_accounts_of_their_restaurants() {
    let office = Office::open().await;
    let stranger = office.shop.hire("eve@example.com", "owner", &["dear"]).await;
    let person = |role: &'static str, place: &'static str| {
        [
            ("name", "Carla"),
            ("email", "carla@example.com"),
            ("role", role),
            ("restaurants", place),
            ("password", "basil tomato oven"),
        ]
    };
    let new = "/backoffice/staff/new";
    assert_eq!(office.post(new, &person("operator", "bella-napoli")).await.status.as_u16(), 403);
    assert_eq!(office.post(new, &person("kitchen", "dear")).await.status.as_u16(), 403);
    let weak = [&person("kitchen", "bella-napoli")[..4], &[("password", "carla12345")]].concat();
    assert!(office.post(new, &weak).await.body.contains("password-error"));
    let made = office.post(new, &person("kitchen", "bella-napoli")).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let list = office.get("/backoffice/staff").await.body;
    assert!(list.contains("carla@example.com") && !list.contains("eve@example.com"));
    for act in ["save", "password", "remove"] {
        let path = format!("/backoffice/staff/{}", stranger.id);
        let fields = [&person("kitchen", "bella-napoli")[..], &[("do", act)]].concat();
        assert_eq!(office.post(&path, &fields).await.status, StatusCode::NOT_FOUND, "{act}");
    }
    let accounts = lock(&office.shop.world.staff.rows).accounts.clone();
    let of = |email: &str| accounts.values().find(|(a, _)| a.email.as_str() == email).unwrap();
    let (ada, carla) = (of("ada@example.com").0.id, of("carla@example.com").0.id);
    let own = office.post(&format!("/backoffice/staff/{ada}"), &[("do", "remove")]).await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY, "an own account cannot be removed");
    office.post(&format!("/backoffice/staff/{carla}"), &[("do", "remove")]).await;
    assert!(!office.get("/backoffice/staff").await.body.contains("carla@example.com"));
}

#[tokio::test]
async fn the_staff_token_sets_up_the_first_account() {
    let shop = Shop::open();
    let entered = shop.get(&format!("/sign-in?token={}", super::shop::STAFF)).await;
    let cookie = entered.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let home = shop.with_cookie(Method::GET, "/backoffice", &cookie, "").await;
    assert!(home.body.contains("Set up your account"), "{}", home.body);
    let account = form(&[
        ("name", "Ada"),
        ("email", "ada@example.com"),
        ("role", "owner"),
        ("restaurants", "bella-napoli"),
        ("password", "basil tomato oven"),
    ]);
    let made = shop.with_cookie(Method::POST, "/backoffice/staff/new", &cookie, account).await;
    assert_eq!(made.header(header::LOCATION), "/backoffice", "{}", made.body);
    let own = made.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let page = shop.with_cookie(Method::GET, "/backoffice/account", &own, "").await;
    assert!(page.body.contains("ada@example.com"), "she is signed in with her account");
    let old = shop.with_cookie(Method::GET, "/backoffice", &cookie, "").await;
    assert_eq!(old.status, StatusCode::SEE_OTHER, "the token's session is over");
    let fields = [("old", "wrong"), ("password", "oven basil tomato")];
    let wrong = shop.with_cookie(Method::POST, "/backoffice/account", &own, form(&fields)).await;
    assert!(wrong.body.contains("old-error"), "{}", wrong.body);
    let fields = [("old", "basil tomato oven"), ("password", "oven basil tomato")];
    let set = shop.with_cookie(Method::POST, "/backoffice/account", &own, form(&fields)).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    let page = shop.with_cookie(Method::GET, "/backoffice/account", &own, "").await;
    assert_eq!(page.status, StatusCode::OK, "her own session goes on");
}

#[tokio::test]
async fn orders_are_found_and_link_to_their_page() {
    let office = Office::open().await;
    let order = fixtures::order(1);
    office.shop.log().append(&order_details::encode_placed(&order, "digest"));
    office.shop.log().append(&order_confirmed::encode_confirmed(
        &order,
        OrderNumber::try_from(42).ok(),
        order_confirmed::Verified::Captured(&domain::payment::IntentId("pi_0".into())),
        order.placed_at,
    ));
    let find = async |query: &str| {
        office.get(&format!("/backoffice/orders?restaurant=bella-napoli&{query}")).await
    };
    let link = format!("/orders/{}", order.id);
    let id = format!("q={}", order.id);
    for query in ["q=ada", "q=ADA%40example", "q=42", "q=%2342", "status=confirmed", "", &id] {
        let page = find(query).await.body;
        assert!(page.contains(&link) && page.contains("Order 42 · Ada"), "{query}");
    }
    for query in ["q=bob", "q=4", "status=ready"] {
        assert!(!find(query).await.body.contains(&link), "{query}");
    }
    assert!(find("day=yesterday").await.body.contains("This is not a date."));
    let page = office.get(&link).await;
    assert_eq!(page.status, StatusCode::OK);
    let all = office.get("/backoffice/orders?q=ada").await;
    let to = all.header(header::LOCATION);
    assert_eq!(to, "/backoffice/orders?restaurant=bella-napoli&q=ada");
}

#[tokio::test]
async fn no_other_site_changes_anything() {
    let office = Office::open().await;
    let before = office.shop.published();
    for rule in web::rules::RULES.iter().filter(|rule| rule.method != Method::GET) {
        let path = rule.route.replace("{id}", "bella-napoli");
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")]
        {
            let headers = [("cookie", office.cookie.as_str()), (name, value)];
            let answer = office.shop.send(request(rule.method.clone(), &path, &headers, "")).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert_eq!(office.shop.published(), before);
}
