//! How long something takes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How long something takes. As text: `200` is always the same, `50..400` is anything between
/// the two, `p50:80/p99:900` is skewed; all in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
pub enum Latency {
    /// As fast as can be.
    #[default]
    None,
    /// Always the same.
    Fixed(u64),
    /// Anything between two bounds, both included.
    Uniform {
        /// The least, in milliseconds.
        min: u64,
        /// The greatest, in milliseconds.
        max: u64,
    },
    /// Half take up to `p50`, all but one in a hundred up to `p99`.
    Percentiles {
        /// The median, in milliseconds.
        p50: u64,
        /// The 99th percentile, in milliseconds.
        p99: u64,
    },
}

/// The text is no latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is 200, or 50..400, or p50:80/p99:900, in milliseconds, the smaller number first")]
pub struct NotALatency;

impl FromStr for Latency {
    type Err = NotALatency;

    fn from_str(text: &str) -> Result<Self, NotALatency> {
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| NotALatency);
        if let Some((min, max)) = text.split_once("..") {
            let (min, max) = (number(min)?, number(max)?);
            return if min <= max { Ok(Self::Uniform { min, max }) } else { Err(NotALatency) };
        }
        let Some((p50, p99)) = text.split_once('/') else {
            return Ok(match number(text)? {
                0 => Self::None,
                ms => Self::Fixed(ms),
            });
        };
        let after = |text: &str, name| number(text.trim().strip_prefix(name).ok_or(NotALatency)?);
        let (p50, p99) = (after(p50, "p50:")?, after(p99, "p99:")?);
        if p50 <= p99 { Ok(Self::Percentiles { p50, p99 }) } else { Err(NotALatency) }
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
