//! Amounts in parameters.

use super::params::truncate;
use crate::{
    model::{Amount, AmountError},
    problem::Problem,
};

/// Parses the amount in a parameter.
pub(super) fn parse_amount(name: &'static str, text: &str) -> Result<Amount, Problem> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<u64>().ok().filter(|_| is_digits);
    let Some(number) = number else {
        return Err(Problem::invalid(format!("Invalid integer: {}", truncate(text)))
            .code("parameter_invalid_integer")
            .param(name));
    };
    Amount::try_from(number).map_err(|error| {
        let problem = match error {
            AmountError::TooSmall => {
                Problem::invalid("This value must be greater than or equal to 1.")
                    .code("parameter_invalid_integer")
            }
            AmountError::TooLarge => {
                Problem::invalid("Amount must be no more than 99999999 minor units.")
                    .code("amount_too_large")
            }
        };
        problem.param(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_positive_whole_number() {
        for bad in ["0", "-1", "+1", "1.5", "1e3", "x", "100000000", "99999999999999999999"] {
            assert!(parse_amount("amount", bad).is_err(), "{bad}");
        }
        assert_eq!(parse_amount("amount", "2450").map(Amount::minor), Ok(2450));
    }
}
