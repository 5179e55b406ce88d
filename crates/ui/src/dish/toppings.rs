//! Drawings of toppings, piece by piece.

use super::{
    kind::Words,
    pen::{Pen, polar},
};

/// Draws one piece at a position, in a direction.
pub(super) type Piece = fn(&mut Pen, i32, i32, i32);

/// Words of a menu, each with its piece.
const PIECES: &[(&str, Piece)] = &[
    ("tomato tomatoes pomodoro salsa", tomato),
    ("salami pepperoni chorizo nduja", salami),
    ("mushroom funghi shiitake truffle", mushroom),
    ("ham prosciutto bacon", ham),
    ("olive", olive),
    ("egg", egg),
    ("salmon tuna fish", salmon),
    ("shrimp prawn", prawn),
    ("avocado edamame pea", avocado),
    ("cucumber pickle courgette lime", cucumber),
    ("radish beetroot", radish),
    ("tofu paneer feta halloumi crouton", cube),
    ("beef pork chicken lamb meat duck", meat),
    ("corn pineapple pear potato", corn),
    ("bean aubergine", bean),
    ("chilli pepper sriracha spicy", chilli),
    ("nut walnut peanut almond cashew", nut),
    ("basil mint thyme rosemary coriander spinach rocket pesto parsley", basil),
];

/// The pieces that the words of a dish call for, at most `most`.
pub(super) fn of(words: &Words, most: usize) -> Vec<Piece> {
    let called = PIECES.iter().filter(|(known, _)| words.say(known));
    called.map(|(_, piece)| *piece).take(most).collect()
}

/// Lays every piece `each` times within a radius, mixed.
pub(super) fn lay(pen: &mut Pen, pieces: &[Piece], each: i32, radius: i32) {
    for piece in pieces {
        pen.scatter(each, radius, piece);
    }
}

pub(super) fn basil(pen: &mut Pen, x: i32, y: i32, turn: i32) {
    pen.leaf(x, y, turn, 10, "#3f8f3a");
    pen.leaf(x, y, turn + 8, 8, "#5cab4a");
}

pub(super) fn tomato(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    pen.disc(x, y, 5, "#d33a22");
    pen.disc(x - 1, y - 1, 3, "#ec6a4a");
}

fn salami(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    pen.disc(x, y, 6, "#9c2b1e");
    pen.disc(x, y, 5, "#bd4030");
    pen.disc(x + 1, y - 2, 1, "#e9a08f");
    pen.disc(x - 2, y + 1, 1, "#e9a08f");
}

fn mushroom(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    let (left, top) = (x - 6, y + 1);
    pen.path(&format!("M{left} {top}a6 6 0 0 1 12 0h-4v4h-4v-4z"), "#e6d2b5");
    pen.line(&format!("M{} {}h6", x - 3, y), 1, "#a98a63");
}

fn ham(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    pen.oval(x, y, 6, 4, "#eb9c9a");
    pen.line(&format!("M{} {y}q3-3 6 0", x - 3), 1, "#f7cdca");
}

pub(super) fn olive(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    pen.ring(x, y, 3, 2, "#3a3a34");
}

pub(super) fn egg(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    pen.oval(x, y, 9, 8, "#fffaf0");
    pen.disc(x, y, 5, "#f3a712");
    pen.disc(x - 1, y - 1, 2, "#f9c74f");
}

fn salmon(pen: &mut Pen, x: i32, y: i32, turn: i32) {
    pen.leaf(x, y, turn, 14, "#f08058");
    pen.leaf(x, y, turn, 9, "#f8b094");
}

fn prawn(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    pen.line(&format!("M{} {}a5 5 0 1 1 6 5", x - 3, y - 2), 4, "#f08a64");
}

fn avocado(pen: &mut Pen, x: i32, y: i32, turn: i32) {
    pen.leaf(x, y, turn, 13, "#6d9b3a");
    pen.leaf(x, y, turn, 9, "#d6e08a");
}

pub(super) fn cucumber(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    pen.disc(x, y, 5, "#4e8f45");
    pen.disc(x, y, 4, "#cfe5a5");
}

pub(super) fn radish(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    pen.disc(x, y, 4, "#c92f5d");
    pen.disc(x, y, 3, "#fdf0f3");
}

fn cube(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    pen.path(&format!("M{} {}l5-2 4 4-5 3z", x - 4, y - 2), "#fbf3dc");
    pen.path(&format!("M{} {}l4 5v4l-4-5z", x - 4, y - 2), "#e3cf9f");
    pen.path(&format!("M{x} {}l5-3v4l-5 3z", y + 3), "#efdfb8");
}

pub(super) fn meat(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    pen.oval(x, y, 7, 5, "#7a4526");
    pen.oval(x - 1, y - 1, 5, 3, "#a1653c");
}

pub(super) fn corn(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    pen.disc(x, y, 3, "#f2c230");
}

fn bean(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    pen.oval(x, y, 4, 3, "#5b3355");
}

fn chilli(pen: &mut Pen, x: i32, y: i32, turn: i32) {
    let (tip_x, tip_y) = polar(x, y, turn, 10);
    let (bend_x, bend_y) = polar(x, y, turn + 3, 7);
    pen.line(&format!("M{x} {y}Q{bend_x} {bend_y} {tip_x} {tip_y}"), 3, "#d7261e");
    pen.disc(x, y, 2, "#4e8f45");
}

fn nut(pen: &mut Pen, x: i32, y: i32, _turn: i32) {
    pen.oval(x, y, 4, 3, "#a9713c");
    pen.line(&format!("M{} {y}h4", x - 2), 1, "#7d4e22");
}
