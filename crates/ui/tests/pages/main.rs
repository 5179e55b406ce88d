//! Rules of every page: hostile text stays text, no inline code, and the important parts.

#![allow(clippy::unwrap_used, reason = "samples are known to be good")]

#[path = "../../examples/gallery/sample.rs"]
mod sample;

mod books;
mod build;
mod cash;
mod content;
mod money;
mod numbers;
mod office;
mod safety;
mod size;
