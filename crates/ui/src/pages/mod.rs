//! The pages: one file, one view model, one function each.

mod analytics;
mod authenticate;
mod checkout;
mod home;
mod kitchen;
mod mailbox;
mod menu;
mod office;
mod order;
mod problem;
mod sign_in;

pub use analytics::{AnalyticsPage, OrdersPage, analytics, orders_behind};
pub use authenticate::{AuthenticatePage, authenticate};
pub use checkout::{CardSetup, CheckoutNotice, CheckoutPage, Entered, FulfilmentKind, checkout};
pub use home::{HomePage, RestaurantCard, home};
pub use kitchen::{KitchenNotice, KitchenPage, Pantry, board_of, kitchen};
pub use mailbox::{MailPage, MailRow, MailboxPage, mail, mailbox};
pub use menu::{MenuPage, RefusedLine, menu};
pub use office::{
    AccountPage, ChangesPage, DayForm, DayPage, DishForm, DishPage, GroupForm, OfficeHome,
    OfficeMenu, OfficeNotice, OfficeRestaurant, OptionForm, OrderSearchPage, OrdersQuery,
    PaymentForm, Preview, RestaurantHeader, SellerForm, SessionRow, SettingsForm, SettingsPage,
    StaffForm, StaffMember, StaffPage, StaffRestaurant, StockDish, StockHistory, StockPage,
    TaxForm, TaxRateForm, TransferPage, account, changes, day, dish, find_orders, office_home,
    office_menu, opening_text, settings, staff, staff_member, stock, stock_entry, stock_history,
    transfer,
};
pub use order::{OrderNotice, OrderPage, order};
pub use problem::{ProblemKind, ProblemPage, problem};
pub use sign_in::{SignInError, SignInPage, sign_in};

use domain::ids::RestaurantId;
use maud::{Markup, html};

use crate::Reader;

/// A restaurant to choose on a page for staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestaurantChoice {
    /// Its id.
    pub id: RestaurantId,
    /// Its name.
    pub name: String,
}

/// The form that switches between restaurants; `all` names the choice of none.
fn picker(
    reader: &Reader,
    action: &str,
    choices: &[RestaurantChoice],
    selected: Option<&RestaurantId>,
    all: &str,
) -> Markup {
    let words = &reader.words().shell;
    html! {
        form.picker method="get" action=(action) data-submit-on-change {
            label for="restaurant" { (words.restaurant) }
            select id="restaurant" name="restaurant" {
                option value="" selected[selected.is_none()] { (all) }
                @for choice in choices {
                    option value=(choice.id) selected[Some(&choice.id) == selected] {
                        (choice.name)
                    }
                }
            }
            button.quiet type="submit" { (words.show) }
        }
    }
}
