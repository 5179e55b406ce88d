//! Drawings of baked goods.

use super::{
    kind::Words,
    pen::{Pen, polar},
};

/// A crescent in rolled layers.
pub(super) fn croissant(pen: &mut Pen) {
    pen.china();
    pen.path(
        "M8 62c0-26 18-40 40-40s40 14 40 40c-8 8-16 2-20-8-4-6-34-6-40 0-4 10-12 16-20 8",
        "#b8742f",
    );
    pen.path(
        "M12 60c1-22 16-34 36-34s35 12 36 34c-6 4-11-1-14-9-6-8-38-8-44 0-3 8-8 13-14 9",
        "#dca253",
    );
    pen.line(
        "M20 42q8 2 10 12M33 30q6 6 4 18M48 27v20M63 30q-6 6-4 18M76 42q-8 2-10 12",
        2,
        "#a8642a",
    );
    pen.line("M24 40q2 2 3 6M40 31q2 4 1 8M55 30q0 5 0 9M69 36q-3 3-3 7", 3, "#f2cf93");
    pen.scatter(9, 20, |pen, x, y, _| pen.disc(x, y - 10, 1, "#fffaf0"));
}

/// A bun cut open for cream.
pub(super) fn cream_bun(pen: &mut Pen) {
    pen.standing_shadow(36);
    pen.path("M12 66c0-26 16-42 36-42s36 16 36 42c0 12-10 18-36 18S12 78 12 66", "#b8742f");
    pen.path("M16 60c1-20 14-32 32-32s31 12 32 32c0 10-10 16-32 16S16 70 16 60", "#dca253");
    pen.path("M38 24q10-6 20 0l8 60q-18 3-36 0z", "#f6ead0");
    pen.path("M41 20q7-6 14 0l8 63q-15 3-30 0z", "#fffdf6");
    pen.line("M24 44q4-8 10-11M66 34q7 5 9 12", 3, "#f2cf93");
    pen.scatter(8, 16, |pen, x, y, _| pen.disc(x, y - 4, 1, "#e6dcc4"));
}

/// Two halves of a roll with layers between.
pub(super) fn sandwich(pen: &mut Pen, words: &Words) {
    pen.standing_shadow(40);
    pen.path("M8 64h80c0 12-8 20-18 20H26C16 84 8 76 8 64", "#c98b44");
    pen.path("M12 64h72c-1 8-6 13-14 13H26c-8 0-13-5-14-13", "#f0d29b");
    let filling = if words.say("mortadella ham prosciutto salami") {
        "#eb9c9a"
    } else if words.say("tuna salmon fish") {
        "#f0a07a"
    } else if words.say("chicken turkey egg") {
        "#f3d489"
    } else {
        "#a8502d"
    };
    pen.path("M8 58q10 10 20 1t20 1 20-1 20-1v7q-40 6-80 0z", filling);
    pen.path("M8 52q8 8 16 1t16 1 16-1 16 1 16-2v6q-40 7-80 0z", "#fff3c4");
    pen.path("M6 48q7 9 14 2t14 2 14-1 14 0 14-1 14-2l-2 6q-40 6-80 0z", "#6fae45");
    pen.path("M8 48c0-18 14-28 40-28s40 10 40 28q0 3-4 3H12q-4 0-4-3", "#b8742f");
    pen.path("M12 45c1-14 13-22 36-22s35 8 36 21q0 3-4 3H15q-3 0-3-2", "#dca253");
    pen.line("M30 28l6 12M46 26l6 13M62 28l6 12", 3, "#f2cf93");
}

/// Slices of tomato and mozzarella, in a ring.
pub(super) fn caprese(pen: &mut Pen) {
    pen.china();
    for n in 0..12 {
        let (x, y) = polar(48, 48, n * 2, 21);
        let (rim, flesh) = if n % 2 == 0 { ("#c42f1c", "#e2553b") } else { ("#efe6d3", "#fffdf8") };
        pen.disc(x, y + 1, 10, "#0002");
        pen.disc(x, y, 10, rim);
        pen.disc(x, y, 8, flesh);
    }
    for direction in [1, 5, 9, 13, 17, 21] {
        let (x, y) = polar(48, 48, direction, 16);
        pen.leaf(x, y, direction, 11, "#3f8f3a");
        pen.leaf(x, y, direction + 7, 8, "#5cab4a");
    }
    pen.scatter(10, 27, |pen, x, y, _| pen.disc(x, y, 1, "#8f8a2a"));
}
