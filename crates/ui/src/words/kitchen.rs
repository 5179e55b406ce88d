//! The kitchen's board.

use domain::{kitchen::Action, status::Status};

/// The texts of the board.
pub(crate) struct Kitchen {
    pub(crate) title: &'static str,
    pub(crate) all_restaurants: &'static str,
    pub(crate) columns: [&'static str; 3],
    pub(crate) orders: fn(i64) -> String,
    pub(crate) new_orders: fn(i64) -> String,
    pub(crate) nothing: &'static str,
    pub(crate) offline: &'static str,
    pub(crate) unsent: &'static str,
    pub(crate) sound: Sound,
    pub(crate) notice: KitchenNotices,
    pub(crate) slip: SlipWords,
    pub(crate) reject: RejectWords,
    pub(crate) dishes: DishWords,
    pub(crate) all_day: &'static str,
    pub(crate) all_day_hint: &'static str,
    pub(crate) handed_over: &'static str,
    pub(crate) none_handed_over: &'static str,
}

/// The texts of the bell's button.
pub(crate) struct Sound {
    pub(crate) ask: &'static str,
    pub(crate) on: &'static str,
    pub(crate) off: &'static str,
}

/// The notices about actions.
pub(crate) struct KitchenNotices {
    pub(crate) no_reason: &'static str,
    pub(crate) waiting: &'static str,
    /// Another user was faster; with the status of the order.
    pub(crate) faster: fn(Status) -> String,
    pub(crate) sold_out: fn(&str) -> String,
    pub(crate) sold_again: fn(&str) -> String,
    pub(crate) undo: &'static str,
}

/// One slip.
pub(crate) struct SlipWords {
    pub(crate) fresh: &'static str,
    pub(crate) pickup: &'static str,
    pub(crate) contains: &'static str,
    pub(crate) on_its_way: &'static str,
    /// A span beyond what was promised.
    pub(crate) late: fn(&str) -> String,
    /// A span until what was promised.
    pub(crate) left: fn(&str) -> String,
    pub(crate) ready_in: &'static str,
    pub(crate) minutes: &'static str,
    pub(crate) sooner: &'static str,
    pub(crate) later: &'static str,
    pub(crate) action: fn(Action) -> &'static str,
    /// Of the sum that is due at hand-over.
    pub(crate) cash: fn(&str) -> String,
    /// The button that hands over and collects the sum.
    pub(crate) complete_cash: fn(&str) -> String,
    /// Of the sum that was collected.
    pub(crate) collected: fn(&str) -> String,
    pub(crate) payment_failed: &'static str,
}

/// The texts of the form that rejects an order.
pub(crate) struct RejectWords {
    pub(crate) open: &'static str,
    pub(crate) keep: &'static str,
    pub(crate) why: &'static str,
    /// Common reasons, as the customer reads them.
    pub(crate) reasons: [&'static str; 3],
    /// The same, where the food is brought.
    pub(crate) too_far: &'static str,
    pub(crate) own_words: &'static str,
    pub(crate) reject: &'static str,
}

/// The list of dishes.
pub(crate) struct DishWords {
    pub(crate) title: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) none: &'static str,
    pub(crate) sold_out: &'static str,
    /// The button at a dish: it sells out from now on.
    pub(crate) sell_out: fn(&str) -> String,
    pub(crate) mark: &'static str,
    pub(crate) sell_again: &'static str,
    pub(crate) left: fn(u32) -> String,
}
