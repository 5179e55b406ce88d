//! Password hashing with Argon2id on blocking threads, with a bounded queue.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::ports::Unavailable;
use tokio::sync::Semaphore;

/// Minimum cost by OWASP (Password Storage Cheat Sheet, Argon2id): 19 MiB, two passes, one lane.
/// About 20 ms of one core.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Concurrent hashes: guesses must not take all cores and memory from orders.
const CONCURRENT: usize = 2;
/// Queue length; beyond it, 503.
const QUEUE_LENGTH: usize = 20;

/// Hashes and checks passwords. Clones share the queue.
#[derive(Clone, Debug)]
pub struct Passwords(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    argon: Argon2<'static>,
    /// The hash of a random password, checked for an unknown account so that the response takes as
    /// long.
    dummy: String,
    queue: Semaphore,
    working: Arc<Semaphore>,
}

impl Passwords {
    /// With the production cost.
    pub fn new() -> Result<Self, Unavailable> {
        Self::with_cost(MEMORY_KIB, PASSES)
    }

    /// With another cost, for tests.
    pub fn with_cost(memory_kib: u32, passes: u32) -> Result<Self, Unavailable> {
        let params = Params::new(memory_kib, passes, LANES, None).map_err(hashing_error)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = hash(&argon, &super::random::token()?)?;
        let queue = Semaphore::new(CONCURRENT + QUEUE_LENGTH);
        let working = Arc::new(Semaphore::new(CONCURRENT));
        Ok(Self(Arc::new(Inner { argon, dummy, queue, working })))
    }

    /// The salted hash of a password in the PHC string format.
    pub async fn hash(&self, password: String) -> Result<String, Unavailable> {
        let inner = self.0.clone();
        self.run_queued(move || hash(&inner.argon, &password)).await?
    }

    /// True if the password matches the hash. Takes the same time without a hash.
    pub async fn check(
        &self,
        password: String,
        hashed: Option<String>,
    ) -> Result<bool, Unavailable> {
        let inner = self.0.clone();
        self.run_queued(move || {
            let known = hashed.is_some();
            let hashed = hashed.unwrap_or_else(|| inner.dummy.clone());
            let parsed = PasswordHash::new(&hashed).map_err(hashing_error)?;
            let fits = inner.argon.verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(fits && known)
        })
        .await?
    }

    async fn run_queued<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        let busy = |_| Unavailable::new("sign-in", "too many passwords are being checked");
        let _permit = self.0.queue.try_acquire().map_err(busy)?;
        let turn = self.0.working.clone().acquire_owned().await.map_err(hashing_error)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held by the thread, also after the caller has gone.
            let _turn = turn;
            work()
        });
        done.await.map_err(hashing_error)
    }
}

fn hash(argon: &Argon2<'_>, password: &str) -> Result<String, Unavailable> {
    Ok(argon.hash_password(password.as_bytes()).map_err(hashing_error)?.to_string())
}

fn hashing_error(error: impl std::fmt::Display) -> Unavailable {
    Unavailable::new("sign-in", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_matches() {
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
    async fn the_hash_contains_its_cost() {
        let hashed = Passwords::new().unwrap().hash("basil tomato oven".into()).await.unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        let cheap = Passwords::with_cost(64, 1).unwrap();
        assert!(cheap.check("basil tomato oven".into(), Some(hashed)).await.unwrap());
    }

    #[tokio::test]
    async fn requests_beyond_the_queue_are_refused() {
        let passwords = Passwords::with_cost(64, 1).unwrap();
        let crowd = (0..100).map(|n| passwords.check(format!("guess {n}"), None));
        let answers = futures::future::join_all(crowd).await;
        let refused = answers.iter().filter(|answer| answer.is_err()).count();
        assert!(answers.iter().any(Result::is_ok) && refused > 0);
        assert!(!passwords.check("later".into(), None).await.unwrap());
    }
}
