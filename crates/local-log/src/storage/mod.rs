//! Partitions on disk: batches appended as received, segments, recovery, and the flusher.
//!
//! Nothing here knows the Kafka requests; [`batch`] knows the layout of a stored batch.

pub(crate) mod batch;
pub(crate) mod checkpoint;
mod codec;
pub(crate) mod compaction;
pub(crate) mod damage;
pub(crate) mod files;
pub(crate) mod flusher;
pub(crate) mod index;
pub(crate) mod marks;
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
