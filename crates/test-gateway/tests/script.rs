//! The stand-in for Stripe's script is served with all that it loads.

#![allow(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use common::start;
use tempfile::tempdir;

#[tokio::test]
async fn the_script_and_its_frame_are_served() {
    let folder = tempdir().unwrap();
    let (_gateway, client) = start(folder.path()).await;
    let whole = client.get("/v3/stripe.js").await;
    for path in ["/v3/", "/basil/stripe.js"] {
        assert_eq!(client.get(path).await.body, whole.body, "{path}");
    }
    // Exactly the calls that a page needs.
    for call in [
        "elements(",
        "create(",
        "mount(",
        "submit(",
        "createConfirmationToken(",
        "handleNextAction(",
    ] {
        assert!(whole.text().contains(call), "{call}");
    }
    let frame = client.get("/v3/field.html").await;
    assert!(frame.head.contains("content-security-policy: default-src 'none'"), "{}", frame.head);
    let mut loaded = vec!["/v3/challenge-over.js"];
    for attribute in ["src=\"", "href=\""] {
        let rest = frame.text().split(attribute).skip(1);
        loaded.extend(rest.map(|rest| rest.split('"').next().unwrap()));
    }
    assert_eq!(loaded.len(), 4);
    for path in loaded {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        let kind = if path == "/v3/stand-in.css" { "text/css" } else { "text/javascript" };
        assert!(answer.head.contains(&format!("content-type: {kind}")), "{}", answer.head);
    }
    for label in ["number", "expiry", "cvc"] {
        assert!(frame.text().contains(&format!("<label for=\"{label}\"")), "{label}");
        assert!(frame.text().contains(&format!("aria-describedby=\"{label}-error\"")), "{label}");
    }
}
