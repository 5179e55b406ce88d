//! Parameters of a request, from a form or a query, each consumed once and validated.

use std::borrow::Cow;

use reqwest::Url;

use super::amount::parse_amount;
use crate::{
    model::{Amount, Currency, Metadata, Method, TokenId},
    problem::{Kind, Problem},
};

/// Maximum length of a URL, in bytes.
const MAX_URL_LENGTH: usize = 2_048;

/// The parameters not yet consumed; the rest at the end is unknown.
#[derive(Debug)]
pub(super) struct Params<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Params<'a> {
    pub(super) fn parse(encoded: &'a [u8]) -> Self {
        Self(form_urlencoded::parse(encoded).collect())
    }

    pub(super) fn all(&self) -> &[(Cow<'a, str>, Cow<'a, str>)] {
        &self.0
    }

    /// Whether the reply must contain an object in place of its id.
    pub(super) fn expands(&self, field: &str) -> bool {
        self.0.iter().any(|(name, value)| name.starts_with("expand[") && value == field)
    }

    /// Consumes an optional parameter. An empty value counts as absent.
    pub(super) fn text(&mut self, name: &str) -> Option<Cow<'a, str>> {
        let index = self.0.iter().position(|(known, _)| known == name)?;
        let (_, value) = self.0.swap_remove(index);
        (!value.is_empty()).then_some(value)
    }

    pub(super) fn required(&mut self, name: &'static str) -> Result<Cow<'a, str>, Problem> {
        self.text(name).ok_or_else(|| {
            Problem::invalid(format!("Missing required param: {name}."))
                .code("parameter_missing")
                .param(name)
        })
    }

    pub(super) fn flag(&mut self, name: &'static str) -> Result<bool, Problem> {
        self.optional_flag(name).map(Option::unwrap_or_default)
    }

    pub(super) fn optional_flag(&mut self, name: &'static str) -> Result<Option<bool>, Problem> {
        match self.text(name).as_deref() {
            None => Ok(None),
            Some("false") => Ok(Some(false)),
            Some("true") => Ok(Some(true)),
            Some(other) => {
                Err(Problem::invalid(format!("Invalid boolean: {}", truncate(other))).param(name))
            }
        }
    }

    pub(super) fn required_amount(&mut self) -> Result<Amount, Problem> {
        parse_amount("amount", &self.required("amount")?)
    }

    pub(super) fn amount(&mut self, name: &'static str) -> Result<Option<Amount>, Problem> {
        self.text(name).map(|text| parse_amount(name, &text)).transpose()
    }

    pub(super) fn currency(&mut self) -> Result<Currency, Problem> {
        let text = self.required("currency")?;
        Currency::parse(&text).map_err(|_| {
            Problem::invalid(format!("Invalid currency: {}", truncate(&text))).param("currency")
        })
    }

    pub(super) fn method(&mut self) -> Result<Option<Method>, Problem> {
        let Some(token) = self.text("payment_method") else { return Ok(None) };
        Method::parse(&token).map(Some).ok_or_else(|| {
            Problem::no_such(Kind::Invalid, "PaymentMethod", &token).param("payment_method")
        })
    }

    /// Consumes the id of a confirmation token.
    pub(super) fn token(&mut self) -> Result<Option<TokenId>, Problem> {
        let Some(id) = self.text("confirmation_token") else { return Ok(None) };
        id.parse().map(Some).map_err(|_| {
            Problem::no_such(Kind::Invalid, "confirmation_token", &id).param("confirmation_token")
        })
    }

    /// Consumes an optional web address.
    pub(super) fn url(&mut self, name: &'static str) -> Result<Option<Box<str>>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        match url {
            Some(url) if text.len() <= MAX_URL_LENGTH => Ok(Some(url.as_str().into())),
            _ => Err(Problem::invalid("Not a valid URL").code("url_invalid").param(name)),
        }
    }

    /// Consumes all items of an array, `name[]`, `name[0]` and so on, and sorts them.
    pub(super) fn texts(&mut self, name: &str) -> Vec<Box<str>> {
        let mut items = Vec::new();
        self.0.retain(|(known, value)| {
            let index = known.strip_prefix(name).and_then(|rest| rest.strip_prefix('['));
            let is_item = index.is_some_and(|index| index.ends_with(']'));
            if is_item {
                items.push(truncate(value).into());
            }
            !is_item
        });
        items.sort_unstable();
        items
    }

    /// Consumes an optional parameter with a fixed set of values.
    pub(super) fn word<T>(
        &mut self,
        name: &'static str,
        allowed: &[&str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        parse(&text).map(Some).ok_or_else(|| {
            let allowed = allowed.join(", ");
            Problem::invalid(format!("Invalid {name}: must be one of {allowed}")).param(name)
        })
    }

    /// Consumes all `metadata[…]`.
    pub(super) fn metadata(&mut self) -> Result<Metadata, Problem> {
        let mut metadata = Metadata::default();
        let mut failed = None;
        self.0.retain(|(name, value)| {
            let key = name.strip_prefix("metadata[").and_then(|rest| rest.strip_suffix(']'));
            let Some(key) = key else { return true };
            if let Err(error) = metadata.set(key, value) {
                failed.get_or_insert(error);
            }
            false
        });
        match failed {
            None => Ok(metadata),
            Some(error) => Err(Problem::invalid(error.to_string()).param("metadata")),
        }
    }

    /// Discards parameters without an effect in this gateway.
    pub(super) fn ignore(&mut self, names: &[&str]) {
        self.0.retain(|(name, _)| {
            let base = name.split('[').next().unwrap_or_default();
            !names.contains(&base)
        });
    }

    /// Refuses the remaining, unknown parameters, which may be misspelt.
    pub(super) fn finish(self) -> Result<(), Problem> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => {
                let name = truncate(name);
                Err(Problem::invalid(format!("Received unknown parameter: {name}"))
                    .code("parameter_unknown")
                    .param(name))
            }
        }
    }
}

/// Truncates text from a client, to be repeated in an error.
pub(super) fn truncate(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_parameters_are_refused() {
        let mut params = Params::parse(b"metadata[a]=1&expand[]=x&amout=5");
        assert!(params.metadata().is_ok());
        params.ignore(&["expand"]);
        let refused = params.finish().map_err(|problem| problem.param);
        assert_eq!(refused, Err(Some("amout".into())));
    }
}
