//! Terms and menus that were replaced a moment ago: orders that were placed by them are on their way.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::time::Instant;

/// How long what was replaced is kept.
const KEEP: Duration = Duration::from_mins(15);
/// Most of each that are kept.
const MOST: usize = 4;

/// What was replaced lately, the oldest first.
#[derive(Debug)]
pub(super) struct Earlier<T>(VecDeque<(Instant, Arc<T>)>);

impl<T> Default for Earlier<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Earlier<T> {
    /// Keeps what was just replaced.
    pub(super) fn keep(&mut self, replaced: Arc<T>) {
        let now = Instant::now();
        self.0.retain(|(at, _)| now.duration_since(*at) < KEEP);
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back((now, replaced));
    }

    /// What is not too old yet.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        let fresh = |(at, _): &&(Instant, Arc<T>)| at.elapsed() < KEEP;
        self.0.iter().filter(fresh).map(|(_, replaced)| replaced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(earlier: &Earlier<u32>) -> Vec<u32> {
        earlier.iter().map(|number| **number).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_are_kept_for_a_while() {
        let mut earlier = Earlier::default();
        (0..6).for_each(|n| earlier.keep(Arc::new(n)));
        assert_eq!(kept(&earlier), [2, 3, 4, 5]);
        tokio::time::advance(KEEP / 2).await;
        earlier.keep(Arc::new(6));
        assert_eq!(kept(&earlier), [3, 4, 5, 6]);
        tokio::time::advance(KEEP / 2).await;
        assert_eq!(kept(&earlier), [6]);
    }
}
