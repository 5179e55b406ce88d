//! mail-sink
