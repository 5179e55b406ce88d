//! Writes the compacted form of a few neighbouring segments into one new file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Batches;
use super::filter::{Kept, Rules, filter};
use super::offset_map::OffsetMap;
use crate::storage::batch::{BatchHeader, Rewrite};
use crate::storage::index::Index;
use crate::storage::segment::Segment;

/// Extension of a file that is being written, and means nothing yet.
pub(crate) const CLEANED: &str = "cleaned";
/// Bytes written at a time.
const BUFFER_BYTES: usize = 256 << 10;

/// What a compaction goes by.
pub(crate) struct Plan<'a> {
    /// The last offsets of the keys.
    pub(crate) map: &'a OffsetMap,
    /// The offset of the last batch of every producer that is remembered.
    pub(crate) last_of_producers: &'a HashMap<i64, i64>,
    /// The present.
    pub(crate) now_ms: i64,
    /// How long tombstones stay after they were first compacted.
    pub(crate) delete_retention_ms: i64,
    /// Whether tombstones stay for now.
    pub(crate) keep_tombstones: bool,
}

/// A compacted file that has been written, but not synced.
pub(crate) struct Cleaned {
    /// Where it is, under a name that means nothing yet.
    pub(crate) path: PathBuf,
    /// The file.
    pub(crate) file: File,
    /// Its index.
    pub(crate) index: Index,
    /// Its length.
    pub(crate) bytes: u64,
    /// Whether it differs from what it was made of.
    pub(crate) changed: bool,
}

/// Compacts segments into a new file beside the first; `None` when `stopped` says so.
pub(crate) fn rewrite(
    segments: &[Arc<Segment>],
    plan: &Plan<'_>,
    stopped: impl Fn() -> bool,
) -> io::Result<Option<Cleaned>> {
    let Some(first) = segments.first() else { return Ok(None) };
    let mut output = Output::create(&first.path.with_extension(CLEANED))?;
    output.changed = segments.len() > 1;
    let Plan { map, now_ms, delete_retention_ms, keep_tombstones, .. } = *plan;
    let rules = Rules { map, now_ms, delete_retention_ms, keep_tombstones };
    for segment in segments {
        let mut batches = Batches::of(segment)?;
        while let Some((header, batch)) = batches.next()? {
            if stopped() {
                return Ok(None);
            }
            if header.base_offset >= plan.map.end_offset {
                output.put(&header, &batch)?;
                continue;
            }
            match filter(&header, &batch, &rules)? {
                Kept::All => output.put(&header, &batch)?,
                Kept::Some(batch) => output.put_changed(&batch)?,
                Kept::Nothing => {
                    let last = plan.last_of_producers.get(&header.producer_id);
                    if last == Some(&header.last_offset()) {
                        output.put_emptied(&header, &batch)?;
                    } else {
                        output.skip(&header)?;
                    }
                }
            }
        }
    }
    output.finish().map(Some)
}

/// The new file.
struct Output {
    path: PathBuf,
    file: BufWriter<File>,
    index: Index,
    bytes: u64,
    changed: bool,
    /// First and last offset of the batches that were left out just now.
    skipped: Option<(i64, i64)>,
}

impl Output {
    fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::with_capacity(BUFFER_BYTES, File::create(path)?);
        let (path, index) = (path.to_path_buf(), Index::default());
        Ok(Self { path, file, index, bytes: 0, changed: false, skipped: None })
    }

    /// Leaves a batch out; one stands for all that are left out in a row.
    fn skip(&mut self, header: &BatchHeader) -> io::Result<()> {
        let last = header.last_offset();
        let fits = |first: i64| last - first <= i64::from(i32::MAX);
        if let Some((first, _)) = self.skipped.filter(|skipped| fits(skipped.0)) {
            self.changed = true;
            self.skipped = Some((first, last));
            return Ok(());
        }
        self.fill()?;
        self.changed |= !header.is_filler();
        self.skipped = Some((header.base_offset, last));
        Ok(())
    }

    /// Writes the batch that stands for those left out.
    fn fill(&mut self) -> io::Result<()> {
        let Some((first, last)) = self.skipped.take() else { return Ok(()) };
        let delta = i32::try_from(last - first).map_err(io::Error::other)?;
        self.write(&Rewrite::filler(first, delta).encode(&[]))
    }

    fn put(&mut self, _: &BatchHeader, batch: &[u8]) -> io::Result<()> {
        self.fill()?;
        self.write(batch)
    }

    fn put_changed(&mut self, batch: &[u8]) -> io::Result<()> {
        self.fill()?;
        self.changed = true;
        self.write(batch)
    }

    fn put_emptied(&mut self, header: &BatchHeader, batch: &[u8]) -> io::Result<()> {
        if header.count == 0 {
            return self.put(header, batch);
        }
        self.put_changed(&Rewrite::emptied(*header).encode(&[]))
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        let header = BatchHeader::parse(batch).map_err(io::Error::other)?;
        self.index.note(&header, self.bytes);
        self.file.write_all(batch)?;
        self.bytes += batch.len() as u64;
        Ok(())
    }

    fn finish(mut self) -> io::Result<Cleaned> {
        self.fill()?;
        self.index.seal();
        let Self { path, file, index, bytes, changed, .. } = self;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Cleaned { path, file, index, bytes, changed })
    }
}
