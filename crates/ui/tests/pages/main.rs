//! What every page must hold: hostile text stays text, no inline code, and the parts that matter.

#![allow(clippy::unwrap_used, reason = "samples are known to be good")]

#[path = "../../examples/gallery/sample.rs"]
mod sample;

mod build;
mod content;
mod office;
mod safety;
mod size;
