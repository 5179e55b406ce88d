//! The services, as the register of the program lists them.

const REGISTER: &str = include_str!("../../src/register/mod.rs");

/// The name of every service, in the order of the register.
pub(crate) fn services() -> Vec<&'static str> {
    let lines = REGISTER.split("\nregister! {").nth(1).unwrap_or_default().lines();
    let names = lines.filter_map(|line| line.split("::SERVICE").next()?.split(": ").nth(1));
    names.filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')).collect()
}
