//! The pages of the back office, for owners and operators.

mod account;
mod changes;
mod day;
mod dish;
mod form;
mod home;
mod menu;
mod orders;
mod payment;
mod refunds;
mod seller;
mod sessions;
mod settings;
mod staff;
mod stock;
mod tax;
mod transfer;

use domain::{ids::RestaurantId, staff::Permission};
use maud::{Markup, html};

pub use account::{AccountPage, account};
pub use changes::{ChangesPage, changes, stock_entry};
pub use day::{DayPage, day};
pub use dish::{DishForm, DishPage, GroupForm, OptionForm, dish};
pub use home::{OfficeHome, OfficeRestaurant, office_home};
pub use menu::{OfficeMenu, office_menu};
pub use orders::{OrderSearchPage, OrdersQuery, find_orders};
pub use payment::PaymentForm;
pub use refunds::{RefundForm, RefundNotice, RefundPage, refunds};
pub use seller::SellerForm;
pub use sessions::SessionRow;
pub use settings::{DayForm, SettingsForm, SettingsPage, opening_text, settings};
pub use staff::{StaffForm, StaffMember, StaffPage, StaffRestaurant, staff, staff_member};
pub use stock::{StockDish, StockHistory, StockPage, stock, stock_history};
pub use tax::{TaxForm, TaxRateForm};
pub use transfer::{Preview, TransferPage, transfer};

use crate::{
    Reader, Staff, icons,
    layout::{Area, document},
};

/// The notice at the top of a page of the back office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfficeNotice {
    /// It was saved.
    Saved,
    /// Another user was faster, with the name if known.
    Overtaken(Option<String>),
    /// Some fields are invalid; their errors are shown at the fields.
    Wrong,
    /// A sentence of its own.
    Other(String),
}

/// The header of a page about one restaurant.
#[derive(Clone, Copy, Debug)]
pub struct RestaurantHeader<'a> {
    /// The reader.
    pub reader: &'a Reader,
    /// The signed-in staff, for the navigation.
    pub staff: Staff,
    /// The restaurant's id.
    pub restaurant: &'a RestaurantId,
    /// Its name.
    pub name: &'a str,
}

impl RestaurantHeader<'_> {
    /// The address of a page of this restaurant.
    fn at(&self, path: &str) -> String {
        format!("/backoffice/r/{}{path}", self.restaurant)
    }
}

/// A page of one restaurant, under the tabs of all of them.
fn restaurant_page(
    header: RestaurantHeader<'_>,
    tab: &str,
    title: &str,
    notice: Option<&OfficeNotice>,
    content: &Markup,
) -> Markup {
    let words = &header.reader.words().office;
    let tabs = [
        ("", words.menu, Permission::EditMenu),
        ("/stock", words.stock, Permission::ChangeStock),
        ("/settings", words.settings, Permission::EditRestaurant),
        ("/days", header.reader.words().books.tab, Permission::SeeFigures),
        ("/changes", words.changes, Permission::SeeChanges),
    ];
    let tabs = tabs.into_iter().filter(|(.., needs)| header.staff.role.may(*needs));
    let main = html! {
        div.office-head {
            @if header.staff.role.may(Permission::EditMenu) {
                p.back { a href="/backoffice" { (words.title) } }
            }
            p.office-name { (header.name) }
            nav.tabs aria-label=(header.name) {
                @for (path, name, _) in tabs {
                    a href=(header.at(path)) aria-current=[(path == tab).then_some("page")] {
                        (name)
                    }
                }
            }
        }
        h1.office-title { (title) }
        @if let Some(notice) = notice { (notice_bar(header.reader, notice)) }
        (content)
    };
    document(header.reader, title, Area::Staff(header.staff, "/backoffice"), "office-page", &main)
}

/// A page about no single restaurant.
fn office_page(
    reader: &Reader,
    staff: Staff,
    current: &'static str,
    title: &str,
    notice: Option<&OfficeNotice>,
    content: &Markup,
) -> Markup {
    let main = html! {
        div.office-head {
            @if current != "/backoffice" {
                p.back { a href="/backoffice" { (reader.words().office.title) } }
            }
        }
        h1.office-title { (title) }
        @if let Some(notice) = notice { (notice_bar(reader, notice)) }
        (content)
    };
    document(reader, title, Area::Staff(staff, current), "office-page", &main)
}

/// The notice as a bar.
fn notice_bar(reader: &Reader, notice: &OfficeNotice) -> Markup {
    let words = &reader.words().office;
    html! {
        @match notice {
            OfficeNotice::Saved => {
                div.notice.good role="status" { (icons::tick()) p { (words.saved) } }
            }
            OfficeNotice::Overtaken(by) => {
                div.notice.warn role="alert" {
                    (icons::warning())
                    div {
                        p {
                            @match by {
                                Some(by) => ((words.overtaken_by)(by)),
                                None => (words.overtaken),
                            }
                        }
                        p.soft { (words.overtaken_advice) }
                    }
                }
            }
            OfficeNotice::Wrong => {
                div.notice.bad role="alert" { (icons::warning()) p { (words.wrong) } }
            }
            OfficeNotice::Other(text) => {
                div.notice.warn role="alert" { (icons::warning()) p { (text) } }
            }
        }
    }
}
