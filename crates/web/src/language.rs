//! The language of pages: chosen in the footer, else the browser's, else English.
//!
//! Page handlers extract [`ReadBy`]. The layer [`store_language`] handles a choice without a
//! script: `?lang=it` on any page stores it in a cookie and redirects to the page without the
//! field.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, Method, Uri, header::ACCEPT_LANGUAGE, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use domain::language::Language;
use ui::Reader;

use super::cookies::kept;

/// The cookie of the chosen language.
const COOKIE: &str = "comanda_lang";
/// Query fields that are not repeated in links: the choice itself and order tokens.
const NOT_REPEATED: [&str; 2] = ["lang", "token"];

/// The reader of a page.
#[derive(Clone, Debug)]
pub struct ReadBy(pub Reader);

impl<S: Send + Sync> FromRequestParts<S> for ReadBy {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(reader(&parts.method, &parts.uri, &parts.headers)))
    }
}

fn reader(method: &Method, uri: &Uri, headers: &HeaderMap) -> Reader {
    let reader = Reader { lang: language(headers), ..Reader::default() };
    // The URL of a submitted form cannot be requested with GET.
    if method == Method::GET { reader.at(path_without(uri, &NOT_REPEATED)) } else { reader }
}

/// The reader of the response to a request.
pub(super) fn reader_of(request: &Request) -> Reader {
    reader(request.method(), request.uri(), request.headers())
}

/// Stores a choice of language.
pub async fn store_language(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let Some(lang) = chosen_language(request.method(), uri) else { return next.run(request).await };
    let there = path_without(uri, &["lang"]);
    (CookieJar::new().add(language_cookie(lang)), Redirect::to(&there)).into_response()
}

fn chosen_language(method: &Method, uri: &Uri) -> Option<Language> {
    let is_page = method == Method::GET && !uri.path().starts_with("/api/");
    let pairs = uri.query().filter(|_| is_page)?.split('&');
    pairs.filter_map(|pair| pair.strip_prefix("lang=")).find_map(|code| code.parse().ok())
}

fn language_cookie(lang: Language) -> Cookie<'static> {
    let cookie = Cookie::build((COOKIE, lang.name())).path("/").http_only(true);
    kept(cookie.same_site(SameSite::Lax).build())
}

/// Path and query without some fields, beginning with a single slash: two would name another site.
fn path_without(uri: &Uri, fields: &[&str]) -> String {
    let path = uri.path().trim_start_matches(['/', '\\']);
    let is_kept = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && !fields.contains(&name)
    };
    let query: Vec<_> = uri.query().unwrap_or_default().split('&').filter(is_kept).collect();
    match query.is_empty() {
        true => format!("/{path}"),
        false => format!("/{path}?{}", query.join("&")),
    }
}

fn language(headers: &HeaderMap) -> Language {
    let jar = CookieJar::from_headers(headers);
    let chosen = jar.get(COOKIE).and_then(|cookie| cookie.value().parse().ok());
    let wanted = || headers.get(ACCEPT_LANGUAGE)?.to_str().ok().and_then(preferred_language);
    chosen.or_else(wanted).unwrap_or_default()
}

/// The supported language that a browser prefers (RFC 9110 §12.5.4); of equals, the first.
fn preferred_language(accept: &str) -> Option<Language> {
    let parse = |range: &str| {
        let (tag, q) = range.split_once(';').unwrap_or((range, "q=1"));
        let q: f32 = q.trim().strip_prefix("q=")?.parse().ok()?;
        let primary = tag.trim().split('-').next()?.to_ascii_lowercase();
        (q > 0.0).then_some((primary.parse::<Language>().ok()?, q))
    };
    let better =
        |best: (Language, f32), next: (Language, f32)| if next.1 > best.1 { next } else { best };
    accept.split(',').filter_map(parse).reduce(better).map(|(lang, _)| lang)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_browser_gets_its_preferred_language() {
        let cases = [
            ("it-IT,it;q=0.9,en;q=0.8", Some(Language::It)),
            ("en-GB,it;q=0.9", Some(Language::En)),
            ("tlh,fr;q=0.9,it;q=0.5,en;q=0.4", Some(Language::It)),
            ("en;q=0.2, IT;q=0.7", Some(Language::It)),
            ("it;q=0, en;q=0.1", Some(Language::En)),
            ("tlh, *", None),
            ("it;q=lots, ;;, ,", None),
            ("", None),
        ];
        for (accept, lang) in cases {
            assert_eq!(preferred_language(accept), lang, "{accept}");
        }
    }

    #[test]
    fn the_chosen_language_takes_precedence() {
        let mut headers = HeaderMap::new();
        assert_eq!(language(&headers), Language::En);
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("it"));
        assert_eq!(language(&headers), Language::It);
        headers.insert("cookie", HeaderValue::from_static("a=b; comanda_lang=en"));
        assert_eq!(language(&headers), Language::En);
        headers.insert("cookie", HeaderValue::from_static("comanda_lang=tlh"));
        assert_eq!(language(&headers), Language::It);
    }

    #[test]
    fn links_stay_on_the_site_and_have_no_token() {
        let back = |uri: &str| path_without(&uri.parse().unwrap(), &NOT_REPEATED);
        assert_eq!(
            back("/checkout?restaurant=a&lang=it&replaces=b"),
            "/checkout?restaurant=a&replaces=b"
        );
        assert_eq!(back("/orders/1?token=abc"), "/orders/1");
        assert_eq!(back("/?lang=it"), "/");
        assert_eq!(back("//evil.example/?lang=it"), "/evil.example/");
    }
}
