//! What browsers are to remember for long.

use std::time::Duration;

use axum_extra::extract::cookie::Cookie;

/// A year. Browsers keep nothing for longer than 400 days (RFC 6265bis §5.5).
const KEPT: Duration = Duration::from_hours(365 * 24);

/// The cookie, to be kept for a year.
pub fn kept(cookie: Cookie<'static>) -> Cookie<'static> {
    Cookie::build(cookie).max_age(KEPT.try_into().unwrap_or_default()).build()
}
