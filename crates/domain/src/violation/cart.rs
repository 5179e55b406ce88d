//! What can be wrong with a cart. A closed set, so that pages can translate it.

use jiff::Zoned;

use crate::{
    ids::{ItemId, OptionId},
    money::{MAX_ORDER_MINOR, Money},
    text::Name,
};

/// Maximum number of lines in an order.
pub const MAX_LINES: usize = 100;
/// Maximum number of pieces in a line.
pub const MAX_QUANTITY: u32 = 99;

/// What is wrong with a cart, a line of it, or its terms. Displays as in the API's responses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CartError {
    /// No lines.
    #[error("must hold at least one dish")]
    Empty,
    /// More lines than [`MAX_LINES`].
    #[error("must hold at most {MAX_LINES} lines")]
    TooManyLines,
    /// The total is above the limit.
    #[error("must not come to more than {MAX_ORDER_MINOR} minor units")]
    TooDear,
    /// Names, options and notes exceed the size of an order.
    #[error("takes more room than an order has: choose fewer options, or shorten the notes")]
    TooLong,
    /// The total is zero.
    #[error("must come to more than nothing")]
    Nothing,
    /// The total is below the smallest charge.
    #[error("must come to at least {0}, the smallest payment by card")]
    BelowCharge(Money),
    /// The total is above the largest charge.
    #[error("must come to at most {0}, the largest payment by card")]
    AboveCharge(Money),
    /// The total has smaller units than can be charged.
    #[error("must come to a multiple of {0}: smaller amounts cannot be charged")]
    Uneven(Money),
    /// Lines and notes exceed what a browser can store.
    #[error("does not fit: the cart is full")]
    Full,
    /// The dish is not on the menu.
    #[error("{0} is not on the menu")]
    NotOnMenu(ItemId),
    /// The restaurant has no menu.
    #[error("{0} has no menu yet")]
    NoMenu(Name),
    /// The restaurant takes no orders now.
    #[error("{}", closed_text(.restaurant, .opens.as_ref()))]
    Closed {
        /// The restaurant.
        restaurant: Name,
        /// When it takes orders again, in its time zone; `None` if not known.
        opens: Option<Zoned>,
    },
    /// Zero or too many pieces.
    #[error("must be 1 to {MAX_QUANTITY}")]
    Quantity,
    /// The dish has no such option.
    #[error("{option} is not an option of {dish}")]
    NoSuchOption {
        /// The requested option.
        option: OptionId,
        /// The dish.
        dish: Name,
    },
    /// The same option twice.
    #[error("{0} is chosen twice")]
    ChosenTwice(OptionId),
    /// Too few or too many options of a group.
    #[error("{group}: choose {min} to {max}, not {chosen}")]
    Choose {
        /// The group.
        group: Name,
        /// Minimum number of options.
        min: u32,
        /// Maximum number of options.
        max: u32,
        /// Number of chosen options.
        chosen: u32,
    },
    /// Sold out.
    #[error("{0} is sold out")]
    SoldOut(Name),
    /// Fewer pieces are left than requested.
    #[error("{}", only_left_text(.dish, *.left))]
    OnlyLeft {
        /// The dish.
        dish: Name,
        /// The number of pieces left; at least one.
        left: u32,
    },
    /// The restaurant does not deliver.
    #[error("must be pickup: this restaurant does not deliver")]
    NoDelivery,
    /// The restaurant takes no cash.
    #[error("must be a card: this restaurant does not take cash")]
    NoCash,
    /// More than the restaurant takes in cash.
    #[error("must be a card: this restaurant takes at most {limit} in cash")]
    CashLimit {
        /// The most that it takes.
        limit: Money,
    },
    /// Below the minimum for delivery.
    #[error("must come to at least {0} for delivery")]
    BelowMinimum(Money),
    /// A negative tip, or one above the sum of the dishes.
    #[error("must be 0 or more, and at most the sum of the dishes")]
    Tip,
    /// The total with this tip is above the limit.
    #[error("and the rest must not come to more than {MAX_ORDER_MINOR} minor units")]
    TipTooDear,
}

fn closed_text(restaurant: &Name, opens: Option<&Zoned>) -> String {
    match opens {
        Some(opens) => {
            let opens = opens.strftime("%A, %-d %B at %H:%M");
            format!("{restaurant} is closed now and opens on {opens}")
        }
        None => format!("{restaurant} takes no orders at the moment"),
    }
}

fn only_left_text(dish: &Name, left: u32) -> String {
    match left {
        1 => format!("there is only one {dish} left"),
        _ => format!("there are only {left} of {dish} left"),
    }
}
