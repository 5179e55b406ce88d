//! A pen that writes compact SVG, with a seeded die for how things lie.

use std::fmt::Write;

/// 256 × cosine of 0°, 15°, … 345°.
const COSINE: [i32; 24] = [
    256, 247, 222, 181, 128, 66, 0, -66, -128, -181, -222, -247, -256, -247, -222, -181, -128, -66,
    0, 66, 128, 181, 222, 247,
];

/// A drawing in the making.
pub(super) struct Pen {
    svg: String,
    seed: u64,
}

impl Pen {
    /// A pen whose die is seeded by a text.
    pub(super) fn new(seed: &str) -> Self {
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self { svg: String::new(), seed: seed.bytes().fold(0xcbf2_9ce4_8422_2325, mix) | 1 }
    }

    /// The drawing.
    pub(super) fn finish(self) -> String {
        self.svg
    }

    /// A number from 0 to `below - 1` (xorshift: cheap, and the same everywhere).
    pub(super) fn roll(&mut self, below: i32) -> i32 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        let below = u64::try_from(below).unwrap_or(1).max(1);
        i32::try_from((self.seed >> 33) % below).unwrap_or(0)
    }

    /// One of several, by the die.
    pub(super) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let n = self.roll(i32::try_from(from.len()).unwrap_or(1));
        usize::try_from(n).ok().and_then(|n| from.get(n)).copied().unwrap_or("#888")
    }

    fn write(&mut self, shape: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.svg.write_fmt(shape);
    }

    /// A disc.
    pub(super) fn disc(&mut self, x: i32, y: i32, r: i32, fill: &str) {
        self.write(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"{fill}\"/>"));
    }

    /// An ellipse.
    pub(super) fn oval(&mut self, x: i32, y: i32, rx: i32, ry: i32, fill: &str) {
        self.write(format_args!(
            "<ellipse cx=\"{x}\" cy=\"{y}\" rx=\"{rx}\" ry=\"{ry}\" fill=\"{fill}\"/>"
        ));
    }

    /// A filled path.
    pub(super) fn path(&mut self, d: &str, fill: &str) {
        self.write(format_args!("<path d=\"{d}\" fill=\"{fill}\"/>"));
    }

    /// A drawn line with round ends.
    pub(super) fn line(&mut self, d: &str, width: i32, stroke: &str) {
        self.write(format_args!(
            "<path d=\"{d}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\" \
             stroke-linecap=\"round\"/>"
        ));
    }

    /// A drawn circle.
    pub(super) fn ring(&mut self, x: i32, y: i32, r: i32, width: i32, stroke: &str) {
        self.write(format_args!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"none\" stroke=\"{stroke}\" \
             stroke-width=\"{width}\"/>"
        ));
    }

    /// A path that takes its fill from the style sheet, and so from the theme.
    pub(super) fn themed(&mut self, class: &str, d: &str) {
        self.write(format_args!("<path class=\"{class}\" d=\"{d}\"/>"));
    }

    /// A soft shadow under an upright thing.
    pub(super) fn standing_shadow(&mut self, rx: i32) {
        let (left, right) = (48 - rx, 48 + rx);
        self.themed(
            "sh",
            &format!("M{left} 86a{rx} 5 0 1 0 {0} 0a{rx} 5 0 1 0-{0} 0", right - left),
        );
    }

    /// A china plate seen from above.
    pub(super) fn china(&mut self) {
        self.themed("sh", "M4 51a44 44 0 1 0 88 0a44 44 0 1 0-88 0");
        self.themed("w1", "M5 48a43 43 0 1 0 86 0a43 43 0 1 0-86 0");
        self.themed("w2", "M15 48a33 33 0 1 0 66 0a33 33 0 1 0-66 0");
    }

    /// A coloured bowl seen from above.
    pub(super) fn bowl(&mut self, inside: &str) {
        let glaze = self.pick(&["#41617f", "#b3593a", "#34706a", "#5a5149", "#7d5a76"]);
        self.themed("sh", "M4 51a44 44 0 1 0 88 0a44 44 0 1 0-88 0");
        self.disc(48, 48, 43, glaze);
        self.ring(48, 48, 40, 2, "#fff5");
        self.disc(48, 48, 36, inside);
    }

    /// A wooden board.
    pub(super) fn board(&mut self) {
        self.themed(
            "sh",
            "M10 24h76a6 6 0 0 1 6 6v44a6 6 0 0 1-6 6H10a6 6 0 0 1-6-6V30a6 6 0 0 1 6-6",
        );
        self.path(
            "M10 20h76a6 6 0 0 1 6 6v44a6 6 0 0 1-6 6H10a6 6 0 0 1-6-6V26a6 6 0 0 1 6-6",
            "#b98552",
        );
        self.line("M9 34h60M22 47h64M9 61h44", 1, "#a06f40");
    }

    /// Scatters `n` things evenly but not regularly within a circle around (48, 48): calls `lay`
    /// with the position and a direction from 0 to 23.
    pub(super) fn scatter(&mut self, n: i32, radius: i32, lay: impl Fn(&mut Self, i32, i32, i32)) {
        let turn = self.roll(24);
        for i in 0..n {
            // The golden angle (about 137.5°) is 55/6 steps of 15°; the root spreads by area.
            let direction = turn + i * 55 / 6;
            let away = (radius * radius * (2 * i + 1) / (2 * n)).isqrt() + self.roll(3) - 1;
            let (x, y) = polar(48, 48, direction, away);
            lay(self, x, y, direction.rem_euclid(24));
        }
    }

    /// A pointed leaf that starts at a position and grows in a direction.
    pub(super) fn leaf(&mut self, x: i32, y: i32, direction: i32, length: i32, fill: &str) {
        let (tip_x, tip_y) = polar(x, y, direction, length);
        let (a_x, a_y) = polar(x, y, direction + 3, length * 2 / 3);
        let (b_x, b_y) = polar(x, y, direction - 3, length * 2 / 3);
        let d = format!("M{x} {y}Q{a_x} {a_y} {tip_x} {tip_y}Q{b_x} {b_y} {x} {y}");
        self.path(&d, fill);
    }
}

/// The position at a distance in a direction, in steps of 15°.
pub(super) fn polar(x: i32, y: i32, direction: i32, away: i32) -> (i32, i32) {
    let at = |step: i32| {
        usize::try_from(step.rem_euclid(24)).ok().and_then(|n| COSINE.get(n)).copied().unwrap_or(0)
    };
    let round = |value: i32| (value + 128).div_euclid(256);
    (x + round(at(direction) * away), y + round(at(direction - 6) * away))
}
