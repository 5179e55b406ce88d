//! Drawings of dishes in a bowl, seen from above.

use super::{
    kind::Words,
    pen::{Pen, polar},
    toppings::{self, Piece},
    wok,
};

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
    if words.say("wonton dumpling tortellini") {
        for direction in [2, 10, 18] {
            let (x, y) = polar(48, 48, direction, 17);
            wok::dumpling(pen, x, y);
        }
        pen.scatter(9, 27, |pen, x, y, _| pen.ring(x, y, 2, 1, "#4f9a3f"));
        return;
    }
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
