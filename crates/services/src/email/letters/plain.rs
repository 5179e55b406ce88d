//! Renders a mail as plain text, with the same facts as the HTML.

use std::fmt::Write as _;

use domain::order::Order;

use super::{slip, words::Letter};

/// The plain text of a mail.
pub(super) fn render_text(order: &Order, letter: &Letter, foot: &[String], link: &str) -> String {
    let mut text = format!("{}\n", letter.heading);
    if let Some(said) = &letter.said {
        let _ = write!(text, "\n> {said}\n");
    }
    for paragraph in &letter.body {
        let _ = write!(text, "\n{paragraph}\n");
    }
    if !letter.facts.is_empty() {
        text.push('\n');
        for (name, value) in &letter.facts {
            let _ = writeln!(text, "{name}: {value}");
        }
    }
    let _ = write!(text, "\n{}:\n{link}\n\n", letter.action);
    write_slip(&mut text, order, letter);
    // The signature delimiter (RFC 3676 §4.3).
    text.push_str("\n-- \n");
    for line in foot {
        let _ = writeln!(text, "{line}");
    }
    text
}

fn write_slip(text: &mut String, order: &Order, letter: &Letter) {
    let _ = writeln!(text, "{}\n", letter.slip);
    for row in slip::rows(order) {
        let _ = writeln!(text, "  {} – {}", row.dish, row.amount);
        for detail in row.details {
            let _ = writeln!(text, "      {detail}");
        }
    }
    text.push('\n');
    for slip::Sum { label, amount, .. } in slip::sums(order, letter.total) {
        let _ = writeln!(text, "  {label}: {amount}");
    }
}
