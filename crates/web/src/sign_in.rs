//! Signing in and out: with e-mail address and password, or with the staff token.

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
    asker::Asker,
    language::ReadBy,
    page::{PageProblem, page},
    passwords::Passwords,
    security::{self, Event},
    site::own_path,
};

/// The door. Clones share its limits.
#[derive(Clone)]
pub struct Door {
    access: Access,
    passwords: Passwords,
}

impl Door {
    /// A door that opens to whom `access` knows.
    pub fn new(access: Access, passwords: Passwords) -> Self {
        Self { access, passwords }
    }

    /// `/sign-in` and `/sign-out`.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/sign-in", get(show).post(enter))
            .route("/sign-out", post(leave))
            .with_state(self)
    }

    /// Forgets who has not tried for a while, and sessions that are over.
    pub async fn tidy(&self) -> Result<(), Unavailable> {
        let sessions = self.access.sessions();
        self.access.tries().forget_old(sessions.now());
        sessions.tidy().await
    }
}

#[derive(Deserialize)]
struct Link {
    /// The staff token, in the link printed at the start.
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct SignIn {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    /// The staff token, in place of both.
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    next: String,
}

async fn show(
    State(door): State<Door>,
    ReadBy(reader): ReadBy,
    asker: Asker,
    jar: CookieJar,
    Query(link): Query<Link>,
) -> Result<Response, PageProblem> {
    let next = link.next.as_deref().and_then(own_path);
    if let Some(token) = link.token {
        let attempt = Attempt { asker, jar, reader: reader.at("/sign-in"), next };
        return door.try_token(attempt, &token).await;
    }
    let next = next.unwrap_or_default();
    Ok(page(sign_in(&SignInPage { reader, next, ..SignInPage::default() })))
}

async fn enter(
    State(door): State<Door>,
    ReadBy(reader): ReadBy,
    asker: Asker,
    jar: CookieJar,
    Form(form): Form<SignIn>,
) -> Result<Response, PageProblem> {
    let next = own_path(&form.next);
    let attempt = Attempt { asker, jar, reader: reader.at("/sign-in"), next };
    match &form.token {
        Some(token) => door.try_token(attempt, token).await,
        None => door.try_password(attempt, form).await,
    }
}

impl Door {
    async fn try_token(&self, attempt: Attempt, token: &str) -> Result<Response, PageProblem> {
        if self.access.try_staff_token(token.trim(), attempt.asker.from)? {
            let subject = self.access.token_subject();
            security::given(Event::SignedIn, "token", attempt.asker.from, "staff token");
            return self.let_in(attempt, subject, "/kitchen").await;
        }
        Ok(attempt.refused(SignInError::Token, String::new()))
    }

    /// Whether there is such an account, neither the answer tells nor the time that it takes.
    async fn try_password(&self, attempt: Attempt, form: SignIn) -> Result<Response, PageProblem> {
        let (from, email) = (attempt.asker.from, form.email.trim().parse::<Email>().ok());
        let name = email.as_ref().map(Email::canonical).unwrap_or_default();
        let one = self.access.take_try(&attempt.asker, email.as_ref())?;
        let checked = self.check(email.as_ref(), form.password).await;
        // Only who is known to be wrong has guessed.
        if !matches!(checked, Ok(None)) {
            self.access.give_back(&one);
        }
        let Some((credentials, email)) = checked?.zip(email) else {
            security::refused(Event::WrongPassword, &name, from, "password or account");
            return Ok(attempt.refused(SignInError::Password, form.email));
        };
        security::given(Event::SignedIn, &name, from, "password");
        let home = if credentials.role == Role::Kitchen { "/kitchen" } else { "/backoffice" };
        let known = self.access.browser_cookie(&email)?;
        let entered = self.let_in(attempt, Subject::Account(credentials.id), home).await?;
        // Behind the session's: simple clients take the first one.
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

    /// Begins a session, and ends the one that this browser had.
    async fn let_in(
        &self,
        attempt: Attempt,
        subject: Subject,
        home: &str,
    ) -> Result<Response, PageProblem> {
        let sessions = self.access.sessions();
        if let Some(old) = self.access.session_cookie(&attempt.asker.headers) {
            sessions.end(&old).await?;
        }
        let session = sessions.begin(subject, &attempt.asker).await?;
        let jar = attempt.jar.add(self.access.staff_cookie(session));
        Ok((jar, Redirect::to(attempt.next.as_deref().unwrap_or(home))).into_response())
    }
}

/// An attempt at the door.
struct Attempt {
    asker: Asker,
    jar: CookieJar,
    reader: Reader,
    /// Where to go afterwards.
    next: Option<String>,
}

impl Attempt {
    fn refused(self, error: SignInError, email: String) -> Response {
        let (reader, next) = (self.reader, self.next.unwrap_or_default());
        let form = SignInPage { reader, error: Some(error), email, next };
        (StatusCode::UNPROCESSABLE_ENTITY, page(sign_in(&form))).into_response()
    }
}

async fn leave(
    State(door): State<Door>,
    jar: CookieJar,
    asker: Asker,
) -> Result<Response, PageProblem> {
    if let Some(session) = door.access.session_cookie(&asker.headers) {
        let who = door.access.who_by_session(&session).await?;
        door.access.sessions().end(&session).await?;
        // A cookie that is no session, or no longer, ends none.
        if let Some(who) = who {
            let name = security::name_of(&who);
            security::given(Event::SessionEnded, &name, asker.from, "signed out");
        }
    }
    Ok((jar.add(door.access.sign_out_cookie()), Redirect::to("/sign-in")).into_response())
}
