//! Drawings of dishes eaten by hand or from a board.

use super::{
    kind::Words,
    pen::{Pen, polar},
};

pub(super) fn burger(pen: &mut Pen, words: &Words) {
    pen.standing_shadow(36);
    pen.path("M14 72h68c0 9-6 13-14 13H28c-8 0-14-4-14-13", "#d08c3d");
    pen.path("M14 72h68l-1 4H15z", "#f3cf93");
    let patty = match () {
        () if words.say("chicken fish") => "#c98a3d",
        () if words.say("halloumi veggie bean falafel") => "#d8b36a",
        () => "#5b3220",
    };
    let double = words.say("smash double two");
    let (patties, thick): (&[i32], i32) = if double { (&[63, 54], 10) } else { (&[57], 16) };
    for y in patties {
        pen.path(&format!("M15 {y}h66q5 {0} 0 {thick}H15q-5-{0} 0-{thick}", thick / 2), patty);
        pen.path(&format!("M16 {y}h64l-8 5-6 0-8 6-8-6H24z"), "#f5b52e");
    }
    pen.path(
        "M10 50q6-7 13-2 6-6 12-1 7-6 13 0 7-5 13 0 6-5 12 1 7-4 13 2\
         -4 7-11 4-6 5-13 1-7 5-14 0-7 5-14 1-8 4-13-1-8 2-11-5",
        "#6fae45",
    );
    pen.path("M18 46h26v5H18zM50 46h28v5H50z", "#d8412a");
    pen.path("M12 44c0-20 14-32 36-32s36 12 36 32q0 3-4 3H16q-4 0-4-3", "#d9953f");
    pen.path("M17 40c1-15 13-24 29-24 8 0 10 3 0 5-14 3-23 9-25 19-1 3-4 3-4 0", "#ecb567");
    for n in 0..9 {
        let (x, y) = (26 + n * 17 % 46 + pen.roll(3), 20 + n * 5 % 17);
        pen.oval(x, y, 2, 1, "#fbe9c4");
    }
}

pub(super) fn wrap(pen: &mut Pen) {
    pen.standing_shadow(40);
    for (x, top) in [(10, 26), (50, 20)] {
        pen.path(&format!("M{x} {top}h38v56q-19 10-38 0z"), "#e6c088");
        pen.path(&format!("M{} {top}h10v40l-10 3z", x + 28), "#d4a868");
        pen.oval(x + 19, top, 19, 12, "#f6dfb4");
        pen.oval(x + 19, top, 15, 9, "#8a5a34");
        for n in 0..13 {
            let fill = pen.pick(&["#fbf6ea", "#d8412a", "#6fae45", "#4a2c40", "#f2c230"]);
            let (dx, dy) = polar(0, 0, n * 55 / 6, 2 + n * 9 / 13);
            pen.oval(x + 19 + dx, top + dy * 2 / 3, 3, 2, fill);
        }
        pen.oval(x + 8, top + 19, 2, 3, "#c8924e");
        pen.oval(x + 23, top + 17, 3, 2, "#c8924e");
        let band = top + 34;
        pen.path(&format!("M{x} {band}l38-10v32q-19 10-38 0z"), "#f4efe6");
        pen.line(&format!("M{0} {1}l34-9M{0} {2}l34-9", x + 2, band + 7, band + 14), 3, "#d9480f");
    }
}

pub(super) fn tacos(pen: &mut Pen) {
    pen.standing_shadow(40);
    for (x, y) in [(30, 74), (46, 78), (62, 82)] {
        pen.path(&format!("M{} {y}a26 30 0 0 1 52 0z", x - 24), "#c98b34");
        for n in 0..8 {
            let (dx, dy) = polar(0, 0, 13 + n * 3 / 2, 27);
            let fill = pen.pick(&["#6fae45", "#6fae45", "#d8412a", "#fbf6ea", "#8a4b2a"]);
            let r = 4 + pen.roll(2);
            pen.disc(x + 2 + dx, y + dy, r, fill);
        }
        pen.path(&format!("M{} {y}a24 27 0 0 1 48 0z", x - 20), "#f0bd55");
        pen.disc(x, y - 14, 1, "#c98b34");
        pen.disc(x + 9, y - 8, 1, "#c98b34");
        pen.disc(x - 8, y - 6, 1, "#c98b34");
    }
}

