//! `created`: the range of creation times of a list.

use super::params::{Params, truncate};
use crate::problem::Problem;

/// The creation times of the listed objects, in seconds, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CreatedRange {
    from_s: i64,
    to_s: i64,
}

impl CreatedRange {
    /// Parses `created`, or any of `created[gt]`, `created[gte]`, `created[lt]`, `created[lte]`.
    pub(super) fn parse(params: &mut Params<'_>) -> Result<Self, Problem> {
        let mut seconds = |name: &'static str| {
            let Some(text) = params.text(name) else { return Ok(None) };
            text.parse::<i64>().map(Some).map_err(|_| {
                Problem::invalid(format!("Invalid integer: {}", truncate(&text)))
                    .code("parameter_invalid_integer")
                    .param(name)
            })
        };
        let exact = seconds("created")?;
        let above = seconds("created[gt]")?.map(|s| s.saturating_add(1));
        let below = seconds("created[lt]")?.map(|s| s.saturating_sub(1));
        let from = [exact, above, seconds("created[gte]")?].into_iter().flatten().max();
        let to = [exact, below, seconds("created[lte]")?].into_iter().flatten().min();
        Ok(Self { from_s: from.unwrap_or(i64::MIN), to_s: to.unwrap_or(i64::MAX) })
    }

    pub(super) fn contains(self, created_unix_ms: i64) -> bool {
        (self.from_s..=self.to_s).contains(&created_unix_ms.div_euclid(1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(query: &str) -> Result<CreatedRange, Problem> {
        let mut params = Params::parse(query.as_bytes());
        CreatedRange::parse(&mut params).and_then(|range| params.finish().map(|()| range))
    }

    #[test]
    fn bounds_are_seconds() {
        for (query, inside) in [
            ("", [true, true, true]),
            ("created[gte]=10", [false, true, true]),
            ("created[gt]=10", [false, false, true]),
            ("created[lt]=10", [true, false, false]),
            ("created[lte]=10&created[gte]=10", [false, true, false]),
            ("created=10", [false, true, false]),
        ] {
            let found = [9_999, 10_999, 11_000].map(|ms| range(query).unwrap().contains(ms));
            assert_eq!(found, inside, "{query}");
        }
        for bad in ["created[gte]=x", "created[ge]=1", "created[gte]=1.5"] {
            assert!(range(bad).is_err(), "{bad}");
        }
    }
}
