//! Recently replaced terms and menus, which orders under way may still refer to.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::time::Instant;

/// Retention of a replaced version.
const RETENTION: Duration = Duration::from_mins(15);
/// Maximum number of replaced versions kept.
const MAX_KEPT: usize = 4;

/// Replaced versions, the oldest first.
#[derive(Debug)]
pub(super) struct Earlier<T>(VecDeque<(Instant, Arc<T>)>);

impl<T> Default for Earlier<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Earlier<T> {
    /// Adds a version that was just replaced.
    pub(super) fn keep(&mut self, replaced: Arc<T>) {
        let now = Instant::now();
        self.0.retain(|(at, _)| now.duration_since(*at) < RETENTION);
        if self.0.len() == MAX_KEPT {
            self.0.pop_front();
        }
        self.0.push_back((now, replaced));
    }

    /// The versions within [`RETENTION`].
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        let fresh = |(at, _): &&(Instant, Arc<T>)| at.elapsed() < RETENTION;
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
        tokio::time::advance(RETENTION / 2).await;
        earlier.keep(Arc::new(6));
        assert_eq!(kept(&earlier), [3, 4, 5, 6]);
        tokio::time::advance(RETENTION / 2).await;
        assert_eq!(kept(&earlier), [6]);
    }
}
