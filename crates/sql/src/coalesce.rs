//! Coalesces many calls into one statement: calls that arrive while a batch is written form the
//! next batch. The code for one order remains a plain sequence of steps, and the database sees bulk
//! statements.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use domain::ports::Unavailable;
use futures::FutureExt;
use telemetry::{Scope, trace::is_recording};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

/// Maximum number of calls in one batch.
const MAX_BATCH: usize = 2_000;
/// Minimum interval between the starts of batches. A single call is written at once; under load, a
/// few milliseconds make the batches larger and the commits fewer.
const APART: Duration = Duration::from_millis(10);

type Call<I, O> = (Scoped<I>, oneshot::Sender<Result<O, Unavailable>>);
/// An input, and the scope of its caller.
type Scoped<I> = (I, Option<Scope>);

/// A queue in front of a bulk operation. Clones share it; its task ends when the last clone is
/// dropped.
#[derive(Debug)]
pub(super) struct Coalescer<I, O> {
    calls: mpsc::Sender<Call<I, O>>,
}

impl<I, O> Clone for Coalescer<I, O> {
    fn clone(&self) -> Self {
        Self { calls: self.calls.clone() }
    }
}

impl<I: Send + 'static, O: Send + 'static> Coalescer<I, O> {
    /// Starts the queue. `run` returns one output per input, in the same order.
    pub(super) fn new<F, R>(run: F) -> Self
    where
        F: Fn(Vec<I>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Vec<O>, Unavailable>> + Send,
    {
        let (calls, mut queue) = mpsc::channel::<Call<I, O>>(MAX_BATCH);
        tokio::spawn(async move {
            let (mut batch, mut next) = (Vec::new(), Instant::now());
            loop {
                sleep_until(next).await;
                if queue.recv_many(&mut batch, MAX_BATCH).await == 0 {
                    return;
                }
                next = Instant::now() + APART;
                let (inputs, answers): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
                let (inputs, scopes): (Vec<_>, Vec<_>) = inputs.into_iter().unzip();
                let running = around_many(&scopes, async { run(inputs).await });
                // A panic, which its hook logs, fails this batch and not the queue.
                let ended = AssertUnwindSafe(running).catch_unwind().await;
                let panicked = |_| Err(Unavailable::new("database", "a panic; see the log"));
                match ended.unwrap_or_else(panicked) {
                    Ok(outputs) => send_outputs(answers, outputs),
                    Err(error) => {
                        for answer in answers {
                            let _ = answer.send(Err(error.clone()));
                        }
                    }
                }
            }
        });
        Self { calls }
    }

    /// Adds one input and waits for its output.
    pub(super) async fn call(&self, input: I) -> Result<O, Unavailable> {
        let gone = || Unavailable::new("database", "the writer has stopped");
        let (answer, wait) = oneshot::channel();
        self.calls.send(((input, Scope::current()), answer)).await.map_err(|_| gone())?;
        wait.await.map_err(|_| gone())?
    }
}

/// Runs work for many callers in the trace of the first one that is recorded.
async fn around_many<T>(scopes: &[Option<Scope>], work: impl Future<Output = T>) -> T {
    match scopes.iter().flatten().find(|scope| scope.trace.is_sampled()) {
        Some(first) if is_recording() => {
            Scope { order: None, is_of_many: true, ..*first }.run(work).await
        }
        _ => work.await,
    }
}

fn send_outputs<O>(answers: Vec<oneshot::Sender<Result<O, Unavailable>>>, outputs: Vec<O>) {
    // A caller that has gone away needs no output. If an output is missing, its sender is dropped,
    // which the caller sees as Unavailable.
    for (answer, output) in answers.into_iter().zip(outputs) {
        let _ = answer.send(Ok(output));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    #[tokio::test]
    async fn calls_in_the_meantime_share_a_batch() {
        let batches = Arc::new(AtomicUsize::new(0));
        let seen = batches.clone();
        let doubled = Coalescer::new(move |inputs: Vec<u32>| {
            seen.fetch_add(1, Ordering::SeqCst);
            async move {
                tokio::task::yield_now().await;
                Ok(inputs.into_iter().map(|n| n * 2).collect())
            }
        });
        let calls = (0..500).map(|n| {
            let doubled = doubled.clone();
            async move { doubled.call(n).await.unwrap() }
        });
        let outputs = futures::future::join_all(calls).await;
        assert_eq!(outputs, (0..500).map(|n| n * 2).collect::<Vec<_>>());
        assert!(batches.load(Ordering::SeqCst) < 500);
    }

    #[tokio::test]
    async fn a_failure_reaches_every_caller() {
        let failing = Coalescer::new(|_: Vec<u32>| async {
            Err::<Vec<u32>, _>(Unavailable::new("database", "gone"))
        });
        assert!(failing.call(1).await.is_err());
    }

    #[tokio::test]
    async fn a_panic_fails_its_batch_and_no_other() {
        let fragile = Coalescer::new(|inputs: Vec<u32>| async {
            assert_ne!(inputs, [0], "a bug");
            Ok(inputs)
        });
        assert!(fragile.call(0).await.is_err());
        assert_eq!(fragile.call(1).await.unwrap(), 1);
        let fragile = Coalescer::new(|inputs: Vec<u32>| {
            assert_ne!(inputs, [0], "a bug");
            async { Ok(inputs) }
        });
        assert!(fragile.call(0).await.is_err());
        assert_eq!(fragile.call(1).await.unwrap(), 1);
    }
}
