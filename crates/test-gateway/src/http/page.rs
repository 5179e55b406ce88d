//! Lists in pages, as Stripe cuts them: newest first, walked by the id of the last one seen.

use std::sync::Arc;

use serde::Serialize;

use super::params::{Params, short};
use crate::problem::{Kind, Problem};

/// Which part of a list is asked for.
#[derive(Debug)]
pub(super) struct Page {
    limit: usize,
    starting_after: Option<String>,
}

/// A part of a list.
#[derive(Debug)]
pub(super) struct Part<T> {
    pub(super) items: Vec<T>,
    pub(super) has_more: bool,
}

impl Page {
    /// Takes `limit` (1 to 100, by default 10) and `starting_after`.
    pub(super) fn take(params: &mut Params<'_>) -> Result<Self, Problem> {
        params.ignore(&["expand"]);
        let limit = match params.text("limit") {
            None => 10,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=100).contains(limit))
                .ok_or_else(|| Problem::invalid("A limit is 1 to 100.").param("limit"))?,
        };
        let starting_after = params.text("starting_after").map(|id| short(&id));
        Ok(Self { limit, starting_after })
    }

    /// Cuts the part out of a list that is kept oldest first.
    pub(super) fn cut<T>(
        &self,
        oldest_first: &[Arc<T>],
        place: impl Fn(&str) -> Option<usize>,
        what: &'static str,
    ) -> Result<Part<Arc<T>>, Problem> {
        let end = match &self.starting_after {
            None => oldest_first.len(),
            Some(id) => place(id)
                .ok_or_else(|| Problem::no_such(Kind::Invalid, what, id).param("starting_after"))?,
        };
        let older = oldest_first.get(..end).unwrap_or_default();
        Ok(self.first(older.iter().rev().cloned()))
    }

    /// The last one seen, if the list does not begin at its start.
    pub(super) fn starting_after(&self) -> Option<&str> {
        self.starting_after.as_deref()
    }

    /// The first of these, newest first.
    pub(super) fn first<T>(&self, mut newest_first: impl Iterator<Item = T>) -> Part<T> {
        let items = newest_first.by_ref().take(self.limit).collect();
        Part { items, has_more: newest_first.next().is_some() }
    }
}

/// A list as Stripe answers it.
#[derive(Debug, Serialize)]
pub(super) struct List<T> {
    object: &'static str,
    data: Vec<T>,
    has_more: bool,
    url: &'static str,
}

impl<T> List<T> {
    pub(super) fn new(url: &'static str, data: Vec<T>, has_more: bool) -> Self {
        Self { object: "list", data, has_more, url }
    }
}
