//! Faults as text, for command lines: `name=value`, separated by commas.

use std::fmt;
use std::str::FromStr;

use super::{Faults, Latency, Probability};

/// The text does not say which faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{part}': {reason}")]
pub struct WrongFaults {
    /// The part that is wrong.
    part: String,
    reason: String,
}

/// Sets every probability that is not named.
const ALL: &str = "all";
/// What `all` takes for the times that nobody named, in milliseconds.
const ALL_MS: u64 = 5_000;

/// A fault's place, by the type of what is there.
enum Place<'a> {
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
    fn place(&mut self, name: &str) -> Option<Place<'_>> {
        Some(match name {
            "error_before_charge" => Place::Chance(&mut self.error_before_charge),
            "error_after_charge" => Place::Chance(&mut self.error_after_charge),
            "hang_before_charge" => Place::Chance(&mut self.hang_before_charge),
            "hang_after_charge" => Place::Chance(&mut self.hang_after_charge),
            "hang_ms" => Place::Time(&mut self.hang_ms),
            "reset_before_charge" => Place::Chance(&mut self.reset_before_charge),
            "reset_after_charge" => Place::Chance(&mut self.reset_after_charge),
            "error_on_read" => Place::Chance(&mut self.error_on_read),
            "latency_ms" => Place::Latency(&mut self.latency_ms),
            "webhook_duplicate" => Place::Chance(&mut self.webhook_duplicate),
            "webhook_late" => Place::Chance(&mut self.webhook_late),
            "webhook_late_ms" => Place::Latency(&mut self.webhook_late_ms),
            "webhook_out_of_order" => Place::Chance(&mut self.webhook_out_of_order),
            "webhook_lost" => Place::Chance(&mut self.webhook_lost),
            "seed" => Place::Seed(&mut self.seed),
            _ => return None,
        })
    }

    /// Every fault as likely as the others.
    fn all(chance: Probability) -> Self {
        let mut faults =
            Self { webhook_late_ms: Latency::Uniform { min: 0, max: ALL_MS }, ..Self::default() };
        faults.hang_ms = ALL_MS;
        for name in NAMES {
            if let Some(Place::Chance(place)) = faults.place(name) {
                *place = chance;
            }
        }
        faults
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let number = || value.parse().map_err(|_| "it is a whole number".to_owned());
        match self.place(name) {
            Some(Place::Chance(place)) => *place = chance(value)?,
            Some(Place::Time(place)) => *place = number()?,
            Some(Place::Latency(place)) => {
                *place = value.parse().map_err(|e: super::NotALatency| e.to_string())?;
            }
            Some(Place::Seed(place)) => *place = Some(number()?),
            None => return Err(format!("there is no such fault; there are {}", NAMES.join(", "))),
        }
        Ok(())
    }
}

fn chance(value: &str) -> Result<Probability, String> {
    let number = value.parse::<f64>().ok().and_then(|number| Probability::try_from(number).ok());
    number.ok_or_else(|| super::OutOfRange.to_string())
}

impl FromStr for Faults {
    type Err = WrongFaults;

    fn from_str(text: &str) -> Result<Self, WrongFaults> {
        let wrong = |part: &str, reason: String| WrongFaults {
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
        // What is named wins over `all`, wherever that stands.
        let mut faults = match parts.iter().find(|(name, ..)| *name == ALL) {
            None => Self::default(),
            Some((_, value, part)) => Self::all(chance(value).map_err(|e| wrong(part, e))?),
        };
        for (name, value, part) in parts.iter().filter(|(name, ..)| *name != ALL) {
            faults.set(name, value).map_err(|e| wrong(part, e))?;
        }
        Ok(faults)
    }
}

impl fmt::Display for Faults {
    /// What is not off; nothing if everything is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut faults, mut parts) = (self.clone(), Vec::new());
        for name in NAMES {
            let value = match faults.place(name) {
                Some(Place::Chance(chance)) if *chance != Probability::NEVER => {
                    f64::from(*chance).to_string()
                }
                Some(Place::Time(ms)) if *ms != 0 => ms.to_string(),
                Some(Place::Latency(latency)) if *latency != Latency::None => latency.to_string(),
                Some(Place::Seed(Some(seed))) => seed.to_string(),
                _ => continue,
            };
            parts.push(format!("{name}={value}"));
        }
        f.write_str(&parts.join(","))
    }
}

#[cfg(test)]
mod tests;
