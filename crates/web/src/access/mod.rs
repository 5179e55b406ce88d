//! Who may see what: staff, and whoever holds an order's token.

mod guesses;

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use domain::{
    ids::OrderId,
    ports::{OrderView, Subject, Unavailable},
    staff::{Permission, Who},
};

use super::{
    asker::Asker, budget::Spent, cookies::kept, problem::Problem, sessions::Sessions, tries::Tries,
};
use crate::secret::Secret;

/// The cookie of a staff session. Over HTTPS it has a prefix that binds it to this very host.
const STAFF_COOKIE: &str = "comanda_staff";
const SECURE_STAFF_COOKIE: &str = "__Host-comanda_staff";
/// The cookie of an order: its id follows, and it holds the order's token.
const ORDER_COOKIE: &str = "comanda_order_";
/// How many orders a browser can open without their links; some two kilobytes.
const REMEMBERED_ORDERS: usize = 20;

/// Decides access. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Access {
    secret: Secret,
    staff_token: String,
    /// True where pages are served over HTTPS, so that cookies never travel without.
    secure_cookies: bool,
    sessions: Sessions,
    tries: Arc<Tries>,
}

/// Why it cannot be said who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Too many tries from there.
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

/// By what right somebody looks at an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// By none.
    Hidden,
    /// By the order's token, which proves that it was accepted.
    Customer,
    /// As staff: of their restaurants' orders.
    Staff(Who),
}

impl Sight {
    /// True if the order may be shown. Staff see nothing of an order whose restaurant is not known
    /// yet, unless they work everywhere.
    pub fn shows(&self, view: &OrderView) -> bool {
        match self {
            Self::Hidden => false,
            Self::Customer => true,
            Self::Staff(who) => match &view.order {
                Some(order) => who.may_at(Permission::SeeOrders, &order.seller.id),
                None => who.is_everywhere(),
            },
        }
    }
}

impl Access {
    /// Access by what `secret` signs, by `staff_token`, and by sessions.
    pub fn new(
        secret: Secret,
        staff_token: impl Into<String>,
        secure_cookies: bool,
        sessions: Sessions,
    ) -> Self {
        let (staff_token, tries) = (staff_token.into(), Arc::new(Tries::new()));
        Self { secret, staff_token, secure_cookies, sessions, tries }
    }

    /// The installation's secret.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The sessions of staff.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Who asks, if they are staff: by the staff token as bearer, or by a session. The database is
    /// asked only if there is a session.
    pub async fn who(&self, asker: &Asker) -> Result<Option<Who>, Denied> {
        if self.has_staff_bearer(asker).map_err(Denied::Spent)? {
            return Ok(Some(Who::Token));
        }
        match self.session_cookie(&asker.headers) {
            Some(cookie) => Ok(self.who_by_session(&cookie).await?),
            None => Ok(None),
        }
    }

    /// Whose session it is, if it is one.
    pub async fn who_by_session(&self, cookie: &str) -> Result<Option<Who>, Unavailable> {
        let mark = self.secret.token_mark(&self.staff_token);
        self.sessions.who(cookie, &mark).await
    }

    /// True for the staff token as bearer: such a request cannot come from another site's page.
    /// Whoever has shown too many others is not believed this one either.
    pub fn is_staff_bearer(&self, asker: &Asker) -> bool {
        self.has_staff_bearer(asker).unwrap_or(false)
    }

    /// Whose session one is that the staff token opens.
    pub fn token_subject(&self) -> Subject {
        Subject::Token(self.secret.token_mark(&self.staff_token))
    }

    /// By what right a request looks at an order: by `?token=`, bearer, the order's cookie, or as
    /// staff.
    pub async fn sight(
        &self,
        order: OrderId,
        query_token: Option<&str>,
        asker: &Asker,
    ) -> Result<Sight, Denied> {
        if self.holds_token(order, query_token, &asker.headers) {
            return Ok(Sight::Customer);
        }
        let who = self.who(asker).await?;
        Ok(who.map_or(Sight::Hidden, Sight::Staff))
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

    /// Opens an order's page to this browser from now on. Of many orders the oldest is forgotten:
    /// every request carries these cookies, and proxies refuse long heads.
    pub fn remember(&self, jar: CookieJar, headers: &HeaderMap, order: OrderId) -> CookieJar {
        let name = order_cookie_name(order);
        let others: Vec<_> = order_cookies(headers).filter(|other| *other != name).collect();
        let surplus = (others.len() + 1).saturating_sub(REMEMBERED_ORDERS);
        let forget = |jar: CookieJar, name: &&str| {
            let gone = self.cookie((*name).to_owned(), String::new());
            jar.add(Cookie::build(gone).removal().build())
        };
        let jar = others.iter().take(surplus).fold(jar, forget);
        let cookie = self.cookie(name, self.secret.order_token(order));
        jar.add(kept(cookie))
    }

    /// The value of the request's session cookie, whether or not it is one.
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
        match self.secure_cookies {
            true => SECURE_STAFF_COOKIE,
            false => STAFF_COOKIE,
        }
    }

    fn cookie(&self, name: String, value: String) -> Cookie<'static> {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure_cookies)
            .build()
    }
}

fn order_cookie_name(order: OrderId) -> String {
    format!("{ORDER_COOKIE}{}", order.0.simple())
}

/// Names of the order cookies of a request, oldest first: browsers send them so (RFC 6265, 5.4).
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
