//! A test server with all routes and two restaurants, and its client.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, DefaultBodyLimit},
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    routing::get,
};
use domain::{
    fixtures,
    ids::OrderId,
    menu::Menu,
    money::MAX_ORDER_MINOR,
    payment_method::CapturePoint,
    ports::{LagProbe, Subject},
    staff::{Account, Actor},
};
use events::{
    Follower, Handler, Record, Topic,
    menu::{MenuBody, RestaurantBody, encode_menu, encode_restaurant},
};
use futures::FutureExt;
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::{Value, json};
use services::{
    accounts::{AccountInput, Accounts},
    analytics, backoffice,
    card_field::CardField,
    catalog::Catalog,
    live::LiveOrders,
    orders,
    storefront::{self, OUTCOME_TIMEOUT, RecentOrders, RecipientLimit, Storefront},
    transactions::{PayPages, pay_routes},
};
use tower::ServiceExt;
use web::{
    Access, GatewayScript, Passwords, Sender, Sessions, Site, guard::guard,
    language::store_language, limit::Limit, openapi, page, sign_in::SignIn, staff::staff_only,
    streams::Streams,
};

use super::common::{Log, Tables, World, changes::Changes, clock::Manual, secret};

pub(crate) const STAFF: &str = "staff-token-of-tests";
/// Rate limit: cancellations per minute from one address.
pub(crate) const CANCELS: u32 = 50;
/// Rate limit: orders per hour for one email address.
pub(crate) const ORDERS_OF_RECIPIENT: u32 = 50;
/// Rate limit: requests per minute from one address for the way to the bank and back.
pub(crate) const PAY_REQUESTS: u32 = 50;
pub(crate) const PASSWORD: &str = "basil tomato oven";

/// The topics that live pages follow.
const ORDERS_AND_REFUNDS: &[Topic] = &[
    Topic::OrderDetails,
    Topic::OrderConfirmed,
    Topic::OrderDeclined,
    Topic::OrderProgress,
    Topic::OrderPayments,
    Topic::OrderRefunded,
];

/// Passes on records of some topics.
struct Only<F>(&'static [Topic], Arc<F>);

impl<F: Follower> Follower for Only<F> {
    fn apply(&self, record: &Record) {
        if self.0.contains(&record.topic) {
            self.1.apply(record);
        }
    }
}

/// The orders service, which handles a record when it is written.
struct Keeping(orders::OrdersHandler<Tables>);

impl Follower for Keeping {
    fn apply(&self, record: &Record) {
        if orders::OrdersHandler::<Tables>::TOPICS.contains(&record.topic) {
            // Everything is in memory, so the future is ready.
            self.0.handle(std::slice::from_ref(record)).now_or_never().unwrap().unwrap();
        }
    }
}

/// The back office's group, which does the same.
struct Noted(backoffice::BackofficeHandler<Changes>);

impl Follower for Noted {
    fn apply(&self, record: &Record) {
        if record.topic == Topic::Menu {
            self.0.handle(std::slice::from_ref(record)).now_or_never().unwrap().unwrap();
        }
    }
}

struct NoLag;

impl LagProbe for NoLag {
    async fn lag_records(&self) -> Option<u64> {
        Some(0)
    }
}

pub(crate) struct Shop {
    pub(crate) world: World,
    app: Router,
    pub(crate) access: Access,
    pub(crate) accounts: Accounts,
    /// The clock of sessions.
    pub(crate) time: Arc<Manual>,
}

/// A response as a client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Which parts run besides the routes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Running {
    All,
    /// The checkout waits for outcomes as it does outside of tests.
    Patient,
    /// The orders service is down: no rows are written.
    NoOrders,
    /// The storefront does not follow its own topic.
    NoTail,
}

