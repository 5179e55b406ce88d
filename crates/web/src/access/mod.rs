//! Access of staff, and of customers with an order's token.

mod guesses;

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use domain::{
    ids::OrderId,
    ports::{OrderView, Subject, Unavailable},
    staff::{Actor, Permission},
};

use super::{
    budget::Spent, cookies::kept, problem::Problem, sender::Sender, sessions::Sessions,
    tries::Tries,
};
use crate::secret::Secret;

/// The cookie of a staff session. Over HTTPS it has a prefix that binds it to the host.
const STAFF_COOKIE: &str = "comanda_staff";
const SECURE_STAFF_COOKIE: &str = "__Host-comanda_staff";
/// Prefix of an order's cookie; the order's id follows. Its value is the order's token.
const ORDER_COOKIE: &str = "comanda_order_";
/// Maximum number of order cookies in a browser; about two kilobytes.
const MAX_ORDER_COOKIES: usize = 20;

/// Access rules. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Access {
    secret: Secret,
    staff_token: String,
    /// True if pages are served over HTTPS, so that cookies require it.
    has_secure_cookies: bool,
    sessions: Sessions,
    tries: Arc<Tries>,
}

/// Why the actor cannot be determined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Too many tries from the client address.
    Spent(Spent),
    /// The database does not answer.
    Unavailable(Unavailable),
}

impl From<Unavailable> for Denied {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Spent(spent) => spent.into(),
            Denied::Unavailable(unavailable) => unavailable.into(),
        }
    }
}

impl From<Spent> for Problem {
    fn from(spent: Spent) -> Self {
        Self::too_many_tries(spent.again_after_s)
    }
}

/// The right by which a request sees an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// None.
    Hidden,
    /// The order's token, which proves that it was accepted.
    Customer,
    /// Staff: orders of their restaurants.
    Staff(Actor),
}

impl Sight {
    /// True if the order may be shown. Staff see an order whose restaurant is not known yet only if
    /// they work everywhere.
    pub fn shows(&self, view: &OrderView) -> bool {
        match self {
            Self::Hidden => false,
            Self::Customer => true,
            Self::Staff(actor) => match &view.order {
                Some(order) => actor.may_at(Permission::SeeOrders, &order.seller.id),
                None => actor.is_everywhere(),
            },
        }
    }
}

impl Access {
    /// Access by tokens signed with `secret`, by `staff_token` and by sessions.
    pub fn new(
        secret: Secret,
        staff_token: impl Into<String>,
        has_secure_cookies: bool,
        sessions: Sessions,
    ) -> Self {
        let (staff_token, tries) = (staff_token.into(), Arc::new(Tries::new()));
        Self { secret, staff_token, has_secure_cookies, sessions, tries }
    }

    /// The installation's secret.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The sessions of staff.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The actor of a request, if they are staff: by the staff token as bearer, or by a session.
    /// Reads the database only for a session.
    pub async fn actor(&self, sender: &Sender) -> Result<Option<Actor>, Denied> {
        if self.has_staff_bearer(sender).map_err(Denied::Spent)? {
            return Ok(Some(Actor::Token));
        }
        match self.session_cookie(&sender.headers) {
            Some(cookie) => Ok(self.actor_of_session(&cookie).await?),
            None => Ok(None),
        }
    }

    /// The actor of a session, if it is valid.
    pub async fn actor_of_session(&self, cookie: &str) -> Result<Option<Actor>, Unavailable> {
        let mark = self.secret.token_mark(&self.staff_token);
        self.sessions.actor(cookie, &mark).await
    }

    /// True for the staff token as bearer: such a request cannot come from another site's page.
    /// False after too many wrong bearers of the client address.
    pub fn is_staff_bearer(&self, sender: &Sender) -> bool {
        self.has_staff_bearer(sender).unwrap_or(false)
    }

    /// The subject of sessions opened with the staff token.
    pub fn token_subject(&self) -> Subject {
        Subject::Token(self.secret.token_mark(&self.staff_token))
    }

    /// The right by which a request sees an order: `?token=`, bearer, the order's cookie, or staff.
    pub async fn sight(
        &self,
        order: OrderId,
        query_token: Option<&str>,
        sender: &Sender,
    ) -> Result<Sight, Denied> {
        if self.holds_token(order, query_token, &sender.headers) {
            return Ok(Sight::Customer);
        }
        let actor = self.actor(sender).await?;
        Ok(actor.map_or(Sight::Hidden, Sight::Staff))
    }

    /// True if a request carries the order's token: as `?token=`, bearer, or the order's cookie.
    pub fn holds_token(
        &self,
        order: OrderId,
        query_token: Option<&str>,
        headers: &HeaderMap,
    ) -> bool {
        let jar = CookieJar::from_headers(headers);
        let cookie = jar.get(&order_cookie_name(order)).map(Cookie::value);
        let tokens = [query_token, bearer(headers), cookie];
        tokens.into_iter().flatten().any(|token| self.secret.opens(order, token))
    }

    /// Adds the cookie of an order, and removes the oldest of many: every request carries these
    /// cookies, and proxies refuse long headers.
    pub fn remember(&self, jar: CookieJar, headers: &HeaderMap, order: OrderId) -> CookieJar {
        let name = order_cookie_name(order);
        let others: Vec<_> = order_cookies(headers).filter(|other| *other != name).collect();
        let surplus = (others.len() + 1).saturating_sub(MAX_ORDER_COOKIES);
        let remove = |jar: CookieJar, name: &&str| {
            let removed = self.cookie((*name).to_owned(), String::new());
            jar.add(Cookie::build(removed).removal().build())
        };
        let jar = others.iter().take(surplus).fold(jar, remove);
        let cookie = self.cookie(name, self.secret.order_token(order));
        jar.add(kept(cookie))
    }

    /// The value of the request's session cookie, valid or not.
    pub fn session_cookie(&self, headers: &HeaderMap) -> Option<String> {
        let jar = CookieJar::from_headers(headers);
        jar.get(self.staff_cookie_name()).map(|cookie| cookie.value().to_owned())
    }

    /// The cookie of a staff session.
    pub fn staff_cookie(&self, session: String) -> Cookie<'static> {
        self.cookie(self.staff_cookie_name().to_owned(), session)
    }

    /// The cookie that ends a staff session.
    pub fn sign_out_cookie(&self) -> Cookie<'static> {
        Cookie::build(self.staff_cookie(String::new())).removal().build()
    }

    fn staff_cookie_name(&self) -> &'static str {
        match self.has_secure_cookies {
            true => SECURE_STAFF_COOKIE,
            false => STAFF_COOKIE,
        }
    }

    fn cookie(&self, name: String, value: String) -> Cookie<'static> {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.has_secure_cookies)
            .build()
    }
}

fn order_cookie_name(order: OrderId) -> String {
    format!("{ORDER_COOKIE}{}", order.0.simple())
}

/// Names of a request's order cookies, oldest first, as browsers send them (RFC 6265 §5.4).
fn order_cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let names = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split('=').next());
    names.map(str::trim).filter(|name| name.starts_with(ORDER_COOKIE))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    // RFC 9110 §11.1: the name of a scheme ignores case.
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}
