//! Signing in and out: with e-mail address and password, or with the staff token.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Form, Router,
    extract::{ConnectInfo, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::cookie::CookieJar;
use domain::{
    ports::{Subject, Unavailable},
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
    limit::Limit,
    page::{PageProblem, page},
    passwords::Passwords,
    site::own_path,
};

/// Tries a minute from one address: of passwords all, of the staff token those that fail.
const TRIES_PER_MINUTE: u32 = 10;
/// Tries at one account, all at once if they like; then one a minute. They count whoever tries, so
/// that a botnet has no more of them than anybody.
const TRIES_AT_ACCOUNT: u32 = 10;

/// The door. Clones share its limits.
#[derive(Clone)]
pub struct Door {
    access: Access,
    passwords: Passwords,
    by_address: Limit,
    by_account: Limit<String>,
}

impl Door {
    /// A door that opens to whom `access` knows.
    pub fn new(access: Access, passwords: Passwords) -> Self {
        let by_address = Limit::per_minute(TRIES_PER_MINUTE);
        let by_account = Limit::burst_then_one_a_minute(TRIES_AT_ACCOUNT);
        Self { access, passwords, by_address, by_account }
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
        self.by_address.forget_old();
        self.by_account.forget_old();
        self.access.sessions().tidy().await
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
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    jar: CookieJar,
    Query(link): Query<Link>,
) -> Result<Response, PageProblem> {
    let next = link.next.as_deref().and_then(own_path);
    if let Some(token) = link.token {
        let attempt = Attempt { from: from.ip(), jar, reader: reader.at("/sign-in"), next };
        return door.try_token(attempt, &token).await;
    }
    let next = next.unwrap_or_default();
    Ok(page(sign_in(&SignInPage { reader, next, ..SignInPage::default() })))
}

async fn enter(
    State(door): State<Door>,
    ReadBy(reader): ReadBy,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    jar: CookieJar,
    Form(form): Form<SignIn>,
) -> Result<Response, PageProblem> {
    let next = own_path(&form.next);
    let attempt = Attempt { from: from.ip(), jar, reader: reader.at("/sign-in"), next };
    match &form.token {
        Some(token) => door.try_token(attempt, token).await,
        None => door.try_password(attempt, form).await,
    }
}

impl Door {
    async fn try_token(&self, attempt: Attempt, token: &str) -> Result<Response, PageProblem> {
        if self.access.knows_staff_token(token.trim()) {
            let subject = self.access.token_subject();
            return self.let_in(attempt, subject, "/kitchen").await;
        }
        // Only failures count, so that nobody can lock out those who know the token.
        self.by_address.check(attempt.from)?;
        Ok(attempt.refused(SignInError::Token, String::new()))
    }

    /// Whether there is such an account, neither the answer tells nor the time that it takes.
    async fn try_password(&self, attempt: Attempt, form: SignIn) -> Result<Response, PageProblem> {
        self.by_address.check(attempt.from)?;
        self.by_account.check(form.email.trim().to_lowercase())?;
        let known = match form.email.trim().parse::<Email>() {
            Ok(email) => self.access.sessions().book().credentials(&email).await?,
            Err(_) => None,
        };
        let (whose, hashed) = known.map(|known| ((known.id, known.role), known.password)).unzip();
        let fits = self.passwords.check(form.password, hashed).await?;
        match whose.filter(|_| fits) {
            Some((id, role)) => {
                let home = if role == Role::Kitchen { "/kitchen" } else { "/backoffice" };
                self.let_in(attempt, Subject::Account(id), home).await
            }
            None => Ok(attempt.refused(SignInError::Password, form.email)),
        }
    }

    async fn let_in(
        &self,
        attempt: Attempt,
        subject: Subject,
        home: &str,
    ) -> Result<Response, PageProblem> {
        let session = self.access.sessions().begin(subject).await?;
        let jar = attempt.jar.add(self.access.staff_cookie(session));
        Ok((jar, Redirect::to(attempt.next.as_deref().unwrap_or(home))).into_response())
    }
}

/// An attempt at the door.
struct Attempt {
    from: IpAddr,
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
    headers: HeaderMap,
) -> Result<Response, PageProblem> {
    if let Some(session) = door.access.session_cookie(&headers) {
        door.access.sessions().end(&session).await?;
    }
    Ok((jar.add(door.access.sign_out_cookie()), Redirect::to("/sign-in")).into_response())
}
