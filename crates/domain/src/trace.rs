//! Trace context as in W3C Trace Context: `traceparent`.

use std::{fmt, str::FromStr};

use crate::ids::OrderId;

/// A position in a trace: trace id, span id, and whether the span is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Trace {
    id: u128,
    span: u64,
    is_sampled: bool,
}

/// Not a valid `traceparent`; it is treated as absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no traceparent (00-<32 hexadecimal digits>-<16>-<2>)")]
pub struct NoTrace;

/// The flag that says that the caller records the trace.
const SAMPLED: u8 = 1;

impl Trace {
    /// A position by its numbers. Zero is not a valid id and becomes 1.
    pub fn new(id: u128, span: u64, is_sampled: bool) -> Self {
        Self { id: id.max(1), span: span.max(1), is_sampled }
    }

    /// The trace of an order that came without one: derived from its id, so that all spans of an
    /// order are in one trace.
    pub fn of_order(order: OrderId) -> Self {
        let (id, span) = (order.0.as_u128(), order.0.as_u64_pair().1);
        Self::new(id, span, true)
    }

    /// The trace id.
    pub const fn id(&self) -> u128 {
        self.id
    }

    /// The trace id as shown to people.
    pub const fn trace_id(&self) -> TraceId {
        TraceId(self.id)
    }

    /// The id of the span that it came from.
    pub const fn span(&self) -> u64 {
        self.span
    }

    /// True if that span is recorded.
    pub const fn is_sampled(&self) -> bool {
        self.is_sampled
    }
}

/// A trace id, displayed as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId(pub u128);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = if self.is_sampled { SAMPLED } else { 0 };
        write!(f, "00-{:032x}-{:016x}-{flags:02x}", self.id, self.span)
    }
}

impl FromStr for Trace {
    type Err = NoTrace;

    /// Parses version 00, and what later versions have in common with it (§3.2.2 of the standard).
    fn from_str(text: &str) -> Result<Self, NoTrace> {
        let mut parts = text.split('-');
        let mut part = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits).ok_or(NoTrace)?;
            let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
            let is_number = part.chars().all(is_digit);
            if is_number {
                u128::from_str_radix(part, 16).map_err(|_| NoTrace)
            } else {
                Err(NoTrace)
            }
        };
        let (version, id, span, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
        let has_more = parts.next().is_some();
        let span = u64::try_from(span).map_err(|_| NoTrace)?;
        let is_known = version != 0xff && !(version == 0 && has_more);
        if !is_known || id == 0 || span == 0 {
            return Err(NoTrace);
        }
        Ok(Self { id, span, is_sampled: flags & u128::from(SAMPLED) != 0 })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn the_example_of_the_standard_is_parsed() {
        let trace: Trace = GOOD.parse().unwrap();
        assert_eq!(trace.id(), 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!((trace.span(), trace.is_sampled()), (0x00f0_67aa_0ba9_02b7, true));
        assert_eq!(trace.to_string(), GOOD);
        // A later version may have more parts.
        let later = format!("cc{}-what the future will be like", &GOOD[2..]);
        assert_eq!(later.parse(), Ok(trace));
        let unsampled: Trace = GOOD.replace("-01", "-02").parse().unwrap();
        assert!(!unsampled.is_sampled() && unsampled.to_string().ends_with("-00"));
    }

    #[test]
    fn malformed_text_is_refused() {
        let zeros = |digits: usize| "0".repeat(digits);
        let (id, span) = (&GOOD[3..35], &GOOD[36..52]);
        for wrong in [
            String::new(),
            "00".to_owned(),
            GOOD.to_uppercase(),
            format!("{GOOD}-"),
            format!("{GOOD}-more"),
            format!("ff{}", &GOOD[2..]),
            format!(" {GOOD}"),
            format!("00-{}-{span}-01", zeros(32)),
            format!("00-{id}-{}-01", zeros(16)),
            format!("00-{}-{span}-01", &id[1..]),
            format!("00-{id}-{span}-1"),
            format!("00-{id}-{span}-0x"),
            format!("00-{id}-{span}"),
            format!("00-{}-{span}-01", id.replace('4', "+")),
            format!("00-{id}, 00-{id}-{span}-01"),
        ] {
            assert_eq!(wrong.parse::<Trace>(), Err(NoTrace), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in ".{0,80}") {
            if let Ok(trace) = text.parse::<Trace>() {
                prop_assert_eq!(trace.to_string().parse(), Ok(trace));
            }
        }

        #[test]
        fn every_trace_comes_back(id: u128, span: u64, is_sampled: bool) {
            let trace = Trace::new(id, span, is_sampled);
            prop_assert_eq!(trace.to_string().parse(), Ok(trace));
        }
    }
}
