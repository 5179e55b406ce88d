//! Requests that come while a process is still reading restaurants, menus and the last orders: they
//! wait, for what it does not know yet it would deny.

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

/// Longest wait: a start takes a second or two, and people wait that long for a page.
const WAIT: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Start {
    health: Health,
    wait: Duration,
    /// What was read once stays in memory, also while the log is away.
    is_over: Arc<AtomicBool>,
}

/// The same routes, which answer once every part has been ready for the first time.
pub(crate) fn from_the_start(health: Health, routes: Router) -> Router {
    after(WAIT, health, routes)
}

fn after(wait: Duration, health: Health, routes: Router) -> Router {
    let start = Start { health, wait, is_over: Arc::default() };
    routes.layer(from_fn_with_state(start, hold))
}

async fn hold(State(start): State<Start>, request: Request, next: Next) -> Response {
    if start.is_over().await {
        return next.run(request).await;
    }
    let problem = Problem::unavailable("This is just starting. Try again in a moment.");
    problem_at(request.uri(), problem)
}

impl Start {
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
    async fn what_comes_early_is_answered_once_all_is_known() {
        let health = Health::default();
        let (menus, orders) = (health.add_part("menus"), health.add_part("orders"));
        let routes = from_the_start(health, routes());
        let early = tokio::spawn({
            let routes = routes.clone();
            async move { status(&routes, "/api/x").await }
        });
        menus.send_replace(true);
        tokio::task::yield_now().await;
        assert!(!early.is_finished());
        orders.send_replace(true);
        assert_eq!(early.await.unwrap(), StatusCode::OK);
        // A log that goes away later takes nothing from what is known.
        menus.send_replace(false);
        assert_eq!(status(&routes, "/x").await, StatusCode::OK);
    }

    #[tokio::test]
    async fn who_has_waited_long_is_asked_to_come_again() {
        let health = Health::default();
        let _menus = health.add_part("menus");
        let routes = after(Duration::from_millis(1), health, routes());
        for path in ["/api/x", "/x"] {
            assert_eq!(status(&routes, path).await, StatusCode::SERVICE_UNAVAILABLE);
        }
    }
}
