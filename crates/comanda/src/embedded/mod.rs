//! The stand-ins behind the feature `embedded`: a log, a payment gateway and a mail server that
//! need no installation. Both builds have the same interface here.

use std::net::SocketAddr;

#[cfg(not(feature = "embedded"))]
mod absent;
#[cfg(feature = "embedded")]
mod linked;

#[cfg(not(feature = "embedded"))]
pub(crate) use self::absent::{EXAMPLES, Embedded, NOTE, gateway, offered_command};
#[cfg(feature = "embedded")]
pub(crate) use self::linked::{EXAMPLES, Embedded, NOTE, gateway, offered_command};
use crate::config::Settings;

/// The addresses of the stand-ins; `None` where a real part is used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Addresses {
    pub(crate) log: Option<SocketAddr>,
    pub(crate) gateway: Option<SocketAddr>,
    pub(crate) mail: Option<SocketAddr>,
}

/// The faults of the test gateway, as a reminder to the person who started it with them.
pub(crate) fn describe_faults(settings: &Settings) -> Option<String> {
    let faults = settings.gateway_faults.to_string();
    (!faults.is_empty()).then(|| format!("The test gateway fails on purpose: {faults}"))
}
