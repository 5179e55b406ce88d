//! Who may see what: staff, and whoever holds an order's token.

use axum::http::{HeaderMap, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use domain::ids::OrderId;

use crate::secret::{Secret, same};

/// The cookie of a staff session.
const STAFF_COOKIE: &str = "comanda_staff";

/// Decides access. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Access {
    secret: Secret,
    staff_token: String,
    /// True where pages are served over HTTPS, so that cookies never travel without.
    secure_cookies: bool,
}

impl Access {
    /// Access by what `secret` signs and by `staff_token`.
    pub fn new(secret: Secret, staff_token: impl Into<String>, secure_cookies: bool) -> Self {
        Self { secret, staff_token: staff_token.into(), secure_cookies }
    }

    /// The installation's secret.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// True for a staff bearer token or a staff session.
    pub fn is_staff(&self, headers: &HeaderMap) -> bool {
        let by_token = bearer(headers).is_some_and(|token| self.knows_staff_token(token));
        by_token || self.has_session(headers)
    }

    /// True for a staff bearer token: such a request cannot come from another site's page.
    pub fn is_staff_bearer(&self, headers: &HeaderMap) -> bool {
        bearer(headers).is_some_and(|token| self.knows_staff_token(token))
    }

    /// True if `token` is the staff token.
    pub fn knows_staff_token(&self, token: &str) -> bool {
        same(&self.staff_token, token)
    }

    fn has_session(&self, headers: &HeaderMap) -> bool {
        let session = self.secret.staff_session(&self.staff_token);
        let jar = CookieJar::from_headers(headers);
        jar.get(STAFF_COOKIE).is_some_and(|cookie| same(cookie.value(), &session))
    }

    /// True if the request may see the order: by `?token=`, bearer, the order's cookie, or as staff.
    pub fn may_see(&self, order: OrderId, query_token: Option<&str>, headers: &HeaderMap) -> bool {
        let jar = CookieJar::from_headers(headers);
        let cookie = jar.get(&order_cookie_name(order)).map(Cookie::value);
        let tokens = [query_token, bearer(headers), cookie];
        tokens.into_iter().flatten().any(|token| self.secret.opens(order, token))
            || self.is_staff(headers)
    }

    /// The cookie that opens an order's page to this browser.
    pub fn order_cookie(&self, order: OrderId) -> Cookie<'static> {
        let cookie = self.cookie(order_cookie_name(order), self.secret.order_token(order));
        Cookie::build(cookie).permanent().build()
    }

    /// The cookie of a staff session.
    pub fn staff_cookie(&self) -> Cookie<'static> {
        self.cookie(STAFF_COOKIE.to_owned(), self.secret.staff_session(&self.staff_token))
    }

    /// The cookie that ends a staff session.
    pub fn sign_out_cookie(&self) -> Cookie<'static> {
        Cookie::build(self.cookie(STAFF_COOKIE.to_owned(), String::new())).removal().build()
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
    format!("comanda_order_{}", order.0.simple())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
