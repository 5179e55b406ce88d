//! Forms with a variable set of fields.

use std::str::FromStr;

use axum::{
    Form,
    extract::{FromRequest, Request},
};

use web::{Problem, page::PageProblem};

/// The name–value pairs of a form, in the order sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Pairs {
    type Rejection = PageProblem;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageProblem> {
        let read = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let Form(pairs) = read.map_err(|rejection| {
            let problem = Problem::malformed(rejection.body_text());
            Problem { status: rejection.status(), ..problem }
        })?;
        Ok(Self(pairs))
    }
}

impl Pairs {
    /// The first value of a field; empty if absent.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// All values of a field.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(key, _)| key == name);
        values.map(|(_, value)| value.clone()).collect()
    }

    /// True if a field is present; for a check box, if it is checked.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Fields whose names begin with `prefix`, with the rest of the name.
    pub(super) fn with_prefix<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let rest = move |(key, value): &'a (String, String)| {
            key.strip_prefix(prefix).map(|rest| (rest, value.as_str()))
        };
        self.0.iter().filter_map(rest)
    }

    /// The row numbers after `prefix`, sorted: 0 for `g0.name` with the prefix `g`.
    pub(super) fn row_numbers(&self, prefix: &str) -> Vec<usize> {
        let number = |(rest, _): (&str, &str)| rest.split('.').next()?.parse().ok();
        let mut numbers: Vec<_> = self.with_prefix(prefix).filter_map(number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Parses a hidden field of the page.
    pub(super) fn parse_hidden<T: FromStr>(&self, name: &str) -> Result<T, Problem> {
        let problem = || Problem::malformed(format!("The field {name} is missing or wrong."));
        self.get(name).parse().map_err(|_| problem())
    }

    /// The action of the pressed button and its argument: `up:margherita`.
    pub(super) fn action(&self) -> (&str, &str) {
        let act = self.get("do");
        act.split_once(':').unwrap_or((act, ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_name_and_row_number() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let pairs = Pairs(vec![
            pair("g10.name", "b"),
            pair("g2.name", "a"),
            pair("g2.o0.name", "c"),
            pair("gx.name", "d"),
            pair("do", "up:margherita"),
        ]);
        assert_eq!(pairs.row_numbers("g"), [2, 10]);
        assert_eq!(pairs.row_numbers("g2.o"), [0]);
        assert_eq!(pairs.action(), ("up", "margherita"));
        assert_eq!((pairs.get("g2.name"), pairs.get("none")), ("a", ""));
    }
}
