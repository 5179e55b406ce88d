//! Signing in, and the gate before everything that is for staff.

use std::net::SocketAddr;

use axum::{
    Form, Router,
    extract::{ConnectInfo, Query, Request, State},
    http::{Method, StatusCode, Uri},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::cookie::CookieJar;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use ui::{
    Reader,
    pages::{SignInPage, sign_in},
};

use super::{
    access::Access,
    language::ReadBy,
    limit::Limit,
    page::{PageProblem, page},
    problem::Problem,
};

/// Tries to sign in a minute from one address.
const TRIES_PER_MINUTE: u32 = 10;

#[derive(Clone)]
struct Door {
    access: Access,
    limit: Limit,
}

/// `/sign-in` and `/sign-out`.
pub fn routes(access: Access) -> Router {
    let door = Door { access, limit: Limit::per_minute(TRIES_PER_MINUTE) };
    Router::new()
        .route("/sign-in", get(show).post(enter))
        .route("/sign-out", post(leave))
        .with_state(door)
}

#[derive(Deserialize)]
struct Link {
    /// The staff token, in the link printed at the start.
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct SignIn {
    #[serde(default)]
    token: String,
    #[serde(default)]
    next: String,
}

async fn show(
    State(door): State<Door>,
    ReadBy(reader): ReadBy,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    jar: CookieJar,
    Query(link): Query<Link>,
) -> Result<Response, PageProblem> {
    let next = own_path(link.next.as_deref());
    match link.token {
        Some(token) => try_token(&door, from, jar, reader, &token, next),
        None => Ok(page(sign_in(&SignInPage { reader, wrong: false, next }))),
    }
}

async fn enter(
    State(door): State<Door>,
    ReadBy(reader): ReadBy,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    jar: CookieJar,
    Form(form): Form<SignIn>,
) -> Result<Response, PageProblem> {
    let next = own_path(Some(&form.next));
    try_token(&door, from, jar, reader.at("/sign-in"), &form.token, next)
}

fn try_token(
    door: &Door,
    from: SocketAddr,
    jar: CookieJar,
    reader: Reader,
    token: &str,
    next: String,
) -> Result<Response, PageProblem> {
    if door.access.knows_staff_token(token.trim()) {
        return Ok((jar.add(door.access.staff_cookie()), Redirect::to(&next)).into_response());
    }
    // Only failures count, so that nobody can lock out those who know the token.
    door.limit.check(from.ip())?;
    let form = sign_in(&SignInPage { reader, wrong: true, next });
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(form)).into_response())
}

async fn leave(State(door): State<Door>, jar: CookieJar) -> Response {
    (jar.add(door.access.sign_out_cookie()), Redirect::to("/")).into_response()
}

/// A path of this site to go to next; never another site.
fn own_path(next: Option<&str>) -> String {
    let own = next.filter(|n| n.starts_with('/') && !n.starts_with("//") && !n.contains('\\'));
    own.unwrap_or("/kitchen").to_owned()
}

/// Lets staff pass. Others get a problem, or, on their way to a page, the sign-in form.
pub async fn staff_only(State(access): State<Access>, request: Request, next: Next) -> Response {
    if access.is_staff(request.headers()) {
        return next.run(request).await;
    }
    let path = request.uri().path();
    if request.method() == Method::GET && !path.starts_with("/api/") && !path.ends_with("/events") {
        return Redirect::to(&sign_in_for(request.uri())).into_response();
    }
    Problem::not_staff().into_response()
}

fn sign_in_for(uri: &Uri) -> String {
    let wanted = uri.path_and_query().map_or("/", |path| path.as_str());
    format!("/sign-in?next={}", utf8_percent_encode(wanted, NON_ALPHANUMERIC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(own_path(Some("/analytics")), "/analytics");
        for bad in ["//evil.example", "https://evil.example", "/\\evil.example", ""] {
            assert_eq!(own_path(Some(bad)), "/kitchen");
        }
    }

    #[test]
    fn the_wanted_page_survives_signing_in() {
        let uri = "/kitchen?restaurant=a&x=1".parse().unwrap();
        assert_eq!(sign_in_for(&uri), "/sign-in?next=%2Fkitchen%3Frestaurant%3Da%26x%3D1");
    }
}
