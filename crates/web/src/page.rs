//! Pages, and problems told as pages.

use axum::{
    extract::Path,
    http::{HeaderValue, Uri, header},
    response::{Html, IntoResponse, Response},
};
use ui::{
    Markup, Reader, assets,
    pages::{ProblemPage, Trouble, problem},
};

use super::problem::Problem;

/// Marks answers that are pages of ours, and so written in a language.
#[derive(Clone, Copy, Debug)]
pub(super) struct IsPage;

/// A page as an answer.
pub fn page(markup: Markup) -> Response {
    let mut response = Html(markup.into_string()).into_response();
    response.extensions_mut().insert(IsPage);
    response
}

/// The error of a page handler: the same problem, told to a person. The handler knows no language:
/// the [`guard`](super::guard::guard) does, and has the page written.
#[derive(Clone, Debug)]
pub struct PageProblem(pub Problem);

impl<E: Into<Problem>> From<E> for PageProblem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageProblem {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        if let Some(seconds) = self.0.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl PageProblem {
    /// The problem as a page.
    pub(super) fn page(self, reader: Reader) -> Response {
        let Self(told) = self;
        let (status, retry_after_s) = (told.status, told.retry_after_s);
        // The same page wherever it is told, so that an address that is not there says nothing.
        let reader = reader.at("");
        let view = ProblemPage { reader, status: status.as_u16(), trouble: trouble(told) };
        let mut response = (status, page(problem(&view))).into_response();
        if let Some(seconds) = retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What a person is told, by the kind of a problem.
fn trouble(problem: Problem) -> Trouble {
    let Problem { kind, title, detail, errors, retry_after_s, .. } = problem;
    let again_after_s = retry_after_s.unwrap_or(1);
    match kind {
        "not-found" => Trouble::NotFound,
        "too-many-requests" => Trouble::TooMany { again_after_s },
        "too-many-tries" => Trouble::TooManyTries { again_after_s },
        "unavailable" => Trouble::Unavailable,
        "cross-site" => Trouble::CrossSite,
        "not-signed-in" => Trouble::NotStaff,
        "not-allowed" => Trouble::NotAllowed,
        "other-host" => Trouble::OtherHost,
        "wrong-method" => Trouble::WrongMethod,
        "too-large" => Trouble::TooLarge,
        "late" => Trouble::Late,
        "broken" => Trouble::Broken,
        _ if !errors.is_empty() => Trouble::Refused(errors),
        "malformed" => Trouble::Unreadable,
        _ => Trouble::Other(title.to_owned(), detail),
    }
}

/// A problem of an address, before any handler: clients of the API get it as it is, people a page.
pub fn problem_at(uri: &Uri, problem: Problem) -> Response {
    match uri.path().starts_with("/api/") {
        true => problem.into_response(),
        false => PageProblem(problem).into_response(),
    }
}

/// Any address without a route.
pub async fn not_found(uri: Uri) -> Response {
    problem_at(&uri, Problem::not_found("route"))
}

/// `/assets/…`: names carry a hash of the content, so browsers may keep them for ever.
pub async fn asset(Path(name): Path<String>) -> Response {
    match assets::asset(&format!("/assets/{name}")) {
        Some(asset) => {
            let headers = [
                (header::CONTENT_TYPE, asset.content_type),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, asset.bytes).into_response()
        }
        None => Problem::not_found("route").into_response(),
    }
}
