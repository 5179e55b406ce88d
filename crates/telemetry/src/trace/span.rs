//! One span, from its beginning to the drop.

use std::borrow::Cow;

use domain::trace::Trace;

use super::backend::{self, RecordedSpan};
use crate::Scope;

/// The role of a span between two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Answering a request.
    Server,
    /// Calling another part.
    Client,
    /// Publishing an event.
    Producer,
    /// Processing a record.
    Consumer,
    /// Work within a process.
    Internal,
}

/// A span that is under way; nothing if its trace is not recorded.
#[derive(Debug)]
pub struct Span(Option<RecordedSpan>);

impl Span {
    /// A span that is not recorded.
    pub const NONE: Self = Self(None);

    /// Begins the first span of this process in a trace, or of a new trace. The sampler decides.
    pub fn enter(parent: Option<Trace>, kind: Kind, name: impl Into<Cow<'static, str>>) -> Self {
        Self(backend::begin(parent, kind, name.into()))
    }

    /// Begins a span in a trace, as a child of the span that `parent` names.
    pub fn part_of(parent: Trace, kind: Kind, name: impl Into<Cow<'static, str>>) -> Self {
        if parent.is_sampled() { Self::enter(Some(parent), kind, name) } else { Self::NONE }
    }

    /// Begins a span as a child of this task's scope.
    pub fn here(kind: Kind, name: impl Into<Cow<'static, str>>) -> Self {
        let Some(scope) = Scope::current() else { return Self::NONE };
        let mut span = Self::part_of(scope.trace, kind, name);
        if let Some(order) = scope.order.filter(|_| span.is_recorded()) {
            span.set_text("order.id", order.to_string());
        }
        span
    }

    /// Its position in the trace, for its children, also if the sampler has decided not to record
    /// the trace.
    pub fn trace(&self) -> Option<Trace> {
        self.0.as_ref().map(RecordedSpan::trace)
    }

    /// True if it is recorded; otherwise, attributes need not be computed.
    pub fn is_recorded(&self) -> bool {
        self.trace().is_some_and(|trace| trace.is_sampled())
    }

    /// Changes the name.
    pub fn rename(&mut self, name: impl Into<String>) {
        if let Some(span) = &mut self.0 {
            span.rename(name.into());
        }
    }

    /// Sets an attribute to a text.
    pub fn set_text(&mut self, name: &'static str, value: impl Into<String>) {
        if let Some(span) = &mut self.0 {
            span.set_text(name, value.into());
        }
    }

    /// Sets an attribute to a number.
    pub fn set_number(&mut self, name: &'static str, value: impl Into<i64>) {
        if let Some(span) = &mut self.0 {
            span.set_number(name, value.into());
        }
    }

    /// Links a span of another trace.
    pub fn link(&mut self, other: Trace) {
        if let Some(span) = &mut self.0 {
            span.link(other);
        }
    }

    /// Marks it as failed, for this reason.
    pub fn fail(&mut self, error: impl FnOnce() -> String) {
        if let Some(span) = &mut self.0 {
            span.fail(error());
        }
    }
}
