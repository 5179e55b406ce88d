//! Random tokens.

use domain::ports::Unavailable;

/// 256 random bits from the operating system, in hexadecimal.
pub(super) fn token() -> Result<String, Unavailable> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Unavailable::new("random number generator", error))?;
    Ok(events::text::hex(&bytes))
}
