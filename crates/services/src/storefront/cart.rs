//! The cart cookie. It carries neither prices nor secrets, and is parsed like any other input.

use std::iter;

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use domain::{
    cart::{CartLine, MAX_QUANTITY},
    ids::{OptionId, RestaurantId},
};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use uuid::Uuid;

use web::cookies::kept;

/// Maximum size of the value, in bytes: browsers store cookies of up to 4,096 bytes including the
/// name (RFC 6265 §6.1).
const MAX_COOKIE_BYTES: usize = 3_500;
/// What the part with the key begins with. To a release that knows no key it is an unreadable line.
const KEY: &str = "key.";

fn cookie_name(restaurant: &RestaurantId) -> String {
    format!("comanda_cart_{restaurant}")
}

/// The lines of a restaurant's cart; unreadable lines are skipped.
pub(super) fn read(jar: &CookieJar, restaurant: &RestaurantId) -> Vec<CartLine> {
    let cookie = jar.get(&cookie_name(restaurant));
    cookie
        .map(|cookie| cookie.value().split('~').filter_map(decode_line).collect())
        .unwrap_or_default()
}

/// The key of the order that the cart becomes, if it was shown at the checkout: it is the same in
/// every tab, so that a cart is ordered once.
pub(super) fn key(jar: &CookieJar, restaurant: &RestaurantId) -> Option<String> {
    let cookie = jar.get(&cookie_name(restaurant))?;
    let key = cookie.value().split('~').find_map(|part| part.strip_prefix(KEY))?;
    key.parse::<Uuid>().ok().map(|key| key.to_string())
}

/// The cart as a cookie; `None` if it does not fit. A changed cart has no key yet.
pub(super) fn write(restaurant: &RestaurantId, lines: &[CartLine]) -> Option<Cookie<'static>> {
    let parts: Vec<_> = lines.iter().map(encode_line).collect();
    fitting(restaurant, &parts)
}

/// The cart with the key of its order.
pub(super) fn write_with_key(
    restaurant: &RestaurantId,
    lines: &[CartLine],
    key: &str,
) -> Option<Cookie<'static>> {
    let parts: Vec<_> =
        iter::once(format!("{KEY}{key}")).chain(lines.iter().map(encode_line)).collect();
    fitting(restaurant, &parts)
}

fn fitting(restaurant: &RestaurantId, parts: &[String]) -> Option<Cookie<'static>> {
    let value = parts.join("~");
    (value.len() <= MAX_COOKIE_BYTES).then(|| build_cookie(restaurant, value))
}

/// The cookie that empties the cart.
pub(super) fn empty(restaurant: &RestaurantId) -> Cookie<'static> {
    Cookie::build(build_cookie(restaurant, String::new())).removal().build()
}

fn build_cookie(restaurant: &RestaurantId, value: String) -> Cookie<'static> {
    let cookie = Cookie::build((cookie_name(restaurant), value)).path("/").http_only(true);
    kept(cookie.same_site(SameSite::Lax).build())
}

/// Adds a line. The same dish with the same options and note increases the quantity.
pub(super) fn add(lines: &mut Vec<CartLine>, line: CartLine) {
    let same = |known: &&mut CartLine| {
        (&known.item_id, &known.options, &known.note) == (&line.item_id, &line.options, &line.note)
    };
    match lines.iter_mut().find(same) {
        Some(known) => {
            known.quantity = known.quantity.saturating_add(line.quantity).min(MAX_QUANTITY);
        }
        None => lines.push(line),
    }
}

/// `item*quantity*option+option*note`: slugs contain none of the separators.
fn encode_line(line: &CartLine) -> String {
    let options: Vec<_> = line.options.iter().map(OptionId::as_str).collect();
    let note = line.note.as_ref().map_or("", |note| note.as_str());
    let note = utf8_percent_encode(note, NON_ALPHANUMERIC);
    format!("{}*{}*{}*{note}", line.item_id, line.quantity, options.join("+"))
}

fn decode_line(text: &str) -> Option<CartLine> {
    let mut parts = text.splitn(4, '*');
    let (item, quantity, options, note) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let options = options.split('+').filter(|option| !option.is_empty());
    let note = percent_decode_str(note).decode_utf8().ok()?;
    Some(CartLine {
        item_id: item.parse().ok()?,
        quantity: quantity.parse().ok()?,
        options: options.map(|option| option.parse().ok()).collect::<Option<_>>()?,
        note: if note.is_empty() { None } else { Some(note.parse().ok()?) },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(item: &str, quantity: u32, options: &[&str], note: Option<&str>) -> CartLine {
        CartLine {
            item_id: item.parse().unwrap(),
            quantity,
            options: options.iter().map(|o| o.parse().unwrap()).collect(),
            note: note.map(|n| n.parse().unwrap()),
        }
    }

    #[test]
    fn lines_survive_the_cookie() {
        let napoli: RestaurantId = "bella-napoli".parse().unwrap();
        let lines = vec![
            line(
                "margherita",
                2,
                &["extra-cheese", "basil"],
                Some("ohne ~*+ Öl, bitte; \"danke\""),
            ),
            line("cola", 1, &[], None),
        ];
        let cookie = write(&napoli, &lines).unwrap();
        let jar = CookieJar::new().add(cookie);
        assert_eq!(read(&jar, &napoli), lines);
    }

    #[test]
    fn nonsense_is_an_empty_cart() {
        let napoli: RestaurantId = "bella-napoli".parse().unwrap();
        for value in ["", "x", "a*b*c", "a*-1**", "A*1**", "a*1*<b>*", "a*1**%FF"] {
            let jar = CookieJar::new().add(Cookie::new("comanda_cart_bella-napoli", value));
            assert_eq!(read(&jar, &napoli), [], "{value}");
        }
    }

    #[test]
    fn equal_lines_are_merged() {
        let mut lines = vec![line("cola", 98, &[], None)];
        add(&mut lines, line("cola", 5, &[], None));
        add(&mut lines, line("cola", 1, &[], Some("no ice")));
        assert_eq!(lines.iter().map(|l| l.quantity).collect::<Vec<_>>(), [99, 1]);
    }
}
