//! Signing in with email address and password or with the staff token, and signing out.

use axum::{
    Form, Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::cookie::CookieJar;
use domain::{
    ports::{Credentials, Subject, Unavailable},
    staff::Role,
    text::Email,
};
use serde::Deserialize;
use ui::{
    Reader,
    pages::{SignInError, SignInPage, sign_in},
};

use super::{
    access::Access,
    language::ReadBy,
    page::{PageProblem, page},
    passwords::Passwords,
    security::{self, SecurityEvent},
    sender::Sender,
    site::own_path,
};

/// The sign-in routes. Clones share their rate limits.
#[derive(Clone)]
pub struct SignIn {
    access: Access,
    passwords: Passwords,
}

impl SignIn {
    /// Signs in by the rules of `access`.
    pub fn new(access: Access, passwords: Passwords) -> Self {
        Self { access, passwords }
    }

    /// `/sign-in` and `/sign-out`.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/sign-in", get(show_form).post(submit_form))
            .route("/sign-out", post(sign_out))
            .with_state(self)
    }

    /// Removes old tries and expired sessions.
    pub async fn remove_expired(&self) -> Result<(), Unavailable> {
        let sessions = self.access.sessions();
        self.access.tries().forget_old(sessions.now());
        sessions.remove_expired().await
    }
}

#[derive(Deserialize)]
struct SignInQuery {
    /// The staff token, in the link printed at the start.
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct SignInForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    /// The staff token, instead of both.
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    next: String,
}

async fn show_form(
    State(state): State<SignIn>,
    ReadBy(reader): ReadBy,
    sender: Sender,
    jar: CookieJar,
    Query(query): Query<SignInQuery>,
) -> Result<Response, PageProblem> {
    let next = query.next.as_deref().and_then(own_path);
    if let Some(token) = query.token {
        let attempt = Attempt { sender, jar, reader: reader.at("/sign-in"), next };
        return state.try_token(attempt, &token).await;
    }
    let next = next.unwrap_or_default();
    Ok(page(sign_in(&SignInPage { reader, next, ..SignInPage::default() })))
}

async fn submit_form(
    State(state): State<SignIn>,
    ReadBy(reader): ReadBy,
    sender: Sender,
    jar: CookieJar,
    Form(form): Form<SignInForm>,
) -> Result<Response, PageProblem> {
    let next = own_path(&form.next);
    let attempt = Attempt { sender, jar, reader: reader.at("/sign-in"), next };
    match &form.token {
        Some(token) => state.try_token(attempt, token).await,
        None => state.try_password(attempt, form).await,
    }
}

impl SignIn {
    async fn try_token(&self, attempt: Attempt, token: &str) -> Result<Response, PageProblem> {
        if self.access.try_staff_token(token.trim(), attempt.sender.from)? {
            let subject = self.access.token_subject();
            security::log_grant(
                SecurityEvent::SignedIn,
                "token",
                attempt.sender.from,
                "staff token",
            );
            return self.begin_session(attempt, subject, "/kitchen").await;
        }
        Ok(attempt.refuse(SignInError::Token, String::new()))
    }

    /// Neither the response nor its timing reveals whether the account exists.
    async fn try_password(
        &self,
        attempt: Attempt,
        form: SignInForm,
    ) -> Result<Response, PageProblem> {
        let (from, email) = (attempt.sender.from, form.email.trim().parse::<Email>().ok());
        let name = email.as_ref().map(Email::canonical).unwrap_or_default();
        let one = self.access.take_try(&attempt.sender, email.as_ref())?;
        let checked = self.check(email.as_ref(), form.password).await;
        // Only a wrong password counts as a try.
        if !matches!(checked, Ok(None)) {
            self.access.give_back(&one);
        }
        let Some((credentials, email)) = checked?.zip(email) else {
            security::log_refusal(SecurityEvent::WrongPassword, &name, from, "password or account");
            return Ok(attempt.refuse(SignInError::Password, form.email));
        };
        security::log_grant(SecurityEvent::SignedIn, &name, from, "password");
        let home = if credentials.role == Role::Kitchen { "/kitchen" } else { "/backoffice" };
        let known = self.access.browser_cookie(&email)?;
        let entered = self.begin_session(attempt, Subject::Account(credentials.id), home).await?;
        // After the session's cookie: simple clients use the first one.
        Ok((AppendHeaders([(header::SET_COOKIE, known.to_string())]), entered).into_response())
    }

    async fn check(
        &self,
        email: Option<&Email>,
        password: String,
    ) -> Result<Option<Credentials>, Unavailable> {
        let known = match email {
            Some(email) => self.access.sessions().book().credentials(email).await?,
            None => None,
        };
        let hashed = known.as_ref().map(|known| known.password.clone());
        let fits = self.passwords.check(password, hashed).await?;
        Ok(known.filter(|_| fits))
    }

    /// Begins a session and ends the previous one of this browser.
    async fn begin_session(
        &self,
        attempt: Attempt,
        subject: Subject,
        home: &str,
    ) -> Result<Response, PageProblem> {
        let sessions = self.access.sessions();
        if let Some(old) = self.access.session_cookie(&attempt.sender.headers) {
            sessions.end(&old).await?;
        }
        let session = sessions.begin(subject, &attempt.sender).await?;
        let jar = attempt.jar.add(self.access.staff_cookie(session));
        Ok((jar, Redirect::to(attempt.next.as_deref().unwrap_or(home))).into_response())
    }
}

/// An attempt to sign in.
struct Attempt {
    sender: Sender,
    jar: CookieJar,
    reader: Reader,
    /// Where to go afterwards.
    next: Option<String>,
}

impl Attempt {
    fn refuse(self, error: SignInError, email: String) -> Response {
        let (reader, next) = (self.reader, self.next.unwrap_or_default());
        let form = SignInPage { reader, error: Some(error), email, next };
        (StatusCode::UNPROCESSABLE_ENTITY, page(sign_in(&form))).into_response()
    }
}

async fn sign_out(
    State(state): State<SignIn>,
    jar: CookieJar,
    sender: Sender,
) -> Result<Response, PageProblem> {
    if let Some(session) = state.access.session_cookie(&sender.headers) {
        let actor = state.access.actor_of_session(&session).await?;
        state.access.sessions().end(&session).await?;
        // An invalid cookie ends no session.
        if let Some(actor) = actor {
            let name = security::actor_name(&actor);
            security::log_grant(SecurityEvent::SessionEnded, &name, sender.from, "signed out");
        }
    }
    Ok((jar.add(state.access.sign_out_cookie()), Redirect::to("/sign-in")).into_response())
}