fn menus(world: &World) {
    let put = |id: &str, currency: &str, menu: Option<&Menu>| {
        let id = id.parse().unwrap();
        let body: RestaurantBody = serde_json::from_value(json!({
            "name": "Bella Napoli", "currency": currency, "time_zone": "Europe/Rome",
            "delivery_fee_minor": 250,
        }))
        .unwrap();
        world.log.append(&encode_restaurant(&id, &body, world.clock.now()));
        if let Some(menu) = menu {
            world.log.append(&encode_menu(&id, &MenuBody::from(menu), world.clock.now()));
        }
    };
    let menu = fixtures::menu();
    put("bella-napoli", "EUR", Some(&menu));
    put("no-menu-yet", "EUR", None);
    let mut dear = menu.categories().to_vec();
    dear[0].items[0].price_minor = MAX_ORDER_MINOR;
    dear[0].items[1].price_minor = 0;
    put("dear", "JPY", Some(&Menu::new(dear).unwrap()));
}

impl Shop {
    pub(crate) fn open() -> Self {
        Self::with(Running::All)
    }

    /// A shop whose checkout waits for outcomes.
    pub(crate) fn patient() -> Self {
        Self::with(Running::Patient)
    }

    pub(crate) fn with(running: Running) -> Self {
        Self::at("http://shop.example", running)
    }

    /// A shop with a public address.
    pub(crate) fn at(address: &str, running: Running) -> Self {
        let world = World::new();
        let recent = RecentOrders::new(world.clock.clone(), Timestamp::MIN);
        recent.record_starts((0..3).map(|partition| (partition, 0)));
        Self::over(address, world, running, recent)
    }

    /// Another instance, which starts after many orders were written and forgotten. `booked` is
    /// true if the order book is known to have all of them.
    pub(crate) fn another(&self, booked: bool) -> Self {
        let world = self.world.clone();
        let recent = RecentOrders::new(world.clock.clone(), world.clock.now());
        let records = world.log.read(&[Topic::OrderDetails]);
        let ends = records.iter().map(|record| (record.partition, record.offset + 1));
        recent.record_starts(ends.clone());
        if booked {
            recent.record_booked(ends);
        }
        Self::over("http://shop.example", world, Running::All, recent)
    }

    fn over(address: &str, world: World, running: Running, recent: RecentOrders) -> Self {
        let (site, recent) = (site(address), Arc::new(recent));
        let time = Arc::<Manual>::default();
        let sessions = Sessions::new(Arc::new(world.staff.clone()), time.clone());
        let access = Access::new(secret(), STAFF, site.is_secure(), sessions.clone());
        let passwords = Passwords::with_cost(64, 1).unwrap();
        let accounts = Accounts::new(sessions, passwords.clone());
        let (catalog, live) = (Arc::<Catalog>::default(), Arc::<LiveOrders>::default());
        world.log.follow(Arc::new(Only(&[Topic::Menu, Topic::StockLevels], catalog.clone())));
        world.log.follow(Arc::new(Only(ORDERS_AND_REFUNDS, live.clone())));
        if running != Running::NoTail {
            world.log.follow(Arc::new(Only(&[Topic::OrderDetails], recent.clone())));
        }
        if running != Running::NoOrders {
            world.log.follow(Arc::new(Keeping(orders::OrdersHandler {
                book: world.tables.clone(),
                clock: world.clock.clone(),
            })));
        }
        world.log.follow(Arc::new(Noted(backoffice::BackofficeHandler(world.changes.clone()))));
        menus(&world);
        let app = storefront::routes(Arc::new(Storefront {
            book: world.tables.clone(),
            publisher: world.log.clone(),
            catalog: catalog.clone(),
            recent,
            live: live.clone(),
            access: access.clone(),
            clock: world.clock.clone(),
            limit: Limit::per_minute(0),
            recipients: RecipientLimit::per_hour(ORDERS_OF_RECIPIENT),
            streams: Streams::at_most(3, 100),
            card_field: Some(card_field()),
            outcome_timeout: match running {
                Running::Patient => OUTCOME_TIMEOUT,
                _ => Duration::ZERO,
            },
            test_gateway: true,
            mailbox: false,
        }))
        .merge(pay_routes(Arc::new(PayPages {
            late: world.late(),
            card_field: Some(card_field()),
            access: access.clone(),
            limit: Limit::per_minute(PAY_REQUESTS),
        })))
        .merge(staff_routes(&world, &catalog, &live, &access, &accounts))
        .merge(SignIn::new(access.clone(), passwords).routes())
        .merge(mailbox(&access))
        .merge(openapi::routes())
        .fallback(page::not_found)
        .layer(DefaultBodyLimit::max(512 * 1024))
        .layer(from_fn(store_language))
        .layer(from_fn_with_state(site, guard));
        Self { world, app, access, accounts, time }
    }

