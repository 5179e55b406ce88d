//! Limit of open event streams per address. A stream occupies a connection and memory while it is
//! open, so open streams are counted instead of requests per minute.

use std::{collections::HashMap, sync::Arc};

use parking_lot::{Mutex, MutexGuard};

use super::{client_address::ClientAddress, problem::Problem};

/// `Retry-After` of a refused stream, in seconds.
const RETRY_AFTER_S: u32 = 30;

type Open = Arc<Mutex<Counts>>;

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    of: HashMap<ClientAddress, usize>,
}

/// Open streams of customers, by address. Loopback counts only in the total: behind an undeclared
/// local proxy, every request comes from there.
#[derive(Clone, Debug)]
pub struct Streams {
    of_address: usize,
    all: usize,
    open: Open,
}

/// The permit of an open stream, released on drop.
#[derive(Debug)]
pub struct OpenStream {
    of: Option<ClientAddress>,
    open: Open,
}

impl Streams {
    /// Allows `of_address` streams from one address (0 for any number) and `all` in total, which
    /// leaves connections for requests.
    pub fn at_most(of_address: u32, all: usize) -> Self {
        let of_address = usize::try_from(of_address).unwrap_or(usize::MAX);
        Self { of_address, all, open: Arc::default() }
    }

    /// Takes a permit, or refuses the stream.
    pub fn open(&self, address: impl Into<ClientAddress>) -> Result<OpenStream, Problem> {
        let address = address.into();
        let of = Some(address).filter(|from| self.of_address > 0 && !from.is_this_machine());
        let mut open = lock(&self.open);
        let theirs = of.and_then(|of| open.of.get(&of)).copied().unwrap_or(0);
        if open.all >= self.all || (of.is_some() && theirs >= self.of_address) {
            return Err(Problem::too_many(RETRY_AFTER_S));
        }
        open.all += 1;
        if let Some(of) = of {
            *open.of.entry(of).or_default() += 1;
        }
        drop(open);
        Ok(OpenStream { of, open: self.open.clone() })
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        open.all -= 1;
        let Some(of) = &self.of else { return };
        if let Some(here) = open.of.get_mut(of) {
            *here -= 1;
            if *here == 0 {
                open.of.remove(of);
            }
        }
    }
}

fn lock(open: &Open) -> MutexGuard<'_, Counts> {
    open.lock()
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn permits_are_taken_and_released() {
        let streams = Streams::at_most(2, 9);
        let (ada, bob) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let first = streams.open(ada).unwrap();
        let _second = streams.open(ada).unwrap();
        assert_eq!(streams.open(ada).unwrap_err().kind, "too-many-requests");
        assert!(streams.open(bob).is_ok(), "another address has its own limit");
        drop(first);
        assert!(streams.open(ada).is_ok());
        let eve = |n: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, n, 0, 0, 1]);
        let held: Vec<_> = (0..9).filter_map(|n| streams.open(eve(n)).ok()).collect();
        assert_eq!(held.len(), 2, "a network of IPv6 is one");
        drop(held);
        assert_eq!(streams.open.lock().of.len(), 1, "addresses without streams are removed");
    }

    #[test]
    fn this_machine_is_not_counted() {
        let streams = Streams::at_most(1, 99);
        for address in [
            IpAddr::from([127, 0, 0, 1]),
            "::1".parse().unwrap(),
            "::ffff:127.0.0.1".parse().unwrap(),
        ] {
            let _open = streams.open(address).unwrap();
            assert!(streams.open(address).is_ok());
        }
        let any = Streams::at_most(0, 99);
        let _open = any.open(IpAddr::from([192, 0, 2, 1])).unwrap();
        assert!(any.open(IpAddr::from([192, 0, 2, 1])).is_ok());
    }

    #[test]
    fn the_total_is_limited() {
        let streams = Streams::at_most(2, 3);
        let address = |n| IpAddr::from([192, 0, 2, n]);
        let mut open: Vec<_> = (1..=3).map(|n| streams.open(address(n)).unwrap()).collect();
        assert!(streams.open(address(4)).is_err());
        assert!(streams.open(IpAddr::from([127, 0, 0, 1])).is_err(), "this machine counts here");
        open.pop();
        assert!(streams.open(address(4)).is_ok());
    }
}
