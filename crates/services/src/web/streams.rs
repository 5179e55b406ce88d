//! How many event streams one address may hold open. Each costs a connection and memory for as long
//! as it lasts, so the count is of what is open now, not of what was asked for in a minute.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{problem::Problem, source::Source};

/// Seconds after which a page that was refused may try again.
const AGAIN_AFTER_S: u32 = 30;

type Open = Arc<Mutex<HashMap<Source, usize>>>;

/// The streams that are open, by address. Those of this machine are not counted: behind a proxy
/// that nobody has named, everybody comes from there.
#[derive(Clone, Debug)]
pub struct Streams {
    most: usize,
    open: Open,
}

/// A stream's place; given back when it is dropped.
#[derive(Debug)]
pub struct OpenStream(Option<(Source, Open)>);

impl Streams {
    /// At most so many from one address; 0 for any number.
    pub fn at_most(most: u32) -> Self {
        Self { most: usize::try_from(most).unwrap_or(usize::MAX), open: Arc::default() }
    }

    /// Takes a place, or says to come again later.
    pub fn open(&self, address: impl Into<Source>) -> Result<OpenStream, Problem> {
        let address = address.into();
        if self.most == 0 || address.is_this_machine() {
            return Ok(OpenStream(None));
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let here = open.entry(address).or_default();
        if *here >= self.most {
            return Err(Problem::too_many(AGAIN_AFTER_S));
        }
        *here += 1;
        drop(open);
        Ok(OpenStream(Some((address, self.open.clone()))))
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let Some((address, open)) = &self.0 else { return };
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = open.get_mut(address) {
            *here -= 1;
            if *here == 0 {
                open.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn a_place_is_taken_and_given_back() {
        let streams = Streams::at_most(2);
        let (ada, bob) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = streams.open(ada).unwrap();
        let _second = streams.open(ada).unwrap();
        assert_eq!(streams.open(ada).unwrap_err().kind, "too-many-requests");
        assert!(streams.open(bob).is_ok(), "others are not meant");
        drop(first);
        assert!(streams.open(ada).is_ok());
        let eve = |n: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, n, 0, 0, 1]);
        let held: Vec<_> = (0..9).filter_map(|n| streams.open(eve(n)).ok()).collect();
        assert_eq!(held.len(), 2, "a network of IPv6 is one");
        drop(held);
        assert_eq!(streams.open.lock().unwrap().len(), 1, "nobody is remembered for nothing");
    }

    #[test]
    fn this_machine_is_not_counted() {
        let streams = Streams::at_most(1);
        for address in [
            IpAddr::from([127, 0, 0, 1]),
            "::1".parse().unwrap(),
            "::ffff:127.0.0.1".parse().unwrap(),
        ] {
            let _open = streams.open(address).unwrap();
            assert!(streams.open(address).is_ok());
        }
        let any = Streams::at_most(0);
        let _open = any.open(IpAddr::from([192, 0, 2, 1])).unwrap();
        assert!(any.open(IpAddr::from([192, 0, 2, 1])).is_ok());
    }
}
