//! Passing over what nobody can read.
//!
//! When a member meets data that cannot be read, commits of its partitions are held where they are,
//! a probe looks at each of these places, and every range that nobody can read becomes a dead
//! letter. Only when that is acknowledged does reading go on behind it, and the offset move past it.

use std::time::Duration;

use events::{Handler, Publisher, Range, dead_letter};
use tokio::time::Instant;

use super::{
    super::{
        client::KafkaConfig,
        commit::SharedTracker,
        names::Names,
        probe::{Probe, Verdict},
        tracker::{Hold, Partition},
    },
    Worker,
    call::publish,
};

/// Between two looks at a place where the brokers did not answer.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What came of a look at some places.
#[derive(Default)]
pub(super) struct Looked {
    /// Places, and which offsets there are passed over.
    settled: Vec<(Hold, Option<(i64, i64)>)>,
    /// The topics of those that hold what nobody can read.
    unreadable: Vec<String>,
    /// Places of which nothing is known yet.
    again: Vec<Hold>,
}

impl<H: Handler, P: Publisher> Worker<H, P> {
    /// A member has met something that cannot be read, in one of its partitions.
    pub(super) fn suspect(&mut self, which: usize) {
        let topics = self.members.topics(which).to_vec();
        let own = self.tracker.with(|tracker| tracker.positions()).into_iter();
        let own = own.map(|(partition, _)| partition).filter(|(topic, _)| topics.contains(topic));
        own.for_each(|partition| self.hold(&partition));
    }

    /// Lets no commit of a partition pass the place where reading is.
    pub(super) fn hold(&mut self, partition: &Partition) {
        self.suspects.extend(self.tracker.with(|tracker| tracker.hold(partition)));
    }

    /// Looks at the places that wait for it, all at once, unless a look is under way.
    pub(super) fn look_into_suspects(&mut self) {
        if self.suspects.is_empty() || !self.looks.is_empty() || self.next_look > Instant::now() {
            return;
        }
        self.next_look = Instant::now() + LOOK_AGAIN_AFTER;
        let holds = std::mem::take(&mut self.suspects);
        let (config, tracker) = (self.config.clone(), self.tracker.clone());
        let (publisher, counters) = (self.publisher.clone(), self.counters.clone());
        self.looks.spawn(async move {
            let asked = config.clone();
            let look = tokio::task::spawn_blocking(move || look::<H>(&asked, &tracker, holds));
            let Ok((verdicts, again)) = look.await else { return Looked::default() };
            let mut looked = Looked { again, ..Looked::default() };
            for (hold, verdict) in verdicts {
                if let Some(letter) = letter::<H>(&config.names(), &hold.partition, &verdict) {
                    publish::<H, _>(&publisher, vec![letter], &counters.standing).await;
                    looked.unreadable.push(hold.partition.0.clone());
                }
                looked.settled.push((hold, verdict.passes()));
            }
            looked
        });
    }

    /// Goes on behind what was passed over.
    pub(super) fn go_on_behind(&mut self, looked: Looked) {
        self.suspects.extend(looked.again);
        for topic in looked.unreadable {
            self.count_unreadable(&topic);
        }
        for (hold, passed) in looked.settled {
            if let Some(to) = self.tracker.with(|tracker| tracker.settle(&hold, passed)) {
                self.seeks.push((hold.partition, to));
            }
        }
        self.seek();
    }

    /// Moves reading to where it has to go on. What fails is tried again.
    pub(super) fn seek(&mut self) {
        let seeks = std::mem::take(&mut self.seeks);
        for (partition, to) in seeks {
            // What is given up meanwhile is somebody else's.
            let stands_there = self
                .tracker
                .with(|tracker| tracker.positions().contains(&(partition.clone(), Some(to))));
            if !stands_there {
                continue;
            }
            if let Err(error) = self.members.seek(&partition, to) {
                tracing::debug!(group = H::GROUP, %error, "reading cannot be moved yet");
                self.seeks.push((partition, to));
            }
        }
    }
}

/// Looks at places; answers what was found, and where the brokers did not answer. Blocks its thread.
fn look<H: Handler>(
    config: &KafkaConfig,
    tracker: &SharedTracker,
    holds: Vec<Hold>,
) -> (Vec<(Hold, Verdict)>, Vec<Hold>) {
    let probe = match Probe::new(config, H::GROUP) {
        Ok(probe) => probe,
        Err(error) => {
            tracing::warn!(group = H::GROUP, %error, "nobody can look at what cannot be read");
            return (Vec::new(), holds);
        }
    };
    let (mut found, mut again) = (Vec::new(), Vec::new());
    for hold in holds {
        if !tracker.with(|tracker| tracker.keeps(&hold)) {
            continue;
        }
        let (topic, partition) = &hold.partition;
        match probe.look(topic, *partition, hold.from) {
            Ok(verdict) => found.push((hold, verdict)),
            Err(error) => {
                tracing::debug!(group = H::GROUP, %error, topic, partition, "looked at again");
                again.push(hold);
            }
        }
    }
    (found, again)
}

/// The dead letter of what nobody can read.
fn letter<H: Handler>(
    names: &Names,
    (topic, partition): &Partition,
    verdict: &Verdict,
) -> Option<events::OutgoingRecord> {
    let Verdict::Unreadable { from, to, why } = verdict else { return None };
    let topic = names.ours(topic).unwrap_or(topic).to_owned();
    let range = Range { topic, partition: *partition, first: *from, last: to - 1 };
    let reason = why.words();
    tracing::warn!(group = H::GROUP, %range, error = reason, "records that nobody can read: dead letter");
    Some(dead_letter::encode_range(H::GROUP, &range, &reason))
}
