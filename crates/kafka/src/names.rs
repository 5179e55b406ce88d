//! Names on the cluster: ours with a prefix, so that installations can share it.

use std::sync::Arc;

use events::Topic;

/// The prefix of topics and groups; may be empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Arc<str>);

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        Self(prefix.into())
    }

    /// The name on the cluster of one of our topics or groups.
    pub(super) fn on_cluster(&self, ours: &str) -> String {
        format!("{}{ours}", self.0)
    }

    /// Our name of a topic on the cluster, if it is ours.
    pub(super) fn ours<'a>(&self, on_cluster: &'a str) -> Option<&'a str> {
        on_cluster.strip_prefix(&*self.0)
    }

    /// The contract of a topic on the cluster, if it has one.
    pub(super) fn contract(&self, on_cluster: &str) -> Option<Topic> {
        self.ours(on_cluster)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_with_the_prefix() {
        for prefix in ["", "staging."] {
            let names = Names::new(prefix);
            let menu = names.on_cluster("menu");
            assert_eq!(menu, format!("{prefix}menu"));
            assert_eq!(names.ours(&menu), Some("menu"));
            assert_eq!(names.contract(&menu), Some(Topic::Menu));
        }
    }

    #[test]
    fn topics_of_another_prefix_are_not_ours() {
        let names = Names::new("staging.");
        assert_eq!((names.ours("menu"), names.contract("menu")), (None, None));
        assert_eq!(names.contract("staging.something"), None);
    }
}