pub(super) fn fries(pen: &mut Pen) {
    pen.standing_shadow(26);
    for n in 0..11 {
        let (foot, lean) = (28 + n * 4, (n - 5) * 2 + pen.roll(5) - 2);
        let top = 12 + pen.roll(16) + (n - 5).abs() * 2;
        let fill = if n % 2 == 0 { "#f6cd5b" } else { "#e9b53c" };
        pen.line(&format!("M{foot} 60L{} {top}", foot + lean), 6, fill);
    }
    pen.path("M20 44q28 14 56 0l-7 40q-21 6-42 0z", "#d9480f");
    pen.path("M20 44q28 14 56 0l-1 6q-27 13-54 0z", "#f06a2e");
    pen.disc(48, 70, 8, "#fbe9d8");
    pen.line("M44 70h8M44 67h8", 2, "#d9480f");
}

pub(super) fn rings(pen: &mut Pen) {
    pen.china();
    for (x, y) in [(36, 40), (60, 38), (48, 60), (66, 58), (32, 60), (48, 44)] {
        pen.ring(x, y + 1, 10, 6, "#b06f24");
        pen.ring(x, y, 10, 5, "#e2a545");
        pen.ring(x - 1, y - 1, 10, 1, "#f5cf86");
    }
    pen.leaf(24, 74, 20, 10, "#5cab4a");
    pen.leaf(24, 74, 16, 8, "#3f8f3a");
}

pub(super) fn nigiri(pen: &mut Pen, words: &Words) {
    pen.board();
    let (dark, light) =
        if words.say("tuna") { ("#a8262f", "#cf5560") } else { ("#ef7d50", "#fbb795") };
    for (x, y) in [(28, 38), (66, 38), (32, 62), (70, 62)] {
        pen.oval(x, y + 4, 16, 8, "#e9e2d2");
        pen.oval(x, y + 3, 16, 7, "#fffdf6");
        pen.path(&format!("M{} {y}q16-13 34 0 2 5-2 5-15-8-30 0-4 0-2-5", x - 17), dark);
        let stripe = |x: i32| format!("M{x} {}l4 5", y - 4);
        for dx in [-9, -2, 5] {
            pen.line(&stripe(x + dx), 2, light);
        }
    }
}

pub(super) fn maki(pen: &mut Pen) {
    pen.board();
    let hearts = ["#ef7d50", "#8fb84a", "#b9303a", "#f2c230"];
    for n in 0..6 {
        let (x, y) = (20 + n % 3 * 27, 36 + n / 3 * 24 - n % 3);
        pen.disc(x, y + 2, 11, "#0003");
        pen.disc(x, y, 11, "#24352c");
        pen.disc(x, y, 9, "#fffdf6");
        let heart = pen.pick(&hearts);
        pen.disc(x, y, 4, heart);
        pen.disc(x - 1, y - 1, 2, "#fff6");
    }
}

pub(super) fn bread(pen: &mut Pen) {
    pen.board();
    pen.path("M14 52c0-16 14-24 34-24s34 8 34 24-14 18-34 18-34-2-34-18", "#b8742f");
    pen.path("M17 49c0-13 13-19 31-19s31 6 31 19-13 15-31 15-31-2-31-15", "#dca253");
    pen.line("M30 36l8 20M44 34l8 22M58 35l8 20", 4, "#f5d9a3");
    pen.scatter(6, 16, |pen, x, y, turn| pen.leaf(x, y, turn, 5, "#6b8f3f"));
}

pub(super) fn calzone(pen: &mut Pen) {
    pen.china();
    pen.path("M12 60c0-24 16-40 38-40s36 16 36 36q-6 8-16 8H22q-8 0-10-4", "#c08340");
    pen.path("M17 56c1-20 14-32 33-32s31 12 31 29q-6 5-14 5H27q-7 0-10-2", "#e5b368");
    for n in 0..8 {
        pen.line(&format!("M{} 64v-5", 18 + n * 9), 3, "#a96f30");
    }
    pen.scatter(6, 15, |pen, x, y, _| pen.disc(x, y - 6, 2, "#b8762f"));
    pen.leaf(34, 72, 22, 11, "#5cab4a");
    pen.disc(62, 72, 5, "#d33a22");
    pen.disc(61, 71, 2, "#ec6a4a");
}
