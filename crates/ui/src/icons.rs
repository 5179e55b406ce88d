//! Line icons on a grid of 24. They are decorative: each has a text or a label beside it.

use domain::menu::Dietary;
use maud::{Markup, html};

fn icon(d: &'static str) -> Markup {
    html! {
        svg.icon viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor"
            stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" {
            path d=(d) {}
        }
    }
}

/// The order slip: the mark of the product.
pub(crate) fn slip() -> Markup {
    html! {
        svg.mark viewBox="0 0 24 24" width="28" height="28" aria-hidden="true" {
            path.mark-paper d="M5 2h14v19l-2.3-1.8-2.4 1.8-2.3-1.8-2.3 1.8-2.4-1.8L5 21z" {}
            path.mark-ink d="M8.5 7h7M8.5 11h7M8.5 15h4" fill="none" stroke-width="1.8"
                stroke-linecap="round" {}
        }
    }
}

/// Half sun, half moon.
pub(crate) fn theme() -> Markup {
    icon("M12 3a9 9 0 1 0 9 9A7 7 0 0 1 12 3z")
}

/// A clock.
pub(crate) fn clock() -> Markup {
    icon("M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2")
}

/// A courier's scooter.
pub(crate) fn courier() -> Markup {
    icon(
        "M6 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM18 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z\
         M8 17h6l3-9h-3M4 15c0-3 2-4 4-4h3l2 4",
    )
}

/// A carried bag.
pub(crate) fn bag() -> Markup {
    icon("M6 8h12l1 13H5zM9 8V6a3 3 0 0 1 6 0v2")
}

/// A payment card.
pub(crate) fn card() -> Markup {
    icon("M4 6h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1zM3 10h18M7 14.5h3")
}

/// A banknote.
pub(crate) fn cash() -> Markup {
    icon("M3 6h18v12H3zM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM6.5 12h.01M17.5 12h.01")
}

/// A cross to close.
pub(crate) fn close() -> Markup {
    icon("M6 6l12 12M18 6L6 18")
}

/// A tick.
pub(crate) fn tick() -> Markup {
    icon("M5 12.5l4.5 4.5L19 7.5")
}

/// A warning triangle.
pub(crate) fn warning() -> Markup {
    icon("M12 4l9.5 16h-19zM12 10v4M12 17v.01")
}

/// A written remark.
pub(crate) fn note() -> Markup {
    icon("M4 5h16v11H9l-5 4z")
}

/// A bell.
pub(crate) fn bell() -> Markup {
    icon("M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 21h4")
}

/// A plate that is struck out.
pub(crate) fn sold_out() -> Markup {
    icon("M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.6 5.6l12.8 12.8")
}

/// Plus.
pub(crate) fn plus() -> Markup {
    icon("M12 5v14M5 12h14")
}

/// Minus.
pub(crate) fn minus() -> Markup {
    icon("M5 12h14")
}

/// A magnifying glass.
pub(crate) fn lens() -> Markup {
    icon("M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5")
}

/// The icon of a diet.
pub(crate) fn dietary(tag: Dietary) -> Markup {
    icon(match tag {
        // A leaf, two leaves, a crescent, a star, a chilli.
        Dietary::Vegetarian => "M5 19C4 9 10 5 20 4c0 11-5 16-12 13M5 21c1-5 4-8 9-11",
        Dietary::Vegan => {
            "M12 21V11M12 13C5 14 3 10 3 5c6 0 9 3 9 8zM12 11c0-4 3-7 9-7 0 5-3 8-9 8"
        }
        Dietary::Halal => "M17 17.5A8 8 0 1 1 17 6.5a6.5 6.5 0 1 0 0 11zM19 10v4M17 12h4",
        Dietary::Kosher => "M12 3l7.5 13h-15zM12 21L4.5 8h15z",
        Dietary::Spicy => {
            "M15 7c4 1 5 5 2 9-3 4-9 5-14 4 5-1 6-4 7-7 1-4 2-6 5-6zM15 7c0-2 1-3 3-4"
        }
    })
}

/// A printer.
pub(crate) fn printer() -> Markup {
    icon("M7 9V4h10v5M7 17H4v-8h16v8h-3M7 14h10v6H7z")
}

/// An arrow up.
pub(crate) fn up() -> Markup {
    icon("M12 19V5M6 11l6-6 6 6")
}

/// An arrow down.
pub(crate) fn down() -> Markup {
    icon("M12 5v14M6 13l6 6 6-6")
}

/// An open eye.
pub(crate) fn eye() -> Markup {
    icon("M2 12s3.5-7 10-7 10 7 10 7-3.5 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z")
}

/// An eye that is crossed out.
pub(crate) fn eye_off() -> Markup {
    icon("M2 12s3.5-7 10-7 10 7 10 7-3.5 7-10 7S2 12 2 12zM4 4l16 16")
}
