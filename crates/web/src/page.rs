//! Pages, and problems as pages.

use axum::{
    extract::Path,
    http::{HeaderValue, Uri, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use ui::{
    Markup, Reader, assets,
    pages::{ProblemKind, ProblemPage, problem},
};

use super::problem::Problem;

/// Marks responses that are pages and so have a language.
#[derive(Clone, Copy, Debug)]
pub(super) struct IsPage;

/// Marks redirects that leave the site on purpose.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeavesSite;

/// A redirect to another site. Never for an address that a request can choose.
pub fn redirect_elsewhere(url: &str) -> Response {
    let mut response = Redirect::to(url).into_response();
    response.extensions_mut().insert(LeavesSite);
    response
}

/// A page as a response.
pub fn page(markup: Markup) -> Response {
    let mut response = Html(markup.into_string()).into_response();
    response.extensions_mut().insert(IsPage);
    response
}

/// The error of a page handler. The [`guard`](super::guard::guard) renders it as a page, in the
/// reader's language.
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
    /// Renders the problem as a page.
    pub(super) fn into_page(self, reader: Reader) -> Response {
        let Self(cause) = self;
        let (status, retry_after_s) = (cause.status, cause.retry_after_s);
        // The page does not depend on the URL, so that an unknown URL reveals nothing.
        let reader = reader.at("");
        let view = ProblemPage { reader, status: status.as_u16(), kind: problem_kind(cause) };
        let mut response = (status, page(problem(&view))).into_response();
        if let Some(seconds) = retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The text of the page, by the kind of the problem.
fn problem_kind(problem: Problem) -> ProblemKind {
    let Problem { kind, title, detail, errors, retry_after_s, .. } = problem;
    let again_after_s = retry_after_s.unwrap_or(1);
    match kind {
        "not-found" => ProblemKind::NotFound,
        "too-many-requests" => ProblemKind::TooMany { again_after_s },
        "too-many-tries" => ProblemKind::TooManyTries { again_after_s },
        "unavailable" => ProblemKind::Unavailable,
        "cross-site" => ProblemKind::CrossSite,
        "not-signed-in" => ProblemKind::NotStaff,
        "not-allowed" => ProblemKind::NotAllowed,
        "other-host" => ProblemKind::OtherHost,
        "wrong-method" => ProblemKind::WrongMethod,
        "too-large" => ProblemKind::TooLarge,
        "late" => ProblemKind::Late,
        "broken" => ProblemKind::Broken,
        _ if !errors.is_empty() => ProblemKind::Refused(errors),
        "malformed" => ProblemKind::Unreadable,
        _ => ProblemKind::Other(title.to_owned(), detail),
    }
}

/// A problem before any handler: JSON below `/api/`, else a page.
pub fn problem_at(uri: &Uri, problem: Problem) -> Response {
    match uri.path().starts_with("/api/") {
        true => problem.into_response(),
        false => PageProblem(problem).into_response(),
    }
}

/// The response for a path without a route.
pub async fn not_found(uri: Uri) -> Response {
    problem_at(&uri, Problem::not_found("route"))
}

/// `/assets/…`: names contain a hash of the content, so browsers may cache them for ever.
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
