//! Passwords: hashed by Argon2id, on threads of their own, few at a time.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::ports::Unavailable;
use tokio::sync::Semaphore;

/// What OWASP asks for at least (Password Storage Cheat Sheet, Argon2id): 19 MiB, two passes, one
/// lane. Some 20 ms of one core.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes at a time: guesses must not take all the cores and memory from those who order.
const AT_ONCE: usize = 2;
/// Those who wait for that. Whoever comes then is told to come again.
const WAITING: usize = 20;

/// Hashes and checks passwords. Clones share the queue.
#[derive(Clone, Debug)]
pub struct Passwords(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    argon: Argon2<'static>,
    /// The hash of a password that nobody has: checked against where there is no account, so that
    /// the answer takes as long.
    nobodys: String,
    queue: Semaphore,
    working: Arc<Semaphore>,
}

impl Passwords {
    /// With the cost that accounts deserve.
    pub fn new() -> Result<Self, Unavailable> {
        Self::with_cost(MEMORY_KIB, PASSES)
    }

    /// With another cost: `memory_kib` and so many passes. For tests.
    pub fn with_cost(memory_kib: u32, passes: u32) -> Result<Self, Unavailable> {
        let params = Params::new(memory_kib, passes, LANES, None).map_err(broken)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobodys = hash(&argon, &super::random::token()?)?;
        let queue = Semaphore::new(AT_ONCE + WAITING);
        let working = Arc::new(Semaphore::new(AT_ONCE));
        Ok(Self(Arc::new(Inner { argon, nobodys, queue, working })))
    }

    /// The hash of a password in the PHC string format, with a salt of its own.
    pub async fn hash(&self, password: String) -> Result<String, Unavailable> {
        let inner = self.0.clone();
        self.work(move || hash(&inner.argon, &password)).await?
    }

    /// True if the password is the one that was hashed. Takes as long where there is no hash.
    pub async fn check(
        &self,
        password: String,
        hashed: Option<String>,
    ) -> Result<bool, Unavailable> {
        let inner = self.0.clone();
        self.work(move || {
            let known = hashed.is_some();
            let hashed = hashed.unwrap_or_else(|| inner.nobodys.clone());
            let parsed = PasswordHash::new(&hashed).map_err(broken)?;
            let fits = inner.argon.verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(fits && known)
        })
        .await?
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        let busy = |_| Unavailable::new("sign-in", "too many passwords are being checked");
        let _place = self.0.queue.try_acquire().map_err(busy)?;
        let turn = self.0.working.clone().acquire_owned().await.map_err(broken)?;
        let done = tokio::task::spawn_blocking(move || {
            // Also if the caller has gone away meanwhile, this thread is one of few.
            let _turn = turn;
            work()
        });
        done.await.map_err(broken)
    }
}

fn hash(argon: &Argon2<'_>, password: &str) -> Result<String, Unavailable> {
    Ok(argon.hash_password(password.as_bytes()).map_err(broken)?.to_string())
}

fn broken(error: impl std::fmt::Display) -> Unavailable {
    Unavailable::new("sign-in", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_fits_and_no_other() {
        let passwords = Passwords::with_cost(64, 1).unwrap();
        let hashed = passwords.hash("basil tomato oven".into()).await.unwrap();
        let check = async |password: &str, hashed: Option<&String>| {
            passwords.check(password.into(), hashed.cloned()).await.unwrap()
        };
        assert!(check("basil tomato oven", Some(&hashed)).await);
        assert!(!check("basil tomato  oven", Some(&hashed)).await);
        assert!(!check("basil tomato oven", None).await);
        let again = passwords.hash("basil tomato oven".into()).await.unwrap();
        assert_ne!(hashed, again, "each hash has a salt of its own");
    }

    #[tokio::test]
    async fn the_cost_is_kept_beside_the_hash() {
        let hashed = Passwords::new().unwrap().hash("basil tomato oven".into()).await.unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        let cheap = Passwords::with_cost(64, 1).unwrap();
        assert!(cheap.check("basil tomato oven".into(), Some(hashed)).await.unwrap());
    }

    #[tokio::test]
    async fn a_crowd_is_told_to_come_again() {
        let passwords = Passwords::with_cost(64, 1).unwrap();
        let crowd = (0..100).map(|n| passwords.check(format!("guess {n}"), None));
        let answers = futures::future::join_all(crowd).await;
        let refused = answers.iter().filter(|answer| answer.is_err()).count();
        assert!(answers.iter().any(Result::is_ok) && refused > 0);
        assert!(!passwords.check("later".into(), None).await.unwrap());
    }
}
