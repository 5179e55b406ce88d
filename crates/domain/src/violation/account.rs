//! What can be wrong with an account or a password. A closed set, so that pages can translate it.

/// Minimum length of a password, in characters. NIST SP 800-63B rev. 4 requires 15 where the
/// password is the only factor; here guesses are rate-limited, so 10 is a compromise for typing on
/// tablets.
pub const MIN_PASSWORD: usize = 10;
/// Maximum length of a password, in characters: bounds the cost of hashing.
pub const MAX_PASSWORD: usize = 200;

/// What is wrong with an account or a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountViolation {
    /// Fewer characters than [`MIN_PASSWORD`].
    #[error("must have at least {MIN_PASSWORD} characters; a few words are easy to remember")]
    Short,
    /// More characters than [`MAX_PASSWORD`].
    #[error("must have at most {MAX_PASSWORD} characters")]
    Long,
    /// Easily guessed.
    #[error("is too easy to guess: take a few words that have nothing to do with you")]
    Easy,
    /// The current password is wrong.
    #[error("is not your password")]
    NotYours,
    /// Another account has this e-mail address.
    #[error("belongs to another account already")]
    EmailTaken,
    /// No restaurant, and not an operator.
    #[error("must have at least one, unless they are an operator")]
    Nowhere,
    /// The signed-in person's own account, which they cannot remove.
    #[error("is your own; somebody else can remove it")]
    Own,
}
