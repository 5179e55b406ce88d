//! Faults as text, for the command line: `name=value`, separated by commas.

use std::{fmt, str::FromStr};

use super::{Faults, Latency, Probability};

/// The text is not a list of faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{part}': {reason}")]
pub struct ParseFaultsError {
    /// The invalid part.
    part: String,
    reason: String,
}

/// Sets every probability that is not named.
const ALL: &str = "all";
/// Duration set by `all`, in milliseconds.
const ALL_MS: u64 = 5_000;

/// A mutable field of [`Faults`], by type.
enum FieldMut<'a> {
    Chance(&'a mut Probability),
    Time(&'a mut u64),
    Latency(&'a mut Latency),
    Seed(&'a mut Option<u64>),
}

/// Every name, in the order of the fields.
const NAMES: [&str; 16] = [
    "error_before_charge",
    "error_after_charge",
    "hang_before_charge",
    "hang_after_charge",
    "hang_ms",
    "reset_before_charge",
    "reset_after_charge",
    "error_on_read",
    "latency_ms",
    "webhook_duplicate",
    "webhook_late",
    "webhook_late_ms",
    "webhook_out_of_order",
    "webhook_lost",
    "seed",
    ALL,
];

impl Faults {
    fn field_mut(&mut self, name: &str) -> Option<FieldMut<'_>> {
        Some(match name {
            "error_before_charge" => FieldMut::Chance(&mut self.error_before_charge),
            "error_after_charge" => FieldMut::Chance(&mut self.error_after_charge),
            "hang_before_charge" => FieldMut::Chance(&mut self.hang_before_charge),
            "hang_after_charge" => FieldMut::Chance(&mut self.hang_after_charge),
            "hang_ms" => FieldMut::Time(&mut self.hang_ms),
            "reset_before_charge" => FieldMut::Chance(&mut self.reset_before_charge),
            "reset_after_charge" => FieldMut::Chance(&mut self.reset_after_charge),
            "error_on_read" => FieldMut::Chance(&mut self.error_on_read),
            "latency_ms" => FieldMut::Latency(&mut self.latency_ms),
            "webhook_duplicate" => FieldMut::Chance(&mut self.webhook_duplicate),
            "webhook_late" => FieldMut::Chance(&mut self.webhook_late),
            "webhook_late_ms" => FieldMut::Latency(&mut self.webhook_late_ms),
            "webhook_out_of_order" => FieldMut::Chance(&mut self.webhook_out_of_order),
            "webhook_lost" => FieldMut::Chance(&mut self.webhook_lost),
            "seed" => FieldMut::Seed(&mut self.seed),
            _ => return None,
        })
    }

    /// All faults with this probability.
    fn all(chance: Probability) -> Self {
        let mut faults =
            Self { webhook_late_ms: Latency::Uniform { min: 0, max: ALL_MS }, ..Self::default() };
        faults.hang_ms = ALL_MS;
        for name in NAMES {
            if let Some(FieldMut::Chance(field)) = faults.field_mut(name) {
                *field = chance;
            }
        }
        faults
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let number = || value.parse().map_err(|_| "the value must be a whole number".to_owned());
        match self.field_mut(name) {
            Some(FieldMut::Chance(field)) => *field = parse_probability(value)?,
            Some(FieldMut::Time(field)) => *field = number()?,
            Some(FieldMut::Latency(field)) => {
                *field = value.parse().map_err(|e: super::ParseLatencyError| e.to_string())?;
            }
            Some(FieldMut::Seed(field)) => *field = Some(number()?),
            None => {
                return Err(format!("there is no such fault; the names are {}", NAMES.join(", ")));
            }
        }
        Ok(())
    }
}

fn parse_probability(value: &str) -> Result<Probability, String> {
    let number = value.parse::<f64>().ok().and_then(|number| Probability::try_from(number).ok());
    number.ok_or_else(|| super::ProbabilityError.to_string())
}

impl FromStr for Faults {
    type Err = ParseFaultsError;

    fn from_str(text: &str) -> Result<Self, ParseFaultsError> {
        let wrong = |part: &str, reason: String| ParseFaultsError {
            part: part.chars().take(80).collect(),
            reason,
        };
        let mut parts = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                let known = NAMES.join(", ");
                return Err(wrong(part, format!("a fault is name=value; names are {known}")));
            };
            let (name, value) = (name.trim(), value.trim());
            if parts.iter().any(|(known, _, _)| *known == name) {
                return Err(wrong(part, format!("{name} is named twice")));
            }
            parts.push((name, value, part));
        }
        // Named faults take precedence over `all`, regardless of the order.
        let mut faults = match parts.iter().find(|(name, ..)| *name == ALL) {
            None => Self::default(),
            Some((_, value, part)) => {
                Self::all(parse_probability(value).map_err(|e| wrong(part, e))?)
            }
        };
        for (name, value, part) in parts.iter().filter(|(name, ..)| *name != ALL) {
            faults.set(name, value).map_err(|e| wrong(part, e))?;
        }
        Ok(faults)
    }
}

impl fmt::Display for Faults {
    /// All faults that are on.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut faults, mut parts) = (self.clone(), Vec::new());
        for name in NAMES {
            let value = match faults.field_mut(name) {
                Some(FieldMut::Chance(chance)) if *chance != Probability::NEVER => {
                    f64::from(*chance).to_string()
                }
                Some(FieldMut::Time(ms)) if *ms != 0 => ms.to_string(),
                Some(FieldMut::Latency(latency)) if *latency != Latency::None => {
                    latency.to_string()
                }
                Some(FieldMut::Seed(Some(seed))) => seed.to_string(),
                _ => continue,
            };
            parts.push(format!("{name}={value}"));
        }
        f.write_str(&parts.join(","))
    }
}

#[cfg(test)]
mod tests;
