//! Drawings of slices, scoops and puddings.

use super::{kind::Words, pen::Pen};

fn small_plate(pen: &mut Pen) {
    pen.themed("sh", "M4 80a44 9 0 1 0 88 0a44 9 0 1 0-88 0");
    pen.themed("w1", "M4 76a44 10 0 1 0 88 0a44 10 0 1 0-88 0");
    pen.themed("w2", "M18 74a30 6 0 1 0 60 0a30 6 0 1 0-60 0");
}

fn berry(pen: &mut Pen, x: i32, y: i32) {
    pen.disc(x, y, 5, "#b8213f");
    pen.disc(x - 1, y - 2, 2, "#e2506a");
    pen.leaf(x, y - 4, 20, 6, "#5cab4a");
}

pub(super) fn lasagne(pen: &mut Pen) {
    small_plate(pen);
    pen.path("M20 34h56v41H20z", "#d99a4a");
    for n in 0..4 {
        let y = 68 - n * 10;
        pen.path(&format!("M20 {y}h56v7H20z"), "#9c3a1f");
        pen.path(&format!("M18 {y}q8 6 15 0t15 0 15 0 15 0v-4H18z"), "#f3d489");
    }
    pen.path("M18 34l10-12h40l10 12z", "#eab95b");
    pen.path("M18 34h60q-2 8-6 2-4 12-9 1-5 9-10 0-6 11-11 0-5 8-9-1-5 9-9-1-5 3-6-1", "#f9e3a6");
    pen.scatter(7, 9, |pen, x, y, _| pen.oval(x, y - 20, 3, 1, "#c9812f"));
    pen.leaf(48, 27, 20, 11, "#3f8f3a");
    pen.leaf(48, 27, 15, 9, "#5cab4a");
}

/// Cream, sponge and edge of a slice.
fn flavours(words: &Words) -> (&'static str, &'static str, &'static str) {
    if words.say("brownie chocolate schoko") {
        ("#5a3422", "#3f2317", "#7a4a30")
    } else if words.say("tiramisu coffee mocha") {
        ("#fbeed2", "#b98552", "#7a4a2c")
    } else if words.say("cheesecake lemon") {
        ("#fdf0c4", "#f7dd93", "#c98b44")
    } else {
        ("#fdeef0", "#f0c88a", "#d9a55e")
    }
}

pub(super) fn cake(pen: &mut Pen, words: &Words) {
    small_plate(pen);
    let (cream, sponge, edge) = flavours(words);
    pen.path("M16 46L70 30q12 4 12 16z", cream);
    pen.path("M16 46h66v27q-33 4-66 0z", sponge);
    pen.path("M16 46h66v6H16zM16 59h66v4H16z", cream);
    pen.path("M16 69q33 4 66 0v5q-33 4-66 0z", edge);
    pen.path("M16 46h66q-2 10-7 4-4 8-9 1-5 10-11-1-5 7-10 0-6 8-11 0-5 6-9-1-7 5-9-3", cream);
    if words.say("tiramisu brownie chocolate") {
        pen.path("M16 46L70 30q12 4 12 16z", "#6b3f26");
        pen.scatter(8, 7, |pen, x, y, _| pen.disc(x + 14, y - 9, 1, "#9a6a48"));
    } else {
        berry(pen, 58, 36);
        berry(pen, 68, 38);
    }
}

pub(super) fn pudding(pen: &mut Pen, words: &Words) {
    small_plate(pen);
    let sauce = if words.say("caramel flan brulee") { "#a8601c" } else { "#b8213f" };
    pen.path("M16 74q14-8 32-6t32 5q-6 6-32 6t-32-5", sauce);
    pen.path("M24 72l6-36q18-9 36 0l6 36q-24 8-48 0", "#fdf4e3");
    pen.path("M60 33l6 3 6 36q-6 3-12 3 4-20 0-42", "#f0dfc2");
    pen.path("M30 36q18-9 36 0 1 5-2 9-3 8-7 1-4 12-9 0-4 9-9-1-5 6-8-2-2-4-1-7", sauce);
    berry(pen, 48, 30);
    berry(pen, 78, 74);
}

pub(super) fn ice_cream(pen: &mut Pen, words: &Words) {
    let mut scoops: Vec<(&str, &str)> = Vec::new();
    for (known, dark, light) in [
        ("pistachio mint", "#9fbf6a", "#bfd98c"),
        ("lemon mango", "#f2d95c", "#faeb96"),
        ("chocolate", "#5f3823", "#855536"),
        ("strawberry raspberry berry", "#e2788f", "#f2a3b4"),
        ("vanilla cream", "#f3e2b3", "#fdf3d6"),
    ] {
        if words.say(known) {
            scoops.push((dark, light));
        }
    }
    for more in [("#f3e2b3", "#fdf3d6"), ("#e2788f", "#f2a3b4"), ("#5f3823", "#855536")] {
        if scoops.len() < 3 && !scoops.contains(&more) {
            scoops.push(more);
        }
    }
    pen.standing_shadow(24);
    for ((dark, light), (x, y)) in scoops.iter().take(3).zip([(32, 40), (64, 40), (48, 26)]) {
        pen.disc(x, y, 17, dark);
        pen.disc(x - 2, y - 3, 12, light);
    }
    pen.line("M70 8L58 34", 5, "#d9a55e");
    pen.path("M14 46h68l-10 28q-4 8-12 10H36q-8-2-12-10z", "#8fb9c9");
    pen.path("M14 46h68l-2 6H16z", "#b9d9e4");
    pen.path("M22 56h8l6 24q-6-2-8-8z", "#b9d9e4");
}
