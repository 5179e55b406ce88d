//! Renders problems for their reader: a page for browsers, `application/problem+json` for programs.
//! Covers every error response, also those of the framework.

use axum::{
    body::to_bytes,
    extract::Request,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            ACCEPT, ALLOW, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, VARY,
        },
    },
    response::{IntoResponse, Response},
};
use ui::Reader;

use super::{
    language,
    page::{IsPage, PageProblem},
    problem::Problem,
    site::ANY_HOST_PATHS,
};

/// Maximum length of a framework error's text, in bytes.
const MAX_TEXT: usize = 4_096;
/// Headers that describe the replaced body.
const BODY_HEADERS: [axum::http::HeaderName; 3] = [CONTENT_TYPE, CONTENT_LENGTH, TRANSFER_ENCODING];

/// The form that a client prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Page,
    Json,
    /// No preference: the route decides.
    Any,
}

/// The kind of route, which determines the form of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RouteKind {
    /// The API always responds with JSON.
    Api,
    /// Probes and collectors read plain text.
    Probe,
    Page,
}

/// How to render problems for one request.
#[derive(Debug)]
pub(super) struct Negotiation {
    reader: Reader,
    preferred: Form,
    route_kind: RouteKind,
}

impl Negotiation {
    /// The negotiation of a request.
    pub(super) fn of(request: &Request) -> Self {
        let route_kind = match request.uri().path() {
            path if path.starts_with("/api/") => RouteKind::Api,
            path if ANY_HOST_PATHS.contains(&path) => RouteKind::Probe,
            _ => RouteKind::Page,
        };
        Self {
            reader: language::reader_of(request),
            preferred: preferred_form(request.headers()),
            route_kind,
        }
    }

    /// Renders a response for its reader, and declares the language of pages.
    pub(super) async fn render(self, response: Response) -> Response {
        let lang = HeaderValue::from_static(self.reader.lang.name());
        let mut response = self.render_error(response).await;
        if response.extensions().get::<IsPage>().is_some() {
            let headers = response.headers_mut();
            headers.insert(CONTENT_LANGUAGE, lang);
            headers.append(VARY, HeaderValue::from_static("accept-language, cookie"));
        }
        if response.status().is_client_error() || response.status().is_server_error() {
            response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
        }
        response
    }

    async fn render_error(self, mut response: Response) -> Response {
        let status = response.status();
        if !(status.is_client_error() || status.is_server_error()) {
            return response;
        }
        let extensions = response.extensions_mut();
        let (for_people, problem) =
            (extensions.remove::<PageProblem>(), extensions.remove::<Problem>());
        let (problem, default) = match (for_people, problem) {
            (Some(PageProblem(problem)), _) => (problem, Form::Page),
            (None, Some(problem)) => (problem, Form::Json),
            (None, None) if self.is_plain(&response) => {
                let default =
                    if self.route_kind == RouteKind::Api { Form::Json } else { Form::Page };
                let (parts, body) = response.into_parts();
                let text = to_bytes(body, MAX_TEXT).await.unwrap_or_default();
                let problem = problem_from_status(
                    status,
                    &parts.headers,
                    String::from_utf8_lossy(&text).trim(),
                );
                response = Response::from_parts(parts, axum::body::Body::empty());
                (problem, default)
            }
            (None, None) => return response,
        };
        let mut rendered = match self.best_form(default) {
            Form::Page => PageProblem(problem).into_page(self.reader),
            Form::Json | Form::Any => problem.into_response(),
        };
        for (name, value) in response.headers() {
            if !BODY_HEADERS.contains(name) {
                rendered.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
        }
        rendered
    }

    fn best_form(&self, default: Form) -> Form {
        match (self.route_kind, self.preferred) {
            (RouteKind::Api, _) => Form::Json,
            (_, Form::Any) => default,
            (_, preferred) => preferred,
        }
    }

    /// True for an error of the framework.
    fn is_plain(&self, response: &Response) -> bool {
        let kind = response.headers().get(CONTENT_TYPE);
        self.route_kind != RouteKind::Probe
            && kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
    }
}

/// The problem for an error of the framework.
fn problem_from_status(status: StatusCode, headers: &HeaderMap, text: &str) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::not_found("route"),
        StatusCode::METHOD_NOT_ALLOWED => {
            let allow = headers.get(ALLOW).and_then(|methods| methods.to_str().ok());
            Problem::wrong_method(allow.unwrap_or("other methods"))
        }
        StatusCode::PAYLOAD_TOO_LARGE => Problem::body_too_large(),
        // The text of an internal error is only for the log.
        status if status.is_server_error() => Problem { status, ..Problem::broken() },
        status => {
            let words = status.canonical_reason().unwrap_or("This cannot be done");
            let detail = if text.is_empty() { words } else { text };
            Problem { status, ..Problem::malformed(detail) }
        }
    }
}

/// The form that a client prefers (RFC 9110 §12.5.1).
fn preferred_form(headers: &HeaderMap) -> Form {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let (mut page, mut json) = (0.0_f32, 0.0_f32);
    for range in lines.flat_map(|line| line.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let q = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let q: f32 = q.map_or(Ok(1.0), str::parse).unwrap_or(0.0);
        match kind.as_str() {
            "text/html" | "application/xhtml+xml" | "text/*" => page = page.max(q),
            "application/*" | "application/json" => json = json.max(q),
            kind if kind.starts_with("application/") && kind.ends_with("+json") => {
                json = json.max(q);
            }
            _ => {}
        }
    }
    match page.total_cmp(&json) {
        std::cmp::Ordering::Greater => Form::Page,
        std::cmp::Ordering::Less => Form::Json,
        std::cmp::Ordering::Equal => Form::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_its_preferred_form() {
        let chrome = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        for (accept, wanted) in [
            (chrome, Form::Page),
            ("text/html", Form::Page),
            ("TEXT/HTML;level=1;q=0.4, application/json;q=0.3", Form::Page),
            ("application/json, text/html;q=0.9", Form::Json),
            ("application/problem+json", Form::Json),
            ("application/json, text/html", Form::Any),
            ("text/html;q=0", Form::Any),
            ("text/html;q=lots", Form::Any),
            ("*/*", Form::Any),
            ("text/event-stream", Form::Any),
            ("", Form::Any),
        ] {
            let headers = [(ACCEPT, accept.parse().unwrap())].into_iter().collect();
            assert_eq!(preferred_form(&headers), wanted, "{accept}");
        }
    }
}
