//! Finds the damage in a segment and records it.

use std::{io, sync::Arc};

use super::{
    super::{
        damage::{self, Damage, SegmentDamage},
        scan::{ScanRange, scan},
        segment::Segment,
        survey::{Anchor, Piece},
    },
    Partition,
};

impl Partition {
    /// Scans a whole segment and records its damage; true if the known damage has changed. Blocks.
    pub(crate) fn inspect(&self, segment: &Arc<Segment>) -> io::Result<bool> {
        let _guard = self.inspecting.lock();
        let (file, known, end) = (segment.open()?, segment.damage(), self.end_anchor(segment));
        let from = Anchor { position_bytes: 0, offset: segment.base_offset };
        let mut anchors: Vec<Anchor> = segment.with_index(|index| index.anchors().collect());
        anchors.retain(|anchor| anchor.position_bytes < end.position_bytes);
        anchors.push(end);
        let mut found: Vec<Damage> = Vec::new();
        let range =
            ScanRange { file: &file, from, to_bytes: end.position_bytes, anchors: &anchors };
        scan(&range, |piece| {
            if let Piece::Damaged(damage) = piece {
                found.push(damage);
            }
        })?;
        if *found == *known || self.is_deleted() {
            return Ok(false);
        }
        for damage in found.iter().filter(|d| !known.contains(d)) {
            damage::log_damage(&self.folder, &segment.path, damage);
        }
        segment.set_damage(found);
        if let Err(error) = self.write_damage_list() {
            // The next read detects the damage again.
            tracing::warn!(%error, folder = %self.folder.display(), "cannot record the damage");
        }
        Ok(true)
    }

    /// Runs work that reads a segment; if it meets unknown damage, inspects the segment and runs
    /// the work again.
    pub(crate) fn inspect_and_retry<T>(
        &self,
        segment: &Arc<Segment>,
        work: impl Fn() -> io::Result<T>,
    ) -> io::Result<T> {
        match work() {
            Err(error) if error.raw_os_error().is_none() && self.inspect(segment)? => work(),
            done => done,
        }
    }

    /// The end of a segment.
    fn end_anchor(&self, segment: &Arc<Segment>) -> Anchor {
        let log = self.log.lock();
        if log.segments.last().is_some_and(|active| Arc::ptr_eq(active, segment)) {
            return Anchor { position_bytes: log.active_bytes, offset: log.next_offset };
        }
        Anchor { position_bytes: segment.visible_bytes(), offset: segment.end_offset() }
    }

    /// Writes the list of known damage.
    pub(super) fn write_damage_list(&self) -> io::Result<()> {
        let damaged = self.segments().into_iter().filter(|segment| segment.is_damaged());
        let list: Vec<SegmentDamage> = damaged
            .map(|s| SegmentDamage { segment: s.base_offset, damage: s.damage().to_vec() })
            .collect();
        damage::write_list(&self.folder, &list)
    }
}
