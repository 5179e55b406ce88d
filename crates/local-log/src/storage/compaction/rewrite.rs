//! Compacts adjacent segments into one new file.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    BatchReader,
    filter::{FilteredBatch, Rules, filter},
    offset_map::OffsetMap,
};
use crate::storage::{
    batch::{BatchHeader, RewrittenBatch},
    index::Index,
    segment::Segment,
};

/// Extension of a compacted file that has not replaced its segments yet.
pub(crate) const CLEANED_EXTENSION: &str = "cleaned";
/// Bytes written at a time.
const BUFFER_BYTES: usize = 256 << 10;

/// Parameters of a compaction.
pub(crate) struct CompactionPlan<'a> {
    /// Last offset of each key.
    pub(crate) map: &'a OffsetMap,
    /// Offset of the last record of each known producer.
    pub(crate) producer_last_offsets: &'a HashMap<i64, i64>,
    /// Current time.
    pub(crate) now_ms: i64,
    /// How long tombstones are kept after their first compaction.
    pub(crate) delete_retention_ms: i64,
    /// Whether all tombstones are kept.
    pub(crate) keep_tombstones: bool,
}

/// A compacted segment file, written but not synced.
pub(crate) struct CleanedSegment {
    /// Temporary path, with the extension [`CLEANED_EXTENSION`].
    pub(crate) path: PathBuf,
    /// File.
    pub(crate) file: File,
    /// Index.
    pub(crate) index: Index,
    /// Size.
    pub(crate) bytes: u64,
    /// Whether it differs from the original segments.
    pub(crate) is_changed: bool,
}

/// Compacts segments into a new file beside the first; `None` if cancelled.
pub(crate) fn rewrite(
    segments: &[Arc<Segment>],
    plan: &CompactionPlan<'_>,
    is_cancelled: impl Fn() -> bool,
) -> io::Result<Option<CleanedSegment>> {
    let Some(first) = segments.first() else { return Ok(None) };
    let mut output = CleanedWriter::create(&first.path.with_extension(CLEANED_EXTENSION))?;
    output.is_changed = segments.len() > 1;
    let CompactionPlan { map, now_ms, delete_retention_ms, keep_tombstones, .. } = *plan;
    let rules = Rules { map, now_ms, delete_retention_ms, keep_tombstones };
    for segment in segments {
        let mut batches = BatchReader::open(segment)?;
        while let Some((header, batch)) = batches.read_next()? {
            if is_cancelled() {
                return Ok(None);
            }
            if header.base_offset >= plan.map.end_offset {
                output.write_unchanged(&batch)?;
                continue;
            }
            match filter(&header, &batch, &rules)? {
                FilteredBatch::Unchanged => output.write_unchanged(&batch)?,
                FilteredBatch::Changed(batch) => output.write_changed(&batch)?,
                FilteredBatch::Empty => {
                    let last = plan.producer_last_offsets.get(&header.producer_id);
                    if last == Some(&header.last_offset()) {
                        output.write_emptied(&header, &batch)?;
                    } else {
                        output.skip(&header)?;
                    }
                }
            }
        }
    }
    output.finish().map(Some)
}

/// Writes a compacted file.
struct CleanedWriter {
    path: PathBuf,
    file: BufWriter<File>,
    index: Index,
    bytes: u64,
    is_changed: bool,
    /// First and last offset of the skipped batches that have no filler yet.
    skipped: Option<(i64, i64)>,
}

impl CleanedWriter {
    fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::with_capacity(BUFFER_BYTES, File::create(path)?);
        let (path, index) = (path.to_path_buf(), Index::default());
        Ok(Self { path, file, index, bytes: 0, is_changed: false, skipped: None })
    }

    /// Skips a batch; consecutive skipped batches share one filler.
    fn skip(&mut self, header: &BatchHeader) -> io::Result<()> {
        let last = header.last_offset();
        let fits = |first: i64| last - first <= i64::from(i32::MAX);
        if let Some((first, _)) = self.skipped.filter(|skipped| fits(skipped.0)) {
            self.is_changed = true;
            self.skipped = Some((first, last));
            return Ok(());
        }
        self.write_filler()?;
        self.is_changed |= !header.is_filler();
        self.skipped = Some((header.base_offset, last));
        Ok(())
    }

    /// Writes the filler of the skipped batches, if there are any.
    fn write_filler(&mut self) -> io::Result<()> {
        let Some((first, last)) = self.skipped.take() else { return Ok(()) };
        let delta = i32::try_from(last - first).map_err(io::Error::other)?;
        self.write_batch(&RewrittenBatch::filler(first, delta).encode(&[]))
    }

    fn write_unchanged(&mut self, batch: &[u8]) -> io::Result<()> {
        self.write_filler()?;
        self.write_batch(batch)
    }

    fn write_changed(&mut self, batch: &[u8]) -> io::Result<()> {
        self.write_filler()?;
        self.is_changed = true;
        self.write_batch(batch)
    }

    fn write_emptied(&mut self, header: &BatchHeader, batch: &[u8]) -> io::Result<()> {
        if header.count == 0 {
            return self.write_unchanged(batch);
        }
        self.write_changed(&RewrittenBatch::emptied(*header).encode(&[]))
    }

    fn write_batch(&mut self, batch: &[u8]) -> io::Result<()> {
        let header = BatchHeader::parse(batch).map_err(io::Error::other)?;
        self.index.add_batch(&header, self.bytes);
        self.file.write_all(batch)?;
        self.bytes += batch.len() as u64;
        Ok(())
    }

    fn finish(mut self) -> io::Result<CleanedSegment> {
        self.write_filler()?;
        self.index.seal();
        let Self { path, file, index, bytes, is_changed, .. } = self;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(CleanedSegment { path, file, index, bytes, is_changed })
    }
}
