//! Drawings of drinks.

use super::{kind::Words, pen::Pen};

fn saucer_and_cup(pen: &mut Pen, inside: &str) {
    pen.china();
    pen.themed("w1", "M70 40h9a8 8 0 0 1 0 16h-9z");
    pen.themed("w2", "M72 44h6a4 4 0 0 1 0 8h-6z");
    pen.themed("sh", "M20 50a27 27 0 1 0 54 0a27 27 0 1 0-54 0");
    pen.themed("w1", "M20 47a27 27 0 1 0 54 0a27 27 0 1 0-54 0");
    pen.disc(47, 47, 23, inside);
}

pub(super) fn coffee(pen: &mut Pen, words: &Words) {
    saucer_and_cup(pen, "#4a2a18");
    if words.say("latte cappuccino flat macchiato milk mocha") {
        pen.disc(47, 47, 21, "#a8703f");
        pen.path("M47 62C34 52 32 44 37 39s9-2 10 2c1-4 5-7 10-2s3 13-10 23", "#fbeed2");
        pen.path("M47 54c-6-5-7-9-4-11s4 0 4 2c0-2 1-4 4-2s2 6-4 11", "#c99a63");
    } else {
        pen.disc(47, 47, 21, "#6b3f20");
        pen.ring(47, 47, 18, 3, "#a8703f");
        pen.disc(47, 47, 14, "#4a2a18");
        pen.oval(42, 41, 5, 2, "#8a5a32");
    }
}

pub(super) fn tea(pen: &mut Pen) {
    saucer_and_cup(pen, "#c98b34");
    pen.disc(47, 47, 20, "#dba24a");
    pen.oval(42, 40, 7, 3, "#eec27e");
    pen.leaf(50, 54, 20, 12, "#5cab4a");
    pen.leaf(50, 54, 16, 10, "#3f8f3a");
}

/// A tall glass of something clear or cloudy, with ice and a straw.
pub(super) fn glass(pen: &mut Pen, light: &str, dark: &str) {
    pen.standing_shadow(22);
    pen.line("M58 40L68 6", 4, "#d9480f");
    pen.path("M26 16h44l-5 66q-17 6-34 0z", "#b9d3dc88");
    pen.path("M28 30q20 5 40 0l-4 50q-16 5-32 0z", light);
    pen.path("M52 31q8 0 16-1l-4 50q-6 2-10 2z", dark);
    pen.oval(48, 30, 20, 4, dark);
    for (x, y) in [(34, 34), (48, 38), (38, 50)] {
        let lean = pen.roll(3);
        pen.path(&format!("M{x} {y}l9-{lean} 2 9-9 {lean}z"), "#ffffff99");
    }
    pen.scatter(6, 16, |pen, x, y, _| pen.disc(x, y + 10, 1, "#ffffffbb"));
    pen.disc(29, 22, 10, "#f2b632");
    pen.disc(29, 22, 8, "#fbe08a");
    pen.line("M29 15v14M22 22h14M24 17l10 10M34 17L24 27", 1, "#f2b632");
    pen.line("M33 38l2 38", 2, "#ffffff77");
}

pub(super) fn juice(pen: &mut Pen, words: &Words) {
    if words.say("lychee grapefruit guava watermelon strawberry") {
        glass(pen, "#f6c3cc", "#eca3b1");
    } else if words.say("apple lime green celery") {
        glass(pen, "#d9e08a", "#bfcb62");
    } else if words.say("cranberry cherry pomegranate blueberry beetroot") {
        glass(pen, "#b52a4a", "#8f1c3a");
    } else {
        glass(pen, "#f6a821", "#ee8a12");
    }
}

pub(super) fn soda(pen: &mut Pen, words: &Words) {
    if words.say("lemonade lemon lime tonic ginger") {
        glass(pen, "#f8efae", "#efe08a");
    } else if words.say("lychee strawberry raspberry rhubarb") {
        glass(pen, "#f6c3cc", "#eca3b1");
    } else if words.say("horchata coconut almond oat") {
        glass(pen, "#fbf4e4", "#eee0c6");
    } else if words.say("spritz orange") {
        glass(pen, "#f28a3c", "#e06a1c");
    } else {
        glass(pen, "#6b3420", "#4a2014");
    }
}

pub(super) fn beer(pen: &mut Pen) {
    pen.standing_shadow(26);
    pen.ring(72, 52, 14, 6, "#c9dde3");
    pen.path("M22 24h48v56q-24 7-48 0z", "#eba92a");
    pen.path("M56 24h14v56q-6 2-14 3z", "#d68f17");
    pen.line("M32 38v36M44 38v38M56 38v36", 3, "#f6c963");
    pen.scatter(8, 18, |pen, x, y, _| pen.disc(x - 2, y + 10, 1, "#fdeab8"));
    pen.path(
        "M18 28c-3-9 6-14 12-11 3-7 15-8 19-2 6-5 16-1 16 4 8 0 11 9 5 13\
         -3 7-11 3-11 3-3 8-11 5-12 1-4 4-11 3-12-1-7 3-15 0-17-7",
        "#fffaf0",
    );
    pen.path("M24 26c4-4 10-5 14-2 4-5 12-5 15 0-8-2-12 1-15 3-5-3-9-3-14-1", "#f3e6cc");
}

pub(super) fn wine(pen: &mut Pen, words: &Words) {
    let (dark, light) = if words.say("bianco white prosecco riesling champagne") {
        ("#e3cf72", "#f3e59c")
    } else if words.say("rose rosato") {
        ("#e88f8f", "#f6b3ac")
    } else {
        ("#6f1230", "#931c44")
    };
    pen.standing_shadow(20);
    pen.path("M45 58h6v24h-6z", "#b9d3dc");
    pen.path("M30 84q18-8 36 0-18 5-36 0", "#c9dde3");
    pen.path("M28 8h40c6 30 0 52-20 52S22 38 28 8", "#b9d3dc88");
    pen.path("M27 28q21 5 42 0c1 18-6 29-21 29S26 46 27 28", dark);
    pen.oval(48, 28, 21, 4, light);
    pen.path("M33 34c0 8 3 14 7 17-8-2-11-9-11-16z", light);
    pen.line("M34 13l-1 10", 2, "#ffffff99");
}
