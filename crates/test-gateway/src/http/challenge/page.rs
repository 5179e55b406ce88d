//! The pages of the bank. They work without a script.

use axum::{
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY},
    },
    response::{IntoResponse, Response},
};

use crate::model::Intent;

/// Shops show these pages in a frame, and forms lead to any shop.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'";

/// Asks the customer to authenticate.
pub(super) fn ask(intent: &Intent) -> Response {
    let amount = intent.currency().format(intent.amount());
    let card = intent.method().map_or_else(String::new, |method| {
        let number = method.card_number();
        format!("<dt>Card</dt><dd>{} ending in {}</dd>", number.brand(), number.last4())
    });
    let body = format!(
        "<h1>Confirm your payment</h1>\
         <p>This page stands in for your bank. No money moves.</p>\
         <dl><dt>Amount</dt><dd>{amount}</dd>{card}</dl>\
         <form method=\"post\">\
         <button name=\"outcome\" value=\"complete\">Complete</button> \
         <button name=\"outcome\" value=\"fail\">Fail</button>\
         </form>"
    );
    html(StatusCode::OK, "Confirm your payment", &body)
}

/// The challenge is over. The script tells the shop's page.
pub(super) fn over(is_done: bool) -> Response {
    let text = if is_done { "The payment is confirmed." } else { "The payment is not confirmed." };
    let body = format!(
        "<h1>{text}</h1><p>You can close this page.</p>\
         <script src=\"/v3/challenge-over.js\"></script>"
    );
    html(StatusCode::OK, text, &body)
}

/// There is no such challenge.
pub(super) fn unknown() -> Response {
    let title = "There is no such payment";
    let body = "<h1>There is no such payment</h1><p>Go back to the shop and try again.</p>";
    html(StatusCode::NOT_FOUND, title, body)
}

fn html(status: StatusCode, title: &str, body: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} - test bank</title>\
         <link rel=\"stylesheet\" href=\"/v3/stand-in.css\"></head>\
         <body><main>{body}</main></body></html>"
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    (status, headers, page).into_response()
}
