//! How whoever asked is told of a problem: people by a page in their language, programs by
//! `application/problem+json`. Every refusal comes by here, also those that no handler of ours has made.

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
    site::BY_ANY_NAME,
};

/// Most of a plain error's text that is passed on, in bytes.
const MAX_TEXT: usize = 4_096;
/// What describes a body, and nothing else: it does not outlive that body.
const OF_THE_BODY: [axum::http::HeaderName; 3] = [CONTENT_TYPE, CONTENT_LENGTH, TRANSFER_ENCODING];

/// What a client would rather read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Page,
    Json,
    /// It does not say: the address decides.
    Any,
}

/// Where a request goes, as far as errors are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The API answers in its own way whoever asks.
    Api,
    /// Probes and collectors read plain text.
    Probe,
    Page,
}

/// How to tell the sender of one request.
#[derive(Debug)]
pub(super) struct Telling {
    reader: Reader,
    wish: Wish,
    place: Place,
}

impl Telling {
    /// How to tell the sender of this request.
    pub(super) fn of(request: &Request) -> Self {
        let place = match request.uri().path() {
            path if path.starts_with("/api/") => Place::Api,
            path if BY_ANY_NAME.contains(&path) => Place::Probe,
            _ => Place::Page,
        };
        Self { reader: language::reader_of(request), wish: wish(request.headers()), place }
    }

    /// The answer as its reader understands it. Pages say which language they are in.
    pub(super) async fn tell(self, response: Response) -> Response {
        let lang = HeaderValue::from_static(self.reader.lang.code());
        let mut response = self.told(response).await;
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

    async fn told(self, mut response: Response) -> Response {
        let status = response.status();
        if !(status.is_client_error() || status.is_server_error()) {
            return response;
        }
        let extensions = response.extensions_mut();
        let (for_people, problem) =
            (extensions.remove::<PageProblem>(), extensions.remove::<Problem>());
        let (problem, meant) = match (for_people, problem) {
            (Some(PageProblem(problem)), _) => (problem, Wish::Page),
            (None, Some(problem)) => (problem, Wish::Json),
            (None, None) if self.is_plain(&response) => {
                let meant = if self.place == Place::Api { Wish::Json } else { Wish::Page };
                let (parts, body) = response.into_parts();
                let text = to_bytes(body, MAX_TEXT).await.unwrap_or_default();
                let problem =
                    unnamed(status, &parts.headers, String::from_utf8_lossy(&text).trim());
                response = Response::from_parts(parts, axum::body::Body::empty());
                (problem, meant)
            }
            (None, None) => return response,
        };
        let mut told = match self.best(meant) {
            Wish::Page => PageProblem(problem).page(self.reader),
            Wish::Json | Wish::Any => problem.into_response(),
        };
        for (name, value) in response.headers() {
            if !OF_THE_BODY.contains(name) {
                told.headers_mut().entry(name).or_insert_with(|| value.clone());
            }
        }
        told
    }

    fn best(&self, meant: Wish) -> Wish {
        match (self.place, self.wish) {
            (Place::Api, _) => Wish::Json,
            (_, Wish::Any) => meant,
            (_, wish) => wish,
        }
    }

    /// True for an error that the framework answers by itself.
    fn is_plain(&self, response: &Response) -> bool {
        let kind = response.headers().get(CONTENT_TYPE);
        self.place != Place::Probe
            && kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
    }
}

/// The problem behind a status that the framework has answered, with a text of its own.
fn unnamed(status: StatusCode, headers: &HeaderMap, text: &str) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::not_found("route"),
        StatusCode::METHOD_NOT_ALLOWED => {
            let allow = headers.get(ALLOW).and_then(|methods| methods.to_str().ok());
            Problem::wrong_method(allow.unwrap_or("other methods"))
        }
        StatusCode::PAYLOAD_TOO_LARGE => Problem::body_too_large(),
        // What broke here is for the log, and may name what is inside.
        status if status.is_server_error() => Problem { status, ..Problem::broken() },
        status => {
            let words = status.canonical_reason().unwrap_or("This cannot be done");
            let detail = if text.is_empty() { words } else { text };
            Problem { status, ..Problem::malformed(detail) }
        }
    }
}

/// What a client would rather read (RFC 9110 §12.5.1).
fn wish(headers: &HeaderMap) -> Wish {
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
        std::cmp::Ordering::Greater => Wish::Page,
        std::cmp::Ordering::Less => Wish::Json,
        std::cmp::Ordering::Equal => Wish::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_what_it_would_rather_read() {
        let chrome = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        for (accept, wanted) in [
            (chrome, Wish::Page),
            ("text/html", Wish::Page),
            ("TEXT/HTML;level=1;q=0.4, application/json;q=0.3", Wish::Page),
            ("application/json, text/html;q=0.9", Wish::Json),
            ("application/problem+json", Wish::Json),
            ("application/json, text/html", Wish::Any),
            ("text/html;q=0", Wish::Any),
            ("text/html;q=lots", Wish::Any),
            ("*/*", Wish::Any),
            ("text/event-stream", Wish::Any),
            ("", Wish::Any),
        ] {
            let headers = [(ACCEPT, accept.parse().unwrap())].into_iter().collect();
            assert_eq!(wish(&headers), wanted, "{accept}");
        }
    }
}
