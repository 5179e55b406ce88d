//! Serves every page in all its states with sample data: `cargo run -p ui --example gallery`.

#![allow(clippy::unwrap_used, reason = "samples are known to be good")]

mod sample;
mod states;

use axum::{
    Router,
    extract::{Path, Query},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response, Sse, sse::Event},
    routing::get,
};
use ui::{Reader, Staff, pages};

const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'";

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8099);
    let app = Router::new()
        .route("/assets/{file}", get(asset))
        .route("/mailbox/1/html", get(async || Html("<h1>Thank you, Ada</h1><p>Receipt.</p>")))
        .route("/{*page}", get(page))
        .route("/", get(async |query| page(Path(String::new()), query).await));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, app).await
}

async fn asset(Path(file): Path<String>) -> Response {
    match ui::assets::asset(&format!("/assets/{file}")) {
        Some(asset) => ([(header::CONTENT_TYPE, asset.content_type)], asset.bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `?lang=it`.
#[derive(serde::Deserialize)]
struct Asked {
    #[serde(default)]
    lang: String,
}

async fn page(Path(path): Path<String>, Query(query): Query<Asked>) -> Response {
    let lang = query.lang.parse().unwrap_or_default();
    let reader = Reader { lang, here: format!("/{path}") };
    if path.ends_with("events") {
        // An open, silent stream, so that pages count as live.
        let silence = futures::stream::pending::<Result<Event, std::convert::Infallible>>();
        return Sse::new(silence).into_response();
    }
    // `…/open`: with everything unfolded.
    let (path, open) = match path.strip_suffix("/open") {
        Some(path) => (path, true),
        None => (path.as_str(), false),
    };
    let (head, rest) = path.split_once('/').unwrap_or((path, ""));
    let markup = match head {
        "" => states::home(reader),
        "r" => states::menu(reader, rest),
        "checkout" => states::checkout(reader, rest),
        "orders" => states::order(reader, rest),
        "kitchen" => states::kitchen(reader, rest),
        "analytics" => states::analytics(reader, rest),
        "days" => sample::day_page(&reader, rest, "VAT", Staff::anybody(true)),
        "mailbox" => states::mailbox(reader, rest),
        "sign-in" => pages::sign_in(&pages::SignInPage {
            reader,
            error: (rest == "wrong").then_some(pages::SignInError::Password),
            email: "ada@example.com".into(),
            next: "/kitchen".into(),
        }),
        _ => states::problem(reader, rest),
    };
    let mut html = markup.into_string();
    if open {
        html = html.replace("<details", "<details open");
    }
    ([(header::CONTENT_SECURITY_POLICY, CSP)], Html(html)).into_response()
}
