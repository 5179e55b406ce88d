//! Rules for every request and response: a strict content security policy, no sniffing, no
//! referrer, no redirect to another site, secure cookies over HTTPS; no request for a foreign host,
//! and no change on behalf of another site.

use std::sync::Arc;

use axum::{
    body::HttpBody,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    client_address::client_address,
    gateway_script::WiderPolicy,
    negotiation::Negotiation,
    page::LeavesSite,
    policy::{COOP, own_policy},
    problem::Problem,
    security::{self, SecurityEvent},
    site::{Site, own_path},
};

const HEADERS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static(COOP), "same-origin"),
];

/// `Strict-Transport-Security`: HTTPS only, for a year (RFC 6797).
const HSTS: &str = "max-age=31536000";
/// Default `Retry-After`, in seconds.
const RETRY_AFTER_S: u16 = 1;

/// Refuses requests that break a rule, renders problems for their reader, and adds the headers that
/// the response does not set.
pub async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let negotiation = Negotiation::of(&request);
    let mut response = match refusal(&site, &request) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    add_retry_after(&mut response);
    keep_redirects_on_site(&mut response);
    prevent_buffering(&mut response);
    let wider = response.extensions_mut().remove::<WiderPolicy>();
    let mut response = negotiation.render(response).await;
    if let Some(policy) = wider {
        policy.write(response.headers_mut());
    }
    if site.is_secure() {
        require_https(response.headers_mut());
    }
    let policy = response.headers_mut().entry(header::CONTENT_SECURITY_POLICY);
    policy.or_insert_with(own_policy);
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn is_for_api(request: &Request) -> bool {
    request.uri().path().starts_with("/api/")
}

/// Why a request is refused, if it is.
fn refusal(site: &Site, request: &Request) -> Option<Problem> {
    if let Err(problem) = site.check(request) {
        security::log_refusal(
            SecurityEvent::OtherHost,
            "",
            client_address(request),
            request.uri().path(),
        );
        return Some(problem);
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && is_cross_site(site, request.headers()) {
        security::log_refusal(
            SecurityEvent::CrossSite,
            "",
            client_address(request),
            request.uri().path(),
        );
        return Some(Problem::cross_site());
    }
    let has_body = !request.body().is_end_stream();
    if has_body && is_encoded(request.headers()) {
        return Some(Problem::encoded_body());
    }
    // Pages of other sites can send JSON as text, but not with its content type.
    let is_wrong = is_for_api(request) && has_body && !is_json(request.headers());
    is_wrong.then(Problem::no_json)
}

/// True for a compressed body (RFC 9110 §8.4, RFC 9112 §7): nothing here unpacks one.
fn is_encoded(headers: &HeaderMap) -> bool {
    let has_other = |name, plain: &[u8]| {
        let values = headers.get_all(name).iter();
        values
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii)
            .any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(plain))
    };
    has_other(header::CONTENT_ENCODING, b"identity")
        || has_other(header::TRANSFER_ENCODING, b"chunked")
}

/// True for `application/json` and types with the suffix `+json` (RFC 6839 §3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    let rest = kind.strip_prefix("application/").unwrap_or_default();
    rest == "json" || rest.ends_with("+json")
}

/// Adds `Retry-After` to temporary refusals.
fn add_retry_after(response: &mut Response) {
    use StatusCode as Is;
    if matches!(response.status(), Is::TOO_MANY_REQUESTS | Is::SERVICE_UNAVAILABLE) {
        let again = response.headers_mut().entry(header::RETRY_AFTER);
        again.or_insert(HeaderValue::from(RETRY_AFTER_S));
    }
}

/// Replaces a redirect that would leave the site, for example because of a handler's input.
fn keep_redirects_on_site(response: &mut Response) {
    if !response.status().is_redirection() || response.extensions().get::<LeavesSite>().is_some() {
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

/// Disables buffering by nginx and transformation by caches for event streams.
fn prevent_buffering(response: &mut Response) {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
        let headers = response.headers_mut();
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    }
}

/// Adds HSTS, and the attribute `Secure` to all cookies.
fn require_https(headers: &mut HeaderMap) {
    let only = HeaderValue::from_static(HSTS);
    headers.insert(header::STRICT_TRANSPORT_SECURITY, only);
    let cookies: Vec<_> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    headers.remove(header::SET_COOKIE);
    for cookie in cookies {
        headers.append(header::SET_COOKIE, with_secure(cookie));
    }
}

fn with_secure(cookie: HeaderValue) -> HeaderValue {
    let Ok(text) = cookie.to_str() else { return cookie };
    let mut attributes = text.split(';').skip(1);
    match attributes.any(|attribute| attribute.trim().eq_ignore_ascii_case("secure")) {
        true => cookie,
        false => HeaderValue::try_from(format!("{text}; Secure")).unwrap_or(cookie),
    }
}

/// True for a request from another site's page. Browsers send Fetch Metadata; older ones, and all
/// over HTTP, send `Origin` with every POST. Tools that send neither carry no cookies of a victim.
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
    fn only_own_pages_may_change_state() {
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
    fn compressed_bodies_are_recognised() {
        let is_encoded =
            |coding: &'static str| is_encoded(&headers(&[("content-encoding", coding)]));
        assert!(is_encoded("gzip") && is_encoded("identity, br") && !is_encoded(" Identity "));
        let is_chunked_after =
            |coding| super::is_encoded(&headers(&[("transfer-encoding", coding)]));
        assert!(is_chunked_after("gzip, chunked") && !is_chunked_after("Chunked"));
    }

    #[test]
    fn json_content_types_are_recognised() {
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
        let secured = |text| with_secure(HeaderValue::from_static(text));
        assert_eq!(secured("a=b; Path=/"), "a=b; Path=/; Secure");
        assert_eq!(secured("a=secure; Path=/"), "a=secure; Path=/; Secure");
        assert_eq!(secured("a=b; secure; Path=/"), "a=b; secure; Path=/");
    }
}
