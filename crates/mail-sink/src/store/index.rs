//! The newest mails, found by number.

use std::collections::VecDeque;

use crate::mail::Summary;

/// The newest mails. Numbers are without gaps, so a mail's place follows from its number.
#[derive(Debug)]
pub(crate) struct Index {
    mails: VecDeque<Indexed>,
    count: u64,
    max: usize,
}

/// A mail of the index.
#[derive(Debug, Clone)]
pub(crate) struct Indexed {
    pub(crate) summary: Summary,
    /// Where its frame begins in the file.
    pub(crate) at_byte: u64,
    /// How long its frame is.
    pub(crate) frame_bytes: usize,
}

impl Index {
    /// An index that begins after `skipped` mails.
    pub(crate) fn new(max: usize, skipped: u64) -> Self {
        Self { mails: VecDeque::new(), count: skipped, max: max.max(1) }
    }

    /// Adds the next mail; its number is `count() + 1`.
    pub(crate) fn push(&mut self, mail: Indexed) {
        if self.mails.len() == self.max {
            self.mails.pop_front();
        }
        self.mails.push_back(mail);
        self.count += 1;
    }

    /// How many mails were ever kept.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Indexed> {
        let back = usize::try_from(self.count.checked_sub(id)?).ok()?;
        let place = self.mails.len().checked_sub(back.checked_add(1)?)?;
        self.mails.get(place)
    }

    /// Newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &Indexed> {
        self.mails.iter().rev()
    }
}
