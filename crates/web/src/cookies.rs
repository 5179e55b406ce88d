//! Long-lived cookies.

use std::time::Duration;

use axum_extra::extract::cookie::Cookie;

/// A year. Browsers limit the lifetime of cookies to 400 days (RFC 6265bis §5.5).
const MAX_AGE: Duration = Duration::from_hours(365 * 24);

/// The cookie with a lifetime of a year.
pub fn kept(cookie: Cookie<'static>) -> Cookie<'static> {
    Cookie::build(cookie).max_age(MAX_AGE.try_into().unwrap_or_default()).build()
}
