//! comanda
fn main() {}
