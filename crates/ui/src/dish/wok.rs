//! Drawings of dishes from the wok and the steamer.

use super::{
    kind::Words,
    pen::{Pen, polar},
    toppings,
};

/// Strips of pepper and spring onion among pieces, in a dark pan.
pub(super) fn wok(pen: &mut Pen, words: &Words) {
    pen.themed("sh", "M4 51a44 44 0 1 0 88 0a44 44 0 1 0-88 0");
    pen.path("M2 42h12v12H2q-4-6 0-12M82 42h12q4 6 0 12H82z", "#2b2622");
    pen.disc(48, 48, 42, "#3a332d");
    pen.ring(48, 48, 39, 2, "#fff2");
    let (dark, light) = if words.say("tofu mapo chilli szechuan sichuan") {
        ("#8f2d18", "#b5442a")
    } else {
        ("#6d3b1c", "#8a5027")
    };
    pen.disc(48, 48, 34, dark);
    pen.disc(46, 46, 30, light);
    for fill in ["#d7402a", "#5f9440", "#f0b429"] {
        pen.scatter(6, 27, |pen, x, y, turn| {
            let (to_x, to_y) = polar(x, y, turn + 5, 11);
            pen.line(&format!("M{x} {y}L{to_x} {to_y}"), 4, fill);
        });
    }
    let mut pieces = toppings::of(words, 3);
    if pieces.is_empty() {
        pieces.push(toppings::meat);
    }
    toppings::lay(pen, &pieces, 6, 25);
    pen.scatter(8, 27, |pen, x, y, _| pen.ring(x, y, 2, 1, "#a9d18e"));
    pen.line("M24 34q8-12 22-14", 2, "#fff4");
}

/// Rice in a bowl, fried or not, with what is in it.
pub(super) fn rice(pen: &mut Pen, words: &Words) {
    let (dark, light) = if words.say("fried nasi jollof paella risotto saffron") {
        ("#d7a649", "#ecc56f")
    } else {
        ("#e9e0cc", "#fbf6ea")
    };
    pen.bowl(dark);
    pen.disc(48, 48, 33, light);
    let grains = ["#fff6dc", "#f8e2ad", "#d9a441"];
    for fill in grains {
        pen.scatter(26, 31, |pen, x, y, turn| {
            let (to_x, to_y) = polar(x, y, turn * 5, 3);
            pen.line(&format!("M{x} {y}L{to_x} {to_y}"), 2, fill);
        });
    }
    let mut pieces = toppings::of(words, 3);
    let egg = pieces.iter().position(|piece| std::ptr::fn_addr_eq(*piece, EGG));
    if let Some(egg) = egg {
        pieces.remove(egg);
    }
    toppings::lay(pen, &pieces, 4, 26);
    pen.scatter(9, 28, |pen, x, y, _| pen.ring(x, y, 2, 1, "#4f9a3f"));
    if egg.is_some() {
        toppings::egg(pen, 50, 44, 0);
    }
}

const EGG: toppings::Piece = toppings::egg;

/// A steamer with dumplings, open ones, or buns.
pub(super) fn steamer(pen: &mut Pen, words: &Words) {
    pen.themed("sh", "M4 51a44 44 0 1 0 88 0a44 44 0 1 0-88 0");
    pen.disc(48, 48, 43, "#a8713a");
    pen.ring(48, 48, 40, 2, "#c9945a");
    pen.disc(48, 48, 37, "#e3c187");
    pen.line("M20 32h56M14 44h68M14 56h68M22 68h52", 1, "#c59f60");
    if words.say("bao bun mantou buns") {
        for n in 0..3 {
            let (x, y) = polar(48, 48, n * 8 + 18, 19);
            bun(pen, x, y);
        }
    } else if words.say("siu shumai shaomai") {
        for n in 0..5 {
            let (x, y) = if n == 4 { (48, 48) } else { polar(48, 48, n * 6 + 3, 23) };
            open_dumpling(pen, x, y);
        }
    } else {
        for n in 0..7 {
            let (x, y) = if n == 6 { (48, 48) } else { polar(48, 48, n * 4 + 1, 24) };
            dumpling(pen, x, y);
        }
    }
}

/// A crescent with pleats.
pub(super) fn dumpling(pen: &mut Pen, x: i32, y: i32) {
    pen.oval(x, y + 2, 11, 9, "#0002");
    pen.oval(x, y, 11, 9, "#fbf3e0");
    pen.oval(x - 1, y - 1, 8, 6, "#fffdf6");
    pen.line(&format!("M{} {1}q3-5 6 0M{2} {1}q3-5 6 0", x - 6, y, x), 1, "#d8c39a");
}

fn open_dumpling(pen: &mut Pen, x: i32, y: i32) {
    pen.disc(x, y + 2, 11, "#0002");
    pen.disc(x, y, 11, "#f2cf6b");
    for n in 0..8 {
        let (from, to) = (polar(x, y, n * 3, 7), polar(x, y, n * 3, 10));
        pen.line(&format!("M{} {}L{} {}", from.0, from.1, to.0, to.1), 1, "#cfa540");
    }
    pen.disc(x, y, 7, "#e8b79a");
    pen.disc(x, y, 3, "#e5632f");
}

fn bun(pen: &mut Pen, x: i32, y: i32) {
    pen.disc(x, y + 2, 17, "#0002");
    pen.disc(x, y, 17, "#f4ead6");
    pen.disc(x - 1, y - 1, 14, "#fffdf6");
    for n in 0..8 {
        let (to_x, to_y) = polar(x, y, n * 3, 12);
        let (bend_x, bend_y) = polar(x, y, n * 3 + 3, 8);
        pen.line(&format!("M{x} {y}Q{bend_x} {bend_y} {to_x} {to_y}"), 1, "#ddcba6");
    }
    pen.disc(x, y, 3, "#b5442a");
}
