//! Password rules: short passwords and easily guessed ones are refused.

use std::collections::BTreeSet;

use super::{Account, AccountViolation, MAX_PASSWORD, MIN_PASSWORD, common::is_common};
use crate::violation::Violations;

/// Words on which passwords are commonly built, in general and in this trade. Adding characters
/// around one does not help, unless they form a password of their own.
const BASES: [&str; 44] = [
    "1234567890",
    "abcdef",
    "abc123",
    "access",
    "admin",
    "amore",
    "asdfgh",
    "azerty",
    "baseball",
    "benvenuto",
    "changeme",
    "chef",
    "ciao",
    "comanda",
    "cook",
    "cucina",
    "default",
    "dragon",
    "football",
    "forza",
    "hello",
    "iloveyou",
    "juventus",
    "kitchen",
    "letmein",
    "login",
    "master",
    "monkey",
    "operator",
    "owner",
    "password",
    "passwort",
    "pizza",
    "princess",
    "qwerty",
    "qwertz",
    "restaurant",
    "ristorante",
    "secret",
    "staff",
    "summer",
    "sunshine",
    "welcome",
    "winter",
];
/// Minimum number of letters besides known words.
const BESIDES: usize = 6;
/// Minimum length of a known word.
const MIN_WORD: usize = 3;
/// Minimum number of different characters.
const MIN_DISTINCT: usize = 4;

/// Refuses a password that is too short, too long or easy to guess: a common one, or one made of
/// the account's words and common ones in any spelling.
pub fn check_password(password: &str, account: &Account) -> Result<(), Violations> {
    let length = password.chars().count();
    let wrong = match length {
        ..MIN_PASSWORD => AccountViolation::Short,
        _ if length > MAX_PASSWORD => AccountViolation::Long,
        _ if is_easy(password, account) => AccountViolation::Easy,
        _ => return Ok(()),
    };
    Err(Violations::one("password", wrong))
}

fn is_easy(password: &str, account: &Account) -> bool {
    let letters: Vec<char> =
        password.to_lowercase().chars().filter(|c| fold(*c).is_alphanumeric()).collect();
    let distinct: BTreeSet<&char> = letters.iter().collect();
    let backwards: Vec<char> = letters.iter().rev().copied().collect();
    let words = known_words(account);
    distinct.len() < MIN_DISTINCT
        || spellings(password).iter().any(|spelt| is_common(spelt))
        || [letters, backwards].iter().any(|letters| is_made_of(letters, &words))
}

/// True if a password contains a word of `words` and little else. Digits do not count, since people
/// append them to words.
fn is_made_of(letters: &[char], words: &[Vec<char>]) -> bool {
    let folded: Vec<char> = letters.iter().map(|c| fold(*c)).collect();
    let mut is_known = vec![false; folded.len()];
    for word in words {
        for (at, part) in folded.windows(word.len()).enumerate() {
            if part == word.as_slice() {
                is_known[at..at + word.len()].fill(true);
            }
        }
    }
    let rest = letters.iter().zip(&is_known).filter(|(c, known)| !**known && c.is_alphabetic());
    is_known.contains(&true) && rest.count() < BESIDES
}

/// The account's words and the common ones, folded: the e-mail address, the name and the
/// restaurants, each whole and in parts.
fn known_words(account: &Account) -> Vec<Vec<char>> {
    let (email, name) = (account.email.canonical(), account.name.as_str().to_lowercase());
    let restaurants = account.restaurants.iter().map(|id| id.as_str().to_owned());
    let own: Vec<String> = [email, name].into_iter().chain(restaurants).collect();
    let parts = own.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let wholes = own.iter().map(String::as_str);
    let folded = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).map(fold).collect()
    };
    let words = parts.chain(wholes).chain(BASES).map(folded);
    words.filter(|word| word.len() >= MIN_WORD).collect()
}

/// The lower-case letter that a character resembles; `i`, `l` and `1` are the same.
fn fold(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '8' => 'b',
        '(' => 'c',
        '3' => 'e',
        '6' | '9' => 'g',
        '1' | '!' | '|' | 'l' => 'i',
        '0' => 'o',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '2' => 'z',
        other => other,
    }
}

/// The spellings of a password to look up in a list: in lower case, with letters for look-alikes,
/// and without the characters around its letters.
fn spellings(password: &str) -> Vec<String> {
    let small = password.to_lowercase();
    let core = small.trim_matches(|c: char| !c.is_alphabetic());
    let end = &small[small.rfind(core).unwrap_or_default() + core.len()..];
    let letters = |text: &str, one: char| -> String {
        let letter = |c| match c {
            '1' | '!' | '|' => one,
            'l' => 'l',
            other => fold(other),
        };
        text.chars().map(letter).collect()
    };
    let spelt = ['i', 'l'].into_iter().flat_map(|one| {
        let core = letters(core, one);
        [letters(&small, one), format!("{core}{end}"), core]
    });
    spelt.chain([small.clone(), core.to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::StaffId;

    fn check(password: &str) -> Result<(), Violations> {
        account("ada.lovelace@mulino-bianco.de", "Ada Lovelace")
            .and_then(|a| check_password(password, &a))
    }

    fn account(email: &str, name: &str) -> Result<Account, Violations> {
        let (id, places) = (StaffId(uuid::Uuid::from_u128(1)), ["bella-napoli".to_owned()]);
        Account::from_input(id, email, name, "owner", &places)
    }

    #[test]
    fn easily_guessed_passwords_are_refused() {
        for bad in [
            "",
            "short",
            "aaaaaaaaaaaa",
            "1234567890",
            "Password123",
            "P@ssw0rd1234",
            "Pa$$w0rd!2026",
            "P455W0RD-123456",
            "drowssap4321",
            "ada.lovelace@mulino-bianco.de",
            "AdaLovelace1",
            "4d4L0v3l4c3!!",
            "lovelace2026!",
            "MulinoBianco1",
            "mul1n0b14nc0",
            "BellaNapoli2026",
            "B3ll4-N4p0l1",
            "napoli-admin-1",
            "Welcome2026!!",
            "Summer-2026-!",
            "comanda-comanda",
            "Comanda.Kitchen",
            "qwertyuiop",
            "QwertyUiop",
            "1q2w3e4r5t6y",
            "ILoveYou123",
            "!L0v3Y0u2026",
            "basketball1",
            "b@sk3tb4ll1",
            "b@sk3tb4ll",
            &"long".repeat(60),
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        let cook = account("cook@example.com", "Carla").unwrap();
        for bad in ["cookexample", "CookExample.1", "c00k3x4mpl3", "elpmaxekooc", "Carla.Example"] {
            assert!(check_password(bad, &cook).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_few_unrelated_words_are_accepted() {
        for good in [
            "basil tomato oven",
            "xK3$kd93jf",
            "password for the cellar door",
            "bella ciao marmalade",
            "ラーメンと餃子を三つください",
            "7391-8264-0573",
            "tr0ub4dor & 3",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
    }
}
