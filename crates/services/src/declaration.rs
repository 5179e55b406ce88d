//! What a service says of itself, beside what its handlers declare: the one place from which
//! commands, wiring, documents and tests know it.

use events::Topic;

/// A service.
#[derive(Debug)]
pub struct Declaration {
    /// Its name: what `comanda run` takes.
    pub name: &'static str,
    /// What it does, in a few words for `comanda run --help`.
    pub about: &'static str,
    /// Where it listens when it runs alone.
    pub port: u16,
    /// What it publishes beside its handlers: over HTTP, or by timers.
    pub publishes: &'static [Topic],
    /// What it follows into memory.
    pub follows: &'static [Follows],
}

/// Topics that every instance follows into memory, without a group.
#[derive(Debug, PartialEq, Eq)]
pub struct Follows {
    /// The follower's name, for people.
    pub name: &'static str,
    /// What it follows.
    pub topics: &'static [Topic],
    /// Where it begins.
    pub since: Since,
}

/// Where a follower begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// With the first record there is.
    Beginning,
    /// With the first record of the last seconds before the start.
    Seconds(u64),
}

impl Declaration {
    /// True if it declares that it follows these topics.
    pub fn does_follow(&self, follows: &Follows) -> bool {
        self.follows.contains(follows)
    }
}
