//! Requests during the start wait until restaurants, menus and the last orders have been read:
//! before that, they would be answered with 404.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use web::{page::problem_at, problem::Problem};

use crate::health::Health;

/// Maximum wait: a start takes a second or two, and people wait that long for a page.
const MAX_WAIT: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct StartState {
    health: Health,
    wait: Duration,
    /// Set once all parts were ready. It stays set, since what was read remains in memory.
    is_over: Arc<AtomicBool>,
}

/// Routes whose requests wait until every part has been ready once.
pub(crate) fn hold_until_ready(health: Health, routes: Router) -> Router {
    hold_at_most(MAX_WAIT, health, routes)
}

fn hold_at_most(wait: Duration, health: Health, routes: Router) -> Router {
    let start = StartState { health, wait, is_over: Arc::default() };
    routes.layer(from_fn_with_state(start, hold_request))
}

async fn hold_request(State(start): State<StartState>, request: Request, next: Next) -> Response {
    if start.is_over().await {
        return next.run(request).await;
    }
    let problem = Problem::unavailable("This is just starting. Try again in a moment.");
    problem_at(request.uri(), problem)
}

impl StartState {
    async fn is_over(&self) -> bool {
        if self.is_over.load(Ordering::Relaxed) {
            return true;
        }
        let ready = tokio::time::timeout(self.wait, self.health.wait_until_ready()).await.is_ok();
        if ready {
            self.is_over.store(true, Ordering::Relaxed);
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::StatusCode};
    use tower::ServiceExt;

    use super::*;

    async fn status(routes: &Router, path: &str) -> StatusCode {
        let request = Request::get(path).body(Body::empty()).unwrap();
        routes.clone().oneshot(request).await.unwrap().status()
    }

    fn routes() -> Router {
        Router::new().fallback(|| async { "known" })
    }

    #[tokio::test]
    async fn early_requests_are_served_once_all_parts_are_ready() {
        let health = Health::default();
        let (menus, orders) = (health.add_part("menus"), health.add_part("orders"));
        let routes = hold_until_ready(health, routes());
        let early = tokio::spawn({
            let routes = routes.clone();
            async move { status(&routes, "/api/x").await }
        });
        menus.send_replace(true);
        tokio::task::yield_now().await;
        assert!(!early.is_finished());
        orders.send_replace(true);
        assert_eq!(early.await.unwrap(), StatusCode::OK);
        // What was read stays known when the log fails later.
        menus.send_replace(false);
        assert_eq!(status(&routes, "/x").await, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_request_that_has_waited_long_gets_503() {
        let health = Health::default();
        let _menus = health.add_part("menus");
        let routes = hold_at_most(Duration::from_millis(1), health, routes());
        for path in ["/api/x", "/x"] {
            assert_eq!(status(&routes, path).await, StatusCode::SERVICE_UNAVAILABLE);
        }
    }
}
