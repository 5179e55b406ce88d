//! Single values that make an order invalid.

use serde_json::{Value, json};

/// Name, JSON pointer, value, expected status, and text that the problem must contain.
pub(crate) type Case = (&'static str, &'static str, Value, u16, &'static str);

/// Invalid values of the cart.
pub(crate) fn in_the_cart() -> Vec<Case> {
    let margherita =
        |options: Value| json!([{"item_id": "margherita", "quantity": 1, "options": options}]);
    let calzone =
        |options: Value| json!([{"item_id": "calzone", "quantity": 1, "options": options}]);
    vec![
        ("unknown restaurant", "/restaurant_id", json!("nowhere"), 404, "restaurant"),
        ("not a restaurant", "/restaurant_id", json!("../etc"), 422, "restaurant_id"),
        ("no menu", "/restaurant_id", json!("no-menu-yet"), 422, "no menu yet"),
        ("unknown item", "/lines/0/item_id", json!("sushi"), 422, "lines[0].item_id"),
        ("not an item", "/lines/0/item_id", json!("<b>"), 422, "lines[0].item_id"),
        ("quantity 0", "/lines/0/quantity", json!(0), 422, "lines[0].quantity"),
        ("quantity -1", "/lines/0/quantity", json!(-1), 400, "lines[0].quantity"),
        ("quantity 10^9", "/lines/0/quantity", json!(1_000_000_000), 422, "lines[0].quantity"),
        (
            "quantity 10^12",
            "/lines/0/quantity",
            json!(1_000_000_000_000_i64),
            400,
            "lines[0].quantity",
        ),
        ("quantity 1.5", "/lines/0/quantity", json!(1.5), 400, "lines[0].quantity"),
        ("quantity as text", "/lines/0/quantity", json!("2"), 400, "lines[0].quantity"),
        ("empty cart", "/lines", json!([]), 422, "lines"),
        ("unknown option", "/lines", margherita(json!(["gold"])), 422, "lines[0].options[0]"),
        (
            "option twice",
            "/lines",
            margherita(json!(["basil", "basil"])),
            422,
            "lines[0].options[1]",
        ),
        ("missing option", "/lines", calzone(json!([])), 422, "lines[0].options"),
        ("too many options", "/lines", calzone(json!(["small", "large"])), 422, "lines[0].options"),
        (
            "foreign option",
            "/lines",
            calzone(json!(["small", "basil"])),
            422,
            "lines[0].options[1]",
        ),
        ("lines are null", "/lines", json!(null), 400, "lines"),
    ]
}

/// Invalid values of the customer.
pub(crate) fn of_the_customer() -> Vec<Case> {
    let delivery = |address: &str| json!({"kind": "delivery", "address": address});
    vec![
        ("e-mail without @", "/customer/email", json!("ada"), 422, "customer.email"),
        ("e-mail without a dot", "/customer/email", json!("ada@localhost"), 422, "customer.email"),
        ("e-mail empty", "/customer/email", json!(""), 422, "customer.email"),
        (
            "e-mail with CR/LF",
            "/customer/email",
            json!("a@b.it\r\nBcc: x@y.zz"),
            422,
            "customer.email",
        ),
        ("two e-mails", "/customer/email", json!("a@b.it,c@d.it"), 422, "customer.email"),
        ("name with CR/LF", "/customer/name", json!("Ada\r\nBcc: x@y.zz"), 422, "customer.name"),
        ("name empty", "/customer/name", json!("  "), 422, "customer.name"),
        ("name of 121", "/customer/name", json!("x".repeat(121)), 422, "customer.name"),
        ("name reversed", "/customer/name", json!("Ada\u{202e}"), 422, "customer.name"),
        (
            "address with LF",
            "/fulfilment",
            delivery("1 Via Roma\nBcc: x"),
            422,
            "fulfilment.address",
        ),
        ("address empty", "/fulfilment", delivery(""), 422, "fulfilment.address"),
        ("no address", "/fulfilment", json!({"kind": "delivery"}), 400, "address"),
        ("by drone", "/fulfilment", json!({"kind": "drone"}), 400, "drone"),
        ("negative tip", "/tip_minor", json!(-1), 422, "tip_minor"),
        ("huge tip", "/tip_minor", json!(i64::MAX), 422, "tip_minor"),
        ("a tip beyond numbers", "/tip_minor", json!(u64::MAX), 400, "tip_minor"),
        ("half a cent", "/tip_minor", json!(0.5), 400, "tip_minor"),
        ("card number", "/payment_method", json!("4242424242424242"), 422, "payment_method"),
        ("no method", "/payment_method", json!(""), 422, "payment_method"),
        ("cash", "/payment_method", json!("cash"), 422, "does not take cash"),
        ("customer is a list", "/customer", json!([]), 400, "customer"),
    ]
}
