//! Index of the newest mails by id.

use std::collections::VecDeque;

use crate::mail::Summary;

/// The newest mails. Ids have no gaps, so the position of a mail follows from its id.
#[derive(Debug)]
pub(crate) struct Index {
    mails: VecDeque<IndexedMail>,
    count: u64,
    max: usize,
}

/// A mail of the index.
#[derive(Debug, Clone)]
pub(crate) struct IndexedMail {
    pub(crate) summary: Summary,
    /// Position of its frame in the file.
    pub(crate) at_byte: u64,
    /// Size of its frame.
    pub(crate) frame_bytes: usize,
}

impl Index {
    /// An empty index after `skipped` mails.
    pub(crate) fn new(max: usize, skipped: u64) -> Self {
        Self { mails: VecDeque::new(), count: skipped, max: max.max(1) }
    }

    /// Adds the next mail, with the id `count() + 1`.
    pub(crate) fn push(&mut self, mail: IndexedMail) {
        if self.mails.len() == self.max {
            self.mails.pop_front();
        }
        self.mails.push_back(mail);
        self.count += 1;
    }

    /// Number of all stored mails.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn get(&self, id: u64) -> Option<&IndexedMail> {
        let back = usize::try_from(self.count.checked_sub(id)?).ok()?;
        let position = self.mails.len().checked_sub(back.checked_add(1)?)?;
        self.mails.get(position)
    }

    /// All mails, newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &IndexedMail> {
        self.mails.iter().rev()
    }
}
