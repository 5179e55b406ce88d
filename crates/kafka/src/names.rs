//! Names on the cluster: ours behind the prefix, so that installations can share one.

use std::sync::Arc;

use events::Topic;

/// The prefix of topics and groups; often empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Arc<str>);

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        Self(prefix.into())
    }

    /// What a topic or group of ours is called on the cluster.
    pub(super) fn on_cluster(&self, ours: &str) -> String {
        format!("{}{ours}", self.0)
    }

    /// What we call a topic of the cluster, if it is ours.
    pub(super) fn ours<'a>(&self, on_cluster: &'a str) -> Option<&'a str> {
        on_cluster.strip_prefix(&*self.0)
    }

    /// The contract of a topic of the cluster, if it has one.
    pub(super) fn contract(&self, on_cluster: &str) -> Option<Topic> {
        self.ours(on_cluster)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_behind_the_prefix_and_come_back() {
        for prefix in ["", "staging."] {
            let names = Names::new(prefix);
            let menu = names.on_cluster("menu");
            assert_eq!(menu, format!("{prefix}menu"));
            assert_eq!(names.ours(&menu), Some("menu"));
            assert_eq!(names.contract(&menu), Some(Topic::Menu));
        }
    }

    #[test]
    fn a_neighbour_on_the_same_cluster_is_not_ours() {
        let names = Names::new("staging.");
        assert_eq!((names.ours("menu"), names.contract("menu")), (None, None));
        assert_eq!(names.contract("staging.something"), None);
    }
}
