//! Drawings of street food: corn, crisps, sticks and folded flat breads.

use super::pen::{Pen, polar};

/// Two charred wedges on a plate.
pub(super) fn quesadilla(pen: &mut Pen) {
    pen.china();
    for (x, y, side) in [(30, 62, 1), (66, 62, -1)] {
        let d = format!("M{x} {y}q{0}-34 {1}-40 {2} 14 {0} 40z", side * 4, side * 14, side * 18);
        pen.path(&d, "#c98b34");
    }
    pen.path("M14 66q2-32 32-44 2 24-2 46-16 6-30-2", "#f0c572");
    pen.path("M82 66q-2-32-32-44-2 24 2 46 16 6 30-2", "#e8b55c");
    pen.line("M16 68q14 6 28 1M52 69q14 5 28-1", 4, "#f9e08c");
    pen.line("M22 60l8-14M30 62l8-18M60 44l8 18M68 46l6 14", 2, "#a8682a");
    pen.disc(48, 74, 8, "#7da843");
    pen.disc(47, 73, 6, "#a5c765");
    pen.leaf(48, 74, 20, 10, "#3f8f3a");
}

/// Crisps around a bowl of guacamole.
pub(super) fn nachos(pen: &mut Pen) {
    pen.board();
    for n in 0..14 {
        let (x, y) = polar(48, 50, n * 24 / 7, 27 + pen.roll(6));
        let corner = |turn: i32| {
            let (x, y) = polar(x, y, n * 3 + turn, 11);
            format!("{x} {y}")
        };
        let d = format!("M{}L{}L{}z", corner(0), corner(8), corner(16));
        pen.path(&d, if n % 2 == 0 { "#f2b84b" } else { "#e09f35" });
        pen.disc(x + 1, y, 1, "#b8742f");
    }
    pen.disc(48, 51, 20, "#0003");
    pen.disc(48, 49, 20, "#41617f");
    pen.disc(48, 49, 17, "#7da843");
    pen.path("M36 48c2-9 10-12 17-9s10 10 5 15-14 5-18 2-5-4-4-8", "#a5c765");
    pen.scatter(6, 12, |pen, x, y, _| pen.disc(x, y, 2, "#d8412a"));
    pen.scatter(5, 11, |pen, x, y, turn| pen.leaf(x, y, turn, 5, "#3f8f3a"));
}

/// Two cobs on sticks, creamed and dusted.
pub(super) fn corn_cobs(pen: &mut Pen) {
    pen.china();
    for (x, y) in [(20, 34), (26, 58)] {
        pen.line(&format!("M{} {}l16-4", x + 46, y - 4), 5, "#b98552");
        pen.path(&format!("M{x} {y}q4-12 22-14t28 6q4 6-2 12-14 10-30 8t-18-12"), "#d99a1c");
        for n in 0..18 {
            let (cx, cy) = (x + 6 + n % 6 * 8, y - 7 + n / 6 * 6 - n % 6);
            pen.oval(cx, cy, 4, 3, if n % 5 == 2 { "#b8742f" } else { "#f7cf4a" });
        }
        pen.line(&format!("M{} {}q6 6 12 0t12-1 12-3", x + 6, y - 2), 3, "#fffaf0");
    }
    pen.scatter(12, 24, |pen, x, y, _| pen.disc(x, y, 1, "#c92f1e"));
    pen.leaf(26, 78, 22, 10, "#3f8f3a");
    pen.leaf(26, 78, 2, 9, "#5cab4a");
}

/// Ridged sticks in a paper cup, with chocolate beside them.
pub(super) fn churros(pen: &mut Pen) {
    pen.standing_shadow(34);
    for n in 0..6 {
        let (foot, lean) = (24 + n * 6, (n - 3) * 4 + pen.roll(3));
        let top = 12 + pen.roll(12) + (n - 3).abs() * 2;
        pen.line(&format!("M{foot} 62L{} {top}", foot + lean), 8, "#a8642a");
        pen.line(&format!("M{} 62L{} {top}", foot - 1, foot + lean - 1), 4, "#d08c46");
        pen.line(&format!("M{foot} 62L{} {top}", foot + lean), 1, "#f3d3a0");
    }
    pen.path("M14 46q24 10 48 0l-6 38q-18 5-36 0z", "#f4efe6");
    pen.line("M22 52l2 31M34 54l1 31M46 54l-1 31M55 52l-3 31", 2, "#d9480f");
    pen.oval(74, 68, 19, 7, "#c9dde3");
    pen.path("M55 68h38q-1 17-12 18H67q-11-1-12-18", "#8fb9c9");
    pen.oval(74, 68, 16, 5, "#4a2a18");
    pen.oval(70, 67, 6, 1, "#7a4a2c");
}
