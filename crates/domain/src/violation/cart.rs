//! Why a cart cannot be ordered as it is. Closed, so that pages can say each in every language.

use jiff::Zoned;

use crate::{
    ids::{ItemId, OptionId},
    money::{MAX_ORDER_MINOR, Money},
    text::Name,
};

/// Most lines in one order.
pub const MAX_LINES: usize = 100;
/// Most pieces of one dish in one line.
pub const MAX_QUANTITY: u32 = 99;

/// What is wrong with a cart, a line of it, or its terms. Displays as the API tells it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CartError {
    /// No lines.
    #[error("must hold at least one dish")]
    Empty,
    /// More lines than [`MAX_LINES`].
    #[error("must hold at most {MAX_LINES} lines")]
    TooManyLines,
    /// More than any order may cost.
    #[error("must not come to more than {MAX_ORDER_MINOR} minor units")]
    TooDear,
    /// Names, options and notes that take more room than an order has.
    #[error("takes more room than an order has: choose fewer options, or shorten the notes")]
    TooLong,
    /// Nothing to pay.
    #[error("must come to more than nothing")]
    Nothing,
    /// More lines and notes than a browser can keep.
    #[error("does not fit: the cart is full")]
    Full,
    /// The dish is not on the menu.
    #[error("{0} is not on the menu")]
    NotOnMenu(ItemId),
    /// There is nothing to choose from at all.
    #[error("{0} has no menu yet")]
    NoMenu(Name),
    /// The restaurant takes no orders now.
    #[error("{}", closed(.restaurant, .opens.as_ref()))]
    Closed {
        /// The restaurant.
        restaurant: Name,
        /// When it takes orders again, in its zone; `None` where that is not known.
        opens: Option<Zoned>,
    },
    /// None or too many pieces.
    #[error("must be 1 to {MAX_QUANTITY}")]
    Quantity,
    /// The dish has no such option.
    #[error("{option} is not an option of {dish}")]
    NoSuchOption {
        /// The option that was asked for.
        option: OptionId,
        /// The dish.
        dish: Name,
    },
    /// The same option, twice.
    #[error("{0} is chosen twice")]
    ChosenTwice(OptionId),
    /// A question with too few or too many answers.
    #[error("{group}: choose {min} to {max}, not {chosen}")]
    Choose {
        /// The question.
        group: Name,
        /// Fewest answers.
        min: u32,
        /// Most answers.
        max: u32,
        /// The answers given.
        chosen: u32,
    },
    /// None are left.
    #[error("{0} is sold out")]
    SoldOut(Name),
    /// Fewer are left than asked for.
    #[error("{}", only(.dish, *.left))]
    OnlyLeft {
        /// The dish.
        dish: Name,
        /// How many there are; at least one.
        left: u32,
    },
    /// The restaurant does not deliver.
    #[error("must be pickup: this restaurant does not deliver")]
    NoDelivery,
    /// Too little for delivery.
    #[error("must come to at least {0} for delivery")]
    BelowMinimum(Money),
    /// A tip below nothing, or above the dishes.
    #[error("must be 0 or more, and at most the sum of the dishes")]
    Tip,
    /// A tip with which the order would cost more than any may.
    #[error("and the rest must not come to more than {MAX_ORDER_MINOR} minor units")]
    TipTooDear,
}

fn closed(restaurant: &Name, opens: Option<&Zoned>) -> String {
    match opens {
        Some(opens) => {
            let opens = opens.strftime("%A, %-d %B at %H:%M");
            format!("{restaurant} is closed now and opens on {opens}")
        }
        None => format!("{restaurant} takes no orders at the moment"),
    }
}

fn only(dish: &Name, left: u32) -> String {
    match left {
        1 => format!("there is only one {dish} left"),
        _ => format!("there are only {left} of {dish} left"),
    }
}
