//! Finding out what is damaged in a segment, and remembering it.

use std::io;
use std::sync::Arc;

use super::super::damage::{self, Damage, Listed};
use super::super::scan::{Stretch, scan};
use super::super::segment::Segment;
use super::super::survey::{Anchor, Piece};
use super::Partition;

impl Partition {
    /// Reads a whole segment and notes what is damaged in it; true if there was more than was
    /// known. Blocks.
    pub(crate) fn inspect(&self, segment: &Arc<Segment>) -> io::Result<bool> {
        let _one_at_a_time = self.inspecting.lock();
        let (file, known, end) = (segment.open()?, segment.damage(), self.end_of(segment));
        let from = Anchor { position_bytes: 0, offset: segment.base_offset };
        let mut anchors: Vec<Anchor> = segment.with_index(|index| index.anchors().collect());
        anchors.retain(|anchor| anchor.position_bytes < end.position_bytes);
        anchors.push(end);
        let mut found: Vec<Damage> = Vec::new();
        let stretch =
            Stretch { file: &file, from, to_bytes: end.position_bytes, anchors: &anchors };
        scan(&stretch, |piece| {
            if let Piece::Damaged(damage) = piece {
                found.push(damage);
            }
        })?;
        if *found == *known || self.is_gone() {
            return Ok(false);
        }
        for damage in found.iter().filter(|d| !known.contains(d)) {
            damage::tell(&self.folder, &segment.path, damage);
        }
        segment.set_damage(found);
        if let Err(error) = self.list_damage() {
            // It is found again when somebody reads there.
            tracing::warn!(%error, folder = %self.folder.display(), "cannot note what is damaged");
        }
        Ok(true)
    }

    /// Does what needs sound batches in a segment; damage that is not known yet is found, and
    /// then it is done again without it.
    pub(crate) fn with_sound<T>(
        &self,
        segment: &Arc<Segment>,
        work: impl Fn() -> io::Result<T>,
    ) -> io::Result<T> {
        match work() {
            Err(error) if error.raw_os_error().is_none() && self.inspect(segment)? => work(),
            done => done,
        }
    }

    /// Where the records of a segment end.
    fn end_of(&self, segment: &Arc<Segment>) -> Anchor {
        let log = self.log.lock();
        if log.segments.last().is_some_and(|newest| Arc::ptr_eq(newest, segment)) {
            return Anchor { position_bytes: log.newest_bytes, offset: log.next_offset };
        }
        Anchor { position_bytes: segment.visible_bytes(), offset: segment.end_offset() }
    }

    /// Writes down what is damaged, for the next start.
    pub(super) fn list_damage(&self) -> io::Result<()> {
        let damaged = self.segments().into_iter().filter(|segment| segment.is_damaged());
        let list: Vec<Listed> = damaged
            .map(|s| Listed { segment: s.base_offset, damage: s.damage().to_vec() })
            .collect();
        damage::write_list(&self.folder, &list)
    }
}
