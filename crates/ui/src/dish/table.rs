//! Drawings of dishes seen from above, with or without a plate.

use super::{
    kind::Words,
    pen::{Pen, polar},
    toppings::{self, Piece},
};

pub(super) fn pizza(pen: &mut Pen, words: &Words) {
    pen.themed("sh", "M5 51a43 43 0 1 0 86 0a43 43 0 1 0-86 0");
    pen.disc(48, 48, 42, "#c98b44");
    pen.disc(48, 47, 40, "#e5b368");
    for n in 0..7 {
        let (direction, size) = (n * 24 / 7 + pen.roll(3), 2 + pen.roll(2));
        let (x, y) = polar(48, 48, direction, 38);
        pen.disc(x, y, size, "#b8762f");
    }
    let white = words.say("quattro formaggi bianca cheeses");
    pen.disc(48, 48, 34, if white { "#eec573" } else { "#c53f24" });
    pen.disc(48, 48, 32, if white { "#f6dc9a" } else { "#d95635" });
    pen.scatter(8, 27, |pen, x, y, _| {
        let r = 5 + pen.roll(3);
        pen.disc(x, y, r, "#fbeecb");
        pen.disc(x - 1, y - 1, r - 3, "#fffaf0");
    });
    let mut pieces = toppings::of(words, 3);
    // Tomatoes are in the sauce already.
    pieces.retain(|piece| !std::ptr::fn_addr_eq(*piece, toppings::tomato as Piece));
    if pieces.is_empty() {
        pieces.push(if white { toppings::olive } else { toppings::basil });
    }
    let each = if pieces.len() == 1 { 7 } else { 5 };
    toppings::lay(pen, &pieces, each, 27);
    pen.line("M48 12v72M17 30l62 36M17 66l62-36", 1, "#7a3d1455");
}

pub(super) fn pasta(pen: &mut Pen, words: &Words) {
    pen.china();
    if words.say("gnocchi ravioli tortellini") {
        pillows(pen);
    } else {
        strands(pen);
    }
    let (dark, light) = if words.say("ragu bolognese meat beef lamb") {
        ("#87391f", "#a8502d")
    } else if words.say("pesto") {
        ("#4d7f33", "#6a9c45")
    } else if words.say("carbonara cream alfredo cheese") {
        ("#f3e3b8", "#fff6dc")
    } else {
        ("#c03a22", "#dd5b3b")
    };
    pen.path("M34 46c0-9 8-14 16-13s14 7 13 14-6 14-15 13-14-6-14-14", dark);
    pen.path("M38 45c0-6 6-10 12-9s9 5 8 10-5 8-10 8-10-4-10-9", light);
    pen.scatter(6, 13, |pen, x, y, turn| pen.leaf(x, y, turn, 5, "#fdf1d0"));
    toppings::basil(pen, 48, 46, 5);
    toppings::basil(pen, 46, 48, 16);
}

fn strands(pen: &mut Pen) {
    pen.disc(48, 48, 31, "#d9a441");
    for n in 0..11 {
        let (rx, ry) = (12 + pen.roll(12), 10 + pen.roll(12));
        let (x, y) = polar(48, 48, n * 5, 5 + pen.roll(4));
        let d =
            format!("M{} {y}a{rx} {ry} 0 1 0 {} 0a{rx} {ry} 0 1 0-{} 0", x - rx, 2 * rx, 2 * rx);
        pen.line(&d, 3, if n % 2 == 0 { "#f4d27c" } else { "#e8bb58" });
    }
}

/// Small soft pieces, side by side.
fn pillows(pen: &mut Pen) {
    pen.scatter(22, 29, |pen, x, y, _| {
        pen.oval(x, y + 1, 7, 5, "#cf9f45");
        pen.oval(x, y, 7, 5, "#f6dc95");
        pen.line(&format!("M{} {1}h6M{2} {1}h1", x - 4, y - 1, x), 1, "#dcb765");
    });
}

pub(super) fn plate(pen: &mut Pen, words: &Words) {
    pen.china();
    pen.scatter(8, 14, |pen, x, y, turn| pen.leaf(x - 14, y - 8, turn, 11, "#6ba248"));
    let (dark, light) = if words.say("fish salmon cod trout tuna") {
        ("#e0764f", "#f29b78")
    } else if words.say("chicken schnitzel turkey") {
        ("#b97a32", "#dca352")
    } else {
        ("#5f3420", "#85502f")
    };
    pen.path("M38 56c2-14 16-22 28-18s14 18 6 26-20 10-28 6-7-8-6-14", dark);
    pen.path("M42 56c2-11 13-17 22-14s11 13 5 19-16 7-22 5-6-6-5-10", light);
    pen.line("M48 50l8 12M56 46l8 12", 2, dark);
    let mut pieces = toppings::of(words, 2);
    pieces.push(toppings::tomato);
    for (n, (x, y)) in [(30, 58), (36, 68), (28, 66)].iter().enumerate() {
        if let Some(piece) = pieces.get(n % pieces.len()) {
            piece(pen, *x, *y, 3);
        }
    }
}