    /// Sends a request and reads the whole response.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.stream(request).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Sends a request whose response is a stream.
    pub(crate) async fn stream(&self, request: Request<Body>) -> axum::response::Response {
        self.stream_to([127, 0, 0, 1], request).await
    }

    /// The same from another address.
    pub(crate) async fn stream_to(
        &self,
        address: [u8; 4],
        mut request: Request<Body>,
    ) -> axum::response::Response {
        let from = SocketAddr::from((address, 50_000));
        request.extensions_mut().insert(ConnectInfo(from));
        self.app.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request(Method::GET, path, &[], Body::empty())).await
    }

    pub(crate) async fn order(&self, body: impl Into<Body>, key: Option<&str>) -> Answer {
        let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        self.send(request(Method::POST, "/api/orders", &headers, body)).await
    }

    /// Sends as staff.
    pub(crate) async fn staff(&self, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        let bearer = format!("Bearer {STAFF}");
        self.send(request(method, path, &[("authorization", &bearer)], body)).await
    }

    /// Sends a form as staff.
    pub(crate) async fn staff_form(&self, path: &str, form: &str) -> Answer {
        let bearer = format!("Bearer {STAFF}");
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let headers = [("authorization", &*bearer), kind];
        self.send(request(Method::POST, path, &headers, form.to_owned())).await
    }

    /// Creates an account with [`PASSWORD`].
    pub(crate) async fn hire(&self, email: &str, role: &str, restaurants: &[&str]) -> Account {
        let typed = AccountInput {
            email: email.to_owned(),
            name: format!("{role} {email}"),
            role: role.to_owned(),
            restaurants: restaurants.iter().map(|id| (*id).to_owned()).collect(),
        };
        self.accounts.add(&Actor::Token, &typed, PASSWORD.to_owned()).await.unwrap()
    }

    /// Begins a session of an account and returns its cookie.
    pub(crate) async fn session_of(&self, account: &Account) -> String {
        let subject = Subject::Account(account.id);
        let from = IpAddr::from([192, 0, 2, 1]).into();
        let sender = Sender { headers: HeaderMap::new(), from };
        format!("comanda_staff={}", self.access.sessions().begin(subject, &sender).await.unwrap())
    }

    /// Sends with a session's cookie.
    pub(crate) async fn with_cookie(
        &self,
        method: Method,
        path: &str,
        cookie: &str,
        body: impl Into<Body>,
    ) -> Answer {
        let form = ("content-type", "application/x-www-form-urlencoded");
        self.send(request(method, path, &[("cookie", cookie), form], body)).await
    }

    pub(crate) fn token(&self, order: OrderId) -> String {
        self.access.secret().order_token(order)
    }

    /// Number of records of orders and requests.
    pub(crate) fn published(&self) -> usize {
        self.world.log.all().len()
    }

    pub(crate) fn log(&self) -> &Log {
        &self.world.log
    }
}

