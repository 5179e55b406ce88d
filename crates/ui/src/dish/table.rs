//! Dishes seen from above: on a plate, in a bowl, or lying there by themselves.

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
    pen.disc(48, 48, 31, "#d9a441");
    for n in 0..11 {
        let (rx, ry) = (12 + pen.roll(12), 10 + pen.roll(12));
        let (x, y) = polar(48, 48, n * 5, 5 + pen.roll(4));
        let d =
            format!("M{} {y}a{rx} {ry} 0 1 0 {} 0a{rx} {ry} 0 1 0-{} 0", x - rx, 2 * rx, 2 * rx);
        pen.line(&d, 3, if n % 2 == 0 { "#f4d27c" } else { "#e8bb58" });
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

pub(super) fn noodles(pen: &mut Pen, words: &Words) {
    let dry = words.say("dan pad fried chow");
    pen.bowl(if dry { "#b8793f" } else { "#d19a4f" });
    for n in 0..7 {
        let y: i32 = 27 + n * 6;
        let half = (33 * 33 - (y - 48).pow(2)).isqrt() - 3;
        let d = format!("M{} {y}q{1}-9 {half} 0t{half} 0", 48 - half, half / 2);
        pen.line(&d, 3, if n % 2 == 0 { "#f7deA0" } else { "#ecc878" });
    }
    let pieces = toppings::of(words, 4);
    for (n, piece) in pieces.iter().filter(|p| !same(**p, toppings::egg)).enumerate() {
        let direction = i32::try_from(n).unwrap_or(0) * 6;
        for away in [15, 23] {
            let (x, y) = polar(48, 48, direction + away / 8, away);
            piece(pen, x, y, direction + away);
        }
    }
    if pieces.iter().any(|p| same(*p, toppings::egg)) {
        toppings::egg(pen, 35, 56, 0);
        toppings::egg(pen, 62, 60, 0);
    }
    pen.scatter(9, 26, |pen, x, y, _| pen.ring(x, y, 2, 1, "#4f9a3f"));
    pen.line("M64 4L88 52M71 2L93 47", 3, "#8a4b2a");
}

fn same(a: Piece, b: Piece) -> bool {
    std::ptr::fn_addr_eq(a, b)
}

pub(super) fn soup(pen: &mut Pen, words: &Words) {
    let (dark, light) = if words.say("minestrone tomato gazpacho borscht hot") {
        ("#b8482a", "#cf6038")
    } else if words.say("pea spinach broccoli green") {
        ("#6d8f3a", "#86a84c")
    } else if words.say("pumpkin carrot lentil") {
        ("#d9822b", "#e89a45")
    } else {
        ("#c79a55", "#d9b070")
    };
    pen.bowl(dark);
    pen.disc(48, 48, 34, light);
    pen.line("M28 50c6-14 22-18 30-9s0 20-10 16-4-14 4-12", 2, "#fff4dc");
    let mut pieces = toppings::of(words, 3);
    pieces.push(toppings::corn);
    toppings::lay(pen, &pieces, 4, 28);
    toppings::basil(pen, 50, 46, 2);
    toppings::basil(pen, 47, 47, 13);
}

pub(super) fn curry(pen: &mut Pen, words: &Words) {
    let (dark, light) = if words.say("green spinach palak saag") {
        ("#6f8f2f", "#8fae4a")
    } else if words.say("red vindaloo tikka masala") {
        ("#b8401f", "#d1602f")
    } else {
        ("#c98a1c", "#e3a836")
    };
    pen.bowl(dark);
    pen.disc(48, 48, 33, light);
    pen.path("M26 22c14-10 34-10 46 2-8 8-14 14-24 22S26 66 18 64c-8-14-4-32 8-42", "#fbf6ea");
    pen.path("M29 25c12-8 28-8 38 1-8 7-13 12-22 20S26 61 20 59c-5-12-2-26 9-34", "#fffdf6");
    for n in 0..9 {
        let (x, y) = (24 + n * 4 % 30 + pen.roll(4), 26 + n * 7 % 26);
        pen.line(&format!("M{x} {y}l2 1"), 1, "#ddd0b4");
    }
    let mut pieces = toppings::of(words, 3);
    if pieces.is_empty() {
        pieces.push(toppings::meat);
    }
    for (n, (x, y)) in
        [(64, 44), (54, 60), (68, 58), (44, 72), (58, 73), (74, 46)].iter().enumerate()
    {
        if let Some(piece) = pieces.get(n % pieces.len()) {
            piece(pen, *x, *y, pen_turn(n));
        }
    }
    pen.line("M50 54c8 2 12 8 10 14", 2, "#fff4dc");
    toppings::basil(pen, 47, 48, 20);
}

fn pen_turn(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(0) * 7
}

pub(super) fn bowl(pen: &mut Pen, words: &Words) {
    pen.bowl("#efe4cc");
    pen.disc(48, 48, 34, "#fbf6ea");
    let mut pieces = toppings::of(words, 5);
    for filler in [toppings::cucumber, toppings::corn, toppings::radish, toppings::basil] {
        if pieces.len() < 5 {
            pieces.push(filler);
        }
    }
    let beds = ["#f3b79a", "#dfe8b5", "#f6e3a1", "#f4d3da", "#e3d3b8"];
    let turn = pen.roll(24);
    for (n, (piece, bed)) in pieces.iter().zip(beds).enumerate() {
        let from = turn + i32::try_from(n * 24 / 5).unwrap_or(0);
        let (start, end) = (polar(48, 48, from, 34), polar(48, 48, from + 4, 34));
        let arc = format!("M48 48L{} {}A34 34 0 0 1 {} {}z", start.0, start.1, end.0, end.1);
        pen.path(&arc, bed);
        for (step, away) in [(1, 26), (2, 17), (3, 27)] {
            let (x, y) = polar(48, 48, from + step, away);
            piece(pen, x, y, from + step * 5);
        }
    }
    pen.disc(48, 48, 8, "#fffdf6");
    pen.scatter(7, 7, |pen, x, y, _| pen.disc(x, y, 1, "#3a3a34"));
}

pub(super) fn salad(pen: &mut Pen, words: &Words) {
    pen.bowl("#47702f");
    let greens = ["#5f9440", "#7fb354", "#4f8438", "#a3cc6a", "#6ba248"];
    for fill in greens {
        pen.scatter(7, 29, |pen, x, y, turn| pen.leaf(x, y, turn, 14, fill));
    }
    let mut pieces = toppings::of(words, 4);
    if pieces.is_empty() {
        pieces = vec![toppings::tomato, toppings::cucumber];
    }
    let each = if pieces.len() > 2 { 4 } else { 5 };
    toppings::lay(pen, &pieces, each, 27);
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
