//! What holds for every answer and every request: a strict content security policy, no sniffing,
//! no referrer, no redirect that leaves the site, no cookie without HTTPS where there is HTTPS; and
//! no request under a foreign name, and no state change on behalf of another site.

use std::sync::Arc;

use axum::{
    body::HttpBody,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    problem::Problem,
    security::{self, Event},
    site::{Site, own_path},
    source::source_of,
    telling::Telling,
};

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-src 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Browsers that were here once come by HTTPS only, for a year (RFC 6797).
const BY_HTTPS_ONLY: &str = "max-age=31536000";
/// Whoever is asked to come again, without being told when, may in so many seconds.
const AGAIN_AFTER_S: u16 = 1;

/// Adds the headers where an answer has not set its own, refuses what must not come in, and tells every
/// problem as its reader understands it.
pub async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let telling = Telling::of(&request);
    let mut response = match refused(&site, &request) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    say_when_again(&mut response);
    stay_here(&mut response);
    pass_on_at_once(&mut response);
    let mut response = telling.tell(response).await;
    if site.is_secure() {
        keep_to_https(response.headers_mut());
    }
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn is_for_api(request: &Request) -> bool {
    request.uri().path().starts_with("/api/")
}

/// Why a request does not come in at all.
fn refused(site: &Site, request: &Request) -> Option<Problem> {
    if let Err(problem) = site.check(request) {
        security::refused(Event::OtherHost, "", source_of(request), request.uri().path());
        return Some(problem);
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && is_cross_site(site, request.headers()) {
        security::refused(Event::CrossSite, "", source_of(request), request.uri().path());
        return Some(Problem::cross_site());
    }
    // Pages of other sites can send text that looks like JSON, but not under that name.
    let has_body = !request.body().is_end_stream();
    let is_wrong = is_for_api(request) && has_body && !is_json(request.headers());
    is_wrong.then(Problem::no_json)
}

/// `application/json`, or a kind of it (RFC 6839 §3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    let rest = kind.strip_prefix("application/").unwrap_or_default();
    rest == "json" || rest.ends_with("+json")
}

/// Whoever is refused for now learns when to come again.
fn say_when_again(response: &mut Response) {
    use StatusCode as Is;
    if matches!(response.status(), Is::TOO_MANY_REQUESTS | Is::SERVICE_UNAVAILABLE) {
        let again = response.headers_mut().entry(header::RETRY_AFTER);
        again.or_insert(HeaderValue::from(AGAIN_AFTER_S));
    }
}

/// Whatever a handler makes of its input, nobody is sent to another site.
fn stay_here(response: &mut Response) {
    if !response.status().is_redirection() {
        return;
    }
    let Some(location) = response.headers().get(header::LOCATION) else { return };
    let own = location.to_str().ok().and_then(own_path);
    let to = own.and_then(|path| HeaderValue::try_from(path).ok());
    let to = to.unwrap_or_else(|| {
        tracing::debug!(?location, "a redirect would have left the site");
        HeaderValue::from_static("/")
    });
    response.headers_mut().insert(header::LOCATION, to);
}

/// nginx would gather a stream of events until its buffer is full, and caches might change it.
fn pass_on_at_once(response: &mut Response) {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
        let headers = response.headers_mut();
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    }
}

/// HTTPS from now on, and no cookie without it.
fn keep_to_https(headers: &mut HeaderMap) {
    let only = HeaderValue::from_static(BY_HTTPS_ONLY);
    headers.insert(header::STRICT_TRANSPORT_SECURITY, only);
    let cookies: Vec<_> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        headers.append(header::SET_COOKIE, secured(cookie));
    }
}

fn secured(cookie: HeaderValue) -> HeaderValue {
    let Ok(text) = cookie.to_str() else { return cookie };
    let mut attributes = text.split(';').skip(1);
    match attributes.any(|attribute| attribute.trim().eq_ignore_ascii_case("secure")) {
        true => cookie,
        false => HeaderValue::try_from(format!("{text}; Secure")).unwrap_or(cookie),
    }
}

/// Browsers say where a request comes from (Fetch Metadata); tools that say nothing carry no
/// cookies of a victim either. Older browsers, and all where there is no HTTPS, send `Origin` on every
/// POST.
fn is_cross_site(site: &Site, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let origin = headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    origin.is_some_and(|origin| !site.is_own(origin, text("host")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn only_our_own_pages_change_things() {
        let site = Site::new("https://public.example", false, &[]).unwrap();
        let is_cross_site = |pairs: &[_]| is_cross_site(&site, &headers(pairs));
        let host = ("host", "shop.example");
        assert!(is_cross_site(&[("sec-fetch-site", "cross-site")]));
        assert!(is_cross_site(&[("sec-fetch-site", "same-site")]));
        assert!(is_cross_site(&[("origin", "https://evil.example"), host]));
        assert!(is_cross_site(&[("origin", "null"), host]));
        assert!(is_cross_site(&[("origin", "http://shop.example"), host]));
        assert!(!is_cross_site(&[("origin", "https://shop.example"), host]));
        assert!(!is_cross_site(&[("origin", "https://public.example"), host]));
        assert!(!is_cross_site(&[("sec-fetch-site", "same-origin")]));
        assert!(!is_cross_site(&[host]));
    }

    #[test]
    fn json_has_a_name() {
        let is_json = |kind: &'static str| is_json(&headers(&[("content-type", kind)]));
        for json in ["application/json", "Application/JSON; charset=utf-8", "application/x+json"] {
            assert!(is_json(json), "{json}");
        }
        for other in ["text/plain", "text/json", "application/x-www-form-urlencoded", "json", ""] {
            assert!(!is_json(other), "{other}");
        }
    }

    #[test]
    fn cookies_are_secured_once() {
        let secured = |text| secured(HeaderValue::from_static(text));
        assert_eq!(secured("a=b; Path=/"), "a=b; Path=/; Secure");
        assert_eq!(secured("a=secure; Path=/"), "a=secure; Path=/; Secure");
        assert_eq!(secured("a=b; secure; Path=/"), "a=b; secure; Path=/");
    }
}