fn staff_routes(
    world: &World,
    catalog: &Arc<Catalog>,
    live: &Arc<LiveOrders>,
    access: &Access,
    accounts: &Accounts,
) -> Router {
    let (book, publisher) = (world.tables.clone(), world.log.clone());
    orders::routes(Arc::new(orders::Orders {
        book,
        publisher: publisher.clone(),
        catalog: catalog.clone(),
        live: live.clone(),
        access: access.clone(),
        cancels: Limit::per_minute(CANCELS),
        clock: world.clock.clone(),
        mailbox: false,
    }))
    .merge(analytics::routes(Arc::new(analytics::Figures {
        facts: world.tables.clone(),
        lag: NoLag,
        catalog: catalog.clone(),
        pulse: Arc::default(),
        access: access.clone(),
        clock: world.clock.clone(),
        mailbox: false,
    })))
    .merge(backoffice::routes(Arc::new(backoffice::Backoffice {
        publisher,
        catalog: catalog.clone(),
        changes: world.changes.clone(),
        orders: world.tables.clone(),
        accounts: accounts.clone(),
        mailbox: false,
        access: access.clone(),
        clock: world.clock.clone(),
    })))
    .merge(backoffice::days::day_routes(Arc::new(backoffice::days::Days {
        ledger: world.tables.clone(),
        catalog: catalog.clone(),
        access: access.clone(),
        clock: world.clock.clone(),
        mailbox: false,
    })))
}

/// The fields of a card of the payment gateway at `pay.example`.
fn card_field() -> CardField {
    let script = GatewayScript::new("https://pay.example/v3/stripe.js").unwrap();
    let publishable_key = "pk_test_shop".to_owned();
    CardField {
        publishable_key,
        script,
        capture_method: |capture| match capture {
            CapturePoint::AtOrder => "automatic",
            CapturePoint::AtAcceptance => "manual",
        },
        script_amount: |money| Some(money.minor),
    }
}

/// The mailbox belongs to the process, not to a service; only its access rule is tested here.
fn mailbox(access: &Access) -> Router {
    let served = ["/mailbox", "/mailbox/events", "/mailbox/{id}", "/mailbox/{id}/html"];
    let add = |all: Router, route: &&str| all.route(route, get(async || "a mail"));
    let all = served.iter().fold(Router::new(), add);
    all.layer(from_fn_with_state(access.clone(), staff_only))
}

/// A site with a public address.
pub(crate) fn site(address: &str) -> Arc<Site> {
    Arc::new(Site::new(address, true, &[]).unwrap())
}

/// A request to our host; requests to the API have the content type of JSON.
pub(crate) fn request(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Request<Body> {
    let builder = Request::builder().method(method).uri(path);
    let builder =
        headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
    let mut request = builder.body(body.into()).unwrap();
    let kind = if path.starts_with("/api/") { "application/json" } else { "text/plain" };
    for (name, value) in [(header::HOST, "shop.example"), (header::CONTENT_TYPE, kind)] {
        let value = HeaderValue::from_static(value);
        request.headers_mut().entry(name).or_insert(value);
    }
    request
}

/// A valid order.
pub(crate) fn good() -> Value {
    json!({
        "restaurant_id": "bella-napoli",
        "customer": {"name": "Ada", "email": "ada@example.com"},
        "fulfilment": {"kind": "pickup"},
        "lines": [{"item_id": "margherita", "quantity": 2, "options": ["extra-cheese"]}],
        "payment_method": "pm_card_visa",
        "tip_minor": 0
    })
}

/// Asserts that a response is a complete problem.
pub(crate) fn assert_problem(answer: &Answer, status: u16, case: &str) {
    assert_eq!(answer.status.as_u16(), status, "{case}: {}", answer.body);
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json", "{case}");
    let problem = answer.json();
    assert_eq!(problem["status"], status, "{case}");
    for field in ["type", "title", "detail"] {
        assert!(problem[field].as_str().is_some_and(|text| text.len() > 5), "{case}: {problem}");
    }
}
