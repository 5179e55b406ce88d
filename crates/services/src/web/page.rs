//! Pages, and problems told as pages.

use axum::{
    extract::Path,
    http::{StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};
use ui::{
    Markup, assets,
    pages::{ProblemPage, problem},
};

use super::problem::Problem;

/// A page as an answer.
pub fn page(markup: Markup) -> Response {
    Html(markup.into_string()).into_response()
}

/// The error of a page handler: the same problem, told to a person.
#[derive(Debug)]
pub struct PageProblem(pub Problem);

impl<E: Into<Problem>> From<E> for PageProblem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageProblem {
    fn into_response(self) -> Response {
        let Problem { status, title, detail, .. } = self.0;
        let what_to_do = match status {
            StatusCode::NOT_FOUND => "The address may be mistyped, or the link incomplete.",
            StatusCode::SERVICE_UNAVAILABLE => "Nothing is lost. Try again in a moment.",
            StatusCode::TOO_MANY_REQUESTS => "Wait a little, then try again.",
            _ => "Go back and try it another way.",
        };
        let view = ProblemPage {
            status: status.as_u16(),
            title: title.to_owned(),
            detail,
            what_to_do: what_to_do.to_owned(),
            link: ("/".to_owned(), "To the restaurants".to_owned()),
        };
        (status, page(problem(&view))).into_response()
    }
}

/// Any address without a route. Clients of the API get a problem, as for everything else.
pub async fn not_found(uri: Uri) -> Response {
    match uri.path().starts_with("/api/") {
        true => Problem::not_found("route").into_response(),
        false => PageProblem(Problem::not_found("page")).into_response(),
    }
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
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
