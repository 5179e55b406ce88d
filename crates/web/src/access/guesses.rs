//! Checks of the staff token and of passwords, within rate limits.

use axum_extra::extract::cookie::{Cookie, CookieJar};
use domain::{ports::Unavailable, text::Email};

use super::{Access, bearer};
use crate::{
    budget::Spent,
    client_address::ClientAddress,
    cookies::kept,
    random,
    secret::are_equal,
    security::{self, SecurityEvent},
    sender::Sender,
    tries::{Tries, Try},
};

/// The cookie of a browser that has signed in to an account.
const BROWSER_COOKIE: &str = "comanda_browser";
/// Length of the browser's nonce in it, in characters.
const NONCE_CHARS: usize = 32;

impl Access {
    pub(super) fn has_staff_bearer(&self, sender: &Sender) -> Result<bool, Spent> {
        let Some(token) = bearer(&sender.headers) else { return Ok(false) };
        let (from, now) = (sender.from, self.sessions.now());
        if let Err(spent) = self.tries.check_bearer(from, now) {
            security::log_refusal(SecurityEvent::Limited, "token", from, "too many wrong bearers");
            return Err(spent);
        }
        let is_right = are_equal(&self.staff_token, token);
        if !is_right {
            self.tries.count_wrong_bearer(from, now);
            security::log_refusal(SecurityEvent::WrongToken, "token", from, "bearer");
        } else if self.tries.is_use_to_log(from, now) {
            security::log_grant(SecurityEvent::TokenUsed, "token", from, "bearer");
        }
        Ok(is_right)
    }

    /// True if `token` is the staff token; counts wrong tries of the client address.
    pub(crate) fn try_staff_token(&self, token: &str, from: ClientAddress) -> Result<bool, Spent> {
        let (stranger, now) = (Try::Stranger(from, None), self.sessions.now());
        if let Err(spent) = self.tries.take(&stranger, now) {
            security::log_refusal(SecurityEvent::Limited, "token", from, "too many tries");
            return Err(spent);
        }
        let is_right = are_equal(&self.staff_token, token);
        match is_right {
            true => self.tries.give_back(&stranger),
            false => security::log_refusal(SecurityEvent::WrongToken, "token", from, "sign-in"),
        }
        Ok(is_right)
    }

    /// All tries.
    pub(crate) fn tries(&self) -> &Tries {
        &self.tries
    }

    /// Takes a try at an account's password; call before comparing it.
    pub fn take_try(&self, sender: &Sender, email: Option<&Email>) -> Result<Try, Spent> {
        let one = self.try_of(sender, email);
        self.tries.take(&one, self.sessions.now()).inspect_err(|_| {
            let name = email.map(Email::canonical).unwrap_or_default();
            security::log_refusal(SecurityEvent::Limited, &name, sender.from, "too many tries");
        })?;
        Ok(one)
    }

    /// Gives back a try that was not a wrong guess.
    pub fn give_back(&self, one: &Try) {
        self.tries.give_back(one);
    }

    /// The subject of a try: the known browser of the account, or the client address as a stranger.
    fn try_of(&self, sender: &Sender, email: Option<&Email>) -> Try {
        let known = email.and_then(|email| {
            let jar = CookieJar::from_headers(&sender.headers);
            let cookie = jar.get(BROWSER_COOKIE)?.value().to_owned();
            let (nonce, mac) = cookie.split_once('.')?;
            let is_ours =
                nonce.len() == NONCE_CHARS && self.secret.knows_browser(email, nonce, mac);
            is_ours.then(|| nonce.to_owned())
        });
        match known {
            Some(nonce) => Try::Known(nonce),
            None => Try::Stranger(sender.from, email.map(Email::canonical)),
        }
    }

    /// The cookie that marks this browser as known to the account for a year. It grants no access.
    pub(crate) fn browser_cookie(&self, email: &Email) -> Result<Cookie<'static>, Unavailable> {
        let nonce = &random::token()?[..NONCE_CHARS];
        let value = format!("{nonce}.{}", self.secret.browser_mac(email, nonce));
        let cookie = self.cookie(BROWSER_COOKIE.to_owned(), value);
        Ok(kept(Cookie::build(cookie).path("/sign-in").build()))
    }
}
