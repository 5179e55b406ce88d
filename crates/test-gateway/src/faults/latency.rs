//! Latency distributions.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A latency distribution, in milliseconds. As text: `200` is fixed, `50..400` is uniform,
/// `p50:80/p99:900` is skewed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
pub enum Latency {
    /// No latency.
    #[default]
    None,
    /// A fixed latency.
    Fixed(u64),
    /// Uniform between two bounds, inclusive.
    Uniform {
        /// Lower bound, in milliseconds.
        min: u64,
        /// Upper bound, in milliseconds.
        max: u64,
    },
    /// Half of the values are up to `p50`, 99 of 100 up to `p99`.
    Percentiles {
        /// The median, in milliseconds.
        p50: u64,
        /// The 99th percentile, in milliseconds.
        p99: u64,
    },
}

/// The text is not a latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a latency is 200, 50..400 or p50:80/p99:900, in milliseconds, with the smaller number first"
)]
pub struct ParseLatencyError;

impl FromStr for Latency {
    type Err = ParseLatencyError;

    fn from_str(text: &str) -> Result<Self, ParseLatencyError> {
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| ParseLatencyError);
        if let Some((min, max)) = text.split_once("..") {
            let (min, max) = (number(min)?, number(max)?);
            return if min <= max {
                Ok(Self::Uniform { min, max })
            } else {
                Err(ParseLatencyError)
            };
        }
        let Some((p50, p99)) = text.split_once('/') else {
            return Ok(match number(text)? {
                0 => Self::None,
                ms => Self::Fixed(ms),
            });
        };
        let after =
            |text: &str, name| number(text.trim().strip_prefix(name).ok_or(ParseLatencyError)?);
        let (p50, p99) = (after(p50, "p50:")?, after(p99, "p99:")?);
        if p50 <= p99 { Ok(Self::Percentiles { p50, p99 }) } else { Err(ParseLatencyError) }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("0"),
            Self::Fixed(ms) => write!(f, "{ms}"),
            Self::Uniform { min, max } => write!(f, "{min}..{max}"),
            Self::Percentiles { p50, p99 } => write!(f, "p50:{p50}/p99:{p99}"),
        }
    }
}
