//! Pagination like Stripe's: newest first, continued after the id of the last item seen.

use std::sync::Arc;

use serde::Serialize;

use super::params::{Params, truncate};
use crate::problem::{Kind, Problem};

/// The requested page of a list.
#[derive(Debug)]
pub(super) struct Page {
    limit: usize,
    starting_after: Option<String>,
}

/// The items of a page.
#[derive(Debug)]
pub(super) struct PageItems<T> {
    pub(super) items: Vec<T>,
    pub(super) has_more: bool,
}

impl<T> Default for PageItems<T> {
    fn default() -> Self {
        Self { items: Vec::new(), has_more: false }
    }
}

impl Page {
    /// Parses `limit` (1 to 100, by default 10) and `starting_after`.
    pub(super) fn parse(params: &mut Params<'_>) -> Result<Self, Problem> {
        params.ignore(&["expand"]);
        let limit = match params.text("limit") {
            None => 10,
            Some(text) => {
                text.parse().ok().filter(|limit| (1..=100).contains(limit)).ok_or_else(|| {
                    Problem::invalid("The limit must be between 1 and 100.").param("limit")
                })?
            }
        };
        let starting_after = params.text("starting_after").map(|id| truncate(&id));
        Ok(Self { limit, starting_after })
    }

    /// Selects the matching items of the page from a list ordered oldest first.
    pub(super) fn select<T>(
        &self,
        oldest_first: &[Arc<T>],
        index_of: impl Fn(&str) -> Option<usize>,
        what: &'static str,
        matches: impl Fn(&T) -> bool,
    ) -> Result<PageItems<Arc<T>>, Problem> {
        let end = match &self.starting_after {
            None => oldest_first.len(),
            Some(id) => index_of(id)
                .ok_or_else(|| Problem::no_such(Kind::Invalid, what, id).param("starting_after"))?,
        };
        let older = oldest_first.get(..end).unwrap_or_default();
        Ok(self.take_first(older.iter().rev().filter(|item| matches(item)).cloned()))
    }

    /// The id of the last item seen; `None` on the first page.
    pub(super) fn starting_after(&self) -> Option<&str> {
        self.starting_after.as_deref()
    }

    /// The first items of an iterator, up to the limit.
    pub(super) fn take_first<T>(&self, mut newest_first: impl Iterator<Item = T>) -> PageItems<T> {
        let items = newest_first.by_ref().take(self.limit).collect();
        PageItems { items, has_more: newest_first.next().is_some() }
    }
}

/// A list in Stripe's format.
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
