//! Partitions on disk: segments, appends, reads, recovery, compaction and the flusher.
//!
//! Independent of the Kafka requests; only [`batch`] depends on the layout of a batch.

pub(crate) mod batch;
pub(crate) mod checkpoint;
mod codec;
pub(crate) mod compaction;
pub(crate) mod damage;
pub(crate) mod files;
pub(crate) mod flusher;
pub(crate) mod index;
pub(crate) mod offset_checkpoint;
pub(crate) mod open_files;
pub(crate) mod partition;
pub(crate) mod producers;
pub(crate) mod reader;
pub(crate) mod records;
pub(crate) mod recovery;
pub(crate) mod scan;
pub(crate) mod segment;
pub(crate) mod survey;
pub(crate) mod timestamps;
