//! Server-rendered pages: view models in, HTML out.
//!
//! There are no services, HTTP, clocks or I/O here: a page is a function from a view model to
//! markup, and the view model contains the time. Nothing needs an inline style or script, so a
//! strict content security policy holds. Every page works without JavaScript; `comanda.js` only
//! makes it live.

pub mod assets;
mod cart;
mod chart;
pub mod dish;
mod fields;
mod icons;
mod layout;
mod opening;
pub mod pages;
mod reader;
mod seller;
mod slip;
mod when;
mod words;

pub use cart::{CartRow, CartView};
pub use layout::Staff;
pub use maud::Markup;
pub use reader::Reader;
pub use words::{Notation, Pattern, letters};
