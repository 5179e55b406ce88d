//! The back office: what an owner changes, and sees of what others changed.

mod account;
mod changes;
mod dish;
mod form;
mod home;
mod menu;
mod orders;
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
pub use dish::{DishForm, DishPage, GroupForm, OptionForm, dish};
pub use home::{OfficeHome, OfficeRestaurant, office_home};
pub use menu::{OfficeMenu, office_menu};
pub use orders::{FindOrders, OrdersQuery, find_orders};
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
pub enum Said {
    /// It was saved.
    Saved,
    /// Another user was faster, with the name if known.
    Overtaken(Option<String>),
    /// Some fields are invalid; their errors are shown at the fields.
    Wrong,
    /// A sentence of its own.
    Other(String),
}

/// Where a page of one restaurant stands.
#[derive(Clone, Copy, Debug)]
pub struct OfficePlace<'a> {
    /// Who reads it.
    pub reader: &'a Reader,
    /// For the navigation.
    pub staff: Staff,
    /// Which restaurant.
    pub restaurant: &'a RestaurantId,
    /// Its name.
    pub name: &'a str,
}

impl OfficePlace<'_> {
    /// The address of a page of this restaurant.
    fn at(&self, path: &str) -> String {
        format!("/backoffice/r/{}{path}", self.restaurant)
    }
}

/// A page of one restaurant, under the tabs of all of them.
fn restaurant_page(
    place: OfficePlace<'_>,
    tab: &str,
    title: &str,
    said: Option<&Said>,
    content: &Markup,
) -> Markup {
    let words = &place.reader.words().office;
    let tabs = [
        ("", words.menu, Permission::EditMenu),
        ("/stock", words.stock, Permission::ChangeStock),
        ("/settings", words.settings, Permission::EditRestaurant),
        ("/changes", words.changes, Permission::SeeChanges),
    ];
    let tabs = tabs.into_iter().filter(|(.., needs)| place.staff.role.may(*needs));
    let main = html! {
        div.office-head {
            @if place.staff.role.may(Permission::EditMenu) {
                p.back { a href="/backoffice" { (words.title) } }
            }
            p.office-name { (place.name) }
            nav.tabs aria-label=(place.name) {
                @for (path, name, _) in tabs {
                    a href=(place.at(path)) aria-current=[(path == tab).then_some("page")] {
                        (name)
                    }
                }
            }
        }
        h1.office-title { (title) }
        @if let Some(said) = said { (notice(place.reader, said)) }
        (content)
    };
    document(place.reader, title, Area::Staff(place.staff, "/backoffice"), "office-page", &main)
}

/// A page that is no restaurant's.
fn office_page(
    reader: &Reader,
    staff: Staff,
    current: &'static str,
    title: &str,
    said: Option<&Said>,
    content: &Markup,
) -> Markup {
    let main = html! {
        div.office-head {
            @if current != "/backoffice" {
                p.back { a href="/backoffice" { (reader.words().office.title) } }
            }
        }
        h1.office-title { (title) }
        @if let Some(said) = said { (notice(reader, said)) }
        (content)
    };
    document(reader, title, Area::Staff(staff, current), "office-page", &main)
}

/// What became of what was asked for.
fn notice(reader: &Reader, said: &Said) -> Markup {
    let words = &reader.words().office;
    html! {
        @match said {
            Said::Saved => {
                div.notice.good role="status" { (icons::tick()) p { (words.saved) } }
            }
            Said::Overtaken(by) => {
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
            Said::Wrong => {
                div.notice.bad role="alert" { (icons::warning()) p { (words.wrong) } }
            }
            Said::Other(text) => {
                div.notice.warn role="alert" { (icons::warning()) p { (text) } }
            }
        }
    }
}
