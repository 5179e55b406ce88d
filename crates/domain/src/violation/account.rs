//! What is wrong with an account or a password. Closed, so that pages can say each in every language.

/// Shortest password, in characters (NIST SP 800-63B rev. 4 asks for 15 where nothing else guards an
/// account; guesses are limited here, so this is a compromise with people who type on tablets).
pub const MIN_PASSWORD: usize = 10;
/// Longest password, in characters: hashing takes no longer for it, and a book is no password.
pub const MAX_PASSWORD: usize = 200;

/// What is wrong with an account or a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountViolation {
    /// Less than [`MIN_PASSWORD`].
    #[error("must have at least {MIN_PASSWORD} characters; a few words are easy to remember")]
    Short,
    /// More than [`MAX_PASSWORD`].
    #[error("must have at most {MAX_PASSWORD} characters")]
    Long,
    /// What anybody would try first.
    #[error("is too easy to guess: take a few words that have nothing to do with you")]
    Easy,
    /// Not the password that it was.
    #[error("is not your password")]
    NotYours,
    /// Two accounts would have it.
    #[error("belongs to another account already")]
    EmailTaken,
    /// Whoever is no operator works somewhere.
    #[error("must have at least one, unless they are an operator")]
    Nowhere,
    /// Whoever removes their own account locks themselves out.
    #[error("is your own; somebody else can remove it")]
    Own,
}
