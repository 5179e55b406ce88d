//! Requests that may change something are processed to their end, even if their sender goes away.
//!
//! A server drops the handler of a request whose connection is closed, at whatever it awaits. A
//! save would then be half done: a claim without its event, an account without its log line.

use std::panic::resume_unwind;

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use telemetry::Scope;
use web::Problem;

/// Runs the handler of a request that may change something as a task of its own.
pub(super) async fn finish_changes(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let (scope, response) = (Scope::current(), next.run(request));
    let task = tokio::spawn(async move {
        match scope {
            Some(scope) => scope.run(response).await,
            None => response.await,
        }
    });
    match task.await {
        Ok(response) => response,
        Err(ended) => match ended.try_into_panic() {
            // For the layer that responds to panics.
            Ok(panic) => resume_unwind(panic),
            Err(_) => Problem::unavailable("The server is stopping.").into_response(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use axum::{Router, body::Body, http::Method, middleware::from_fn, routing::any};
    use tokio::{sync::Notify, time::timeout};
    use tower::ServiceExt;

    use super::*;

    /// Only a hang takes longer.
    const LIMIT: Duration = Duration::from_mins(1);

    #[derive(Clone, Default)]
    struct Steps {
        begun: Arc<Notify>,
        released: Arc<Notify>,
        finished: Arc<Notify>,
    }

    /// Sends a request, drops it while its handler waits, and lets the handler go on.
    async fn abandon(method: Method) -> Steps {
        let steps = Steps::default();
        let seen = steps.clone();
        let handler = async move || {
            seen.begun.notify_one();
            seen.released.notified().await;
            seen.finished.notify_one();
        };
        let app = Router::new().fallback(any(handler)).layer(from_fn(finish_changes));
        let request = Request::builder().method(method).body(Body::empty()).unwrap();
        tokio::select! {
            _ = app.oneshot(request) => panic!("nothing has released the handler"),
            () = steps.begun.notified() => {}
        }
        steps.released.notify_one();
        steps
    }

    #[tokio::test]
    async fn a_change_is_finished_without_its_sender() {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let steps = abandon(method).await;
            timeout(LIMIT, steps.finished.notified()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn reading_ends_with_its_reader() {
        let steps = abandon(Method::GET).await;
        assert_eq!(Arc::strong_count(&steps.released), 1, "its handler is dropped");
    }
}
