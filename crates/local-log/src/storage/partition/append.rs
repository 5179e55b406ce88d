//! Appending to a partition: the idempotent check, the write, and a new segment when one is full.

use std::io;
use std::sync::Arc;

use super::super::batch::{BatchHeader, PATCHED_BYTES, patched_prefix};
use super::super::checkpoint::write_index;
use super::super::producers::Verdict;
use super::super::segment::{Segment, lock};
use super::flush::CHECKPOINT_BYTES;
use super::{Log, Partition};

/// What appending a batch came to.
#[derive(Debug)]
pub(crate) enum Appended {
    /// The batch is stored; wait for `end_offset` to be durable before acknowledging.
    Stored {
        /// Offset of its first record.
        base_offset: i64,
        /// Offset after its last record.
        end_offset: i64,
    },
    /// The batch was not stored, for this reason.
    Refused(Verdict),
}

impl Partition {
    /// Appends a verified batch at the end, unless its producer's numbers forbid it.
    pub(crate) fn append(
        self: &Arc<Self>,
        batch: &[u8],
        header: &BatchHeader,
        segment_bytes: u64,
    ) -> io::Result<Appended> {
        let mut log = lock(&self.log);
        match log.producers.check(header) {
            Verdict::Append => {}
            Verdict::Duplicate { base_offset, last_offset } => {
                return Ok(Appended::Stored { base_offset, end_offset: last_offset + 1 });
            }
            refused => return Ok(Appended::Refused(refused)),
        }
        let segment = self.writable_segment(&mut log, batch.len() as u64, segment_bytes)?;
        let (base_offset, position) = (log.next_offset, log.newest_bytes);
        let prefix = patched_prefix(batch.len(), base_offset);
        if let Err(error) = segment.append(&prefix, &batch[PATCHED_BYTES..]) {
            if let Err(again) = segment.truncate(position) {
                self.flusher.fail(format!("cannot undo a failed write: {again}"));
            }
            return Err(error);
        }
        let stored = header.at(base_offset);
        let end_offset = stored.last_offset() + 1;
        segment.with_index(|i| i.note(base_offset, position, stored.max_timestamp_ms));
        log.producers.record(&stored);
        log.next_offset = end_offset;
        log.newest_bytes += batch.len() as u64;
        log.since_checkpoint_bytes += batch.len() as u64;
        log.unsynced = true;
        if !self.fsync {
            segment.publish(log.newest_bytes);
            drop(log);
            self.publish_until(end_offset);
        } else if !std::mem::replace(&mut log.queued, true) {
            drop(log);
            self.flusher.enqueue(Arc::<Self>::clone(self));
        }
        Ok(Appended::Stored { base_offset, end_offset })
    }

    /// The newest segment, after starting another when this one is full.
    fn writable_segment(
        &self,
        log: &mut Log,
        batch_bytes: u64,
        segment_bytes: u64,
    ) -> io::Result<Arc<Segment>> {
        let full = log.newest_bytes > 0 && log.newest_bytes + batch_bytes > segment_bytes;
        if let Some(newest) = log.segments.last()
            && !full
        {
            return Ok(Arc::clone(newest));
        }
        if let Some(sealed) = log.segments.last() {
            // Only the newest segment may ever be torn, so the others are synced before it exists.
            if let Err(error) = (self.flusher.sync())(&*sealed.open()?) {
                self.flusher.fail(format!("cannot write to the disk: {error}"));
                return Err(error);
            }
            sealed.note_synced(log.newest_bytes);
            sealed.publish(log.newest_bytes);
            sealed.with_index(|index| write_index(&sealed.path, index, log.newest_bytes))?;
            sealed.close();
            log.since_checkpoint_bytes = CHECKPOINT_BYTES;
        }
        let segment = Arc::new(Segment::create(&self.folder, log.next_offset)?);
        log.segments.push(Arc::clone(&segment));
        log.newest_bytes = 0;
        log.folder_unsynced = true;
        Ok(segment)
    }
}
