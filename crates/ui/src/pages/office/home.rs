//! `/backoffice`: the restaurants.

use domain::{ids::RestaurantId, staff::Permission};
use maud::{Markup, html};

use super::{
    OfficeNotice,
    form::{Form, Line},
    office_page,
};
use crate::{Reader, Staff};

/// A restaurant on the first page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeRestaurant {
    /// Its id.
    pub id: RestaurantId,
    /// Its name.
    pub name: String,
    /// True if it takes orders now.
    pub is_open: bool,
    /// Dishes on its menu, without those that are hidden.
    pub dishes: usize,
    /// Dishes that are hidden.
    pub hidden: usize,
    /// Dishes of which there is nothing left.
    pub sold_out: usize,
    /// Dishes of which there is little left.
    pub low: usize,
}

/// The first page.
#[derive(Clone, Debug)]
pub struct OfficeHome<'a> {
    /// The reader.
    pub reader: &'a Reader,
    /// The signed-in staff, for the navigation.
    pub staff: Staff,
    /// The restaurants of the signed-in user.
    pub restaurants: &'a [OfficeRestaurant],
    /// True if there is no account yet.
    pub is_first_time: bool,
    /// The notice about the last request.
    pub notice: Option<OfficeNotice>,
}

/// The first page at `/backoffice`.
pub fn office_home(page: &OfficeHome<'_>) -> Markup {
    let words = &page.reader.words().office;
    let content = html! {
        @if page.is_first_time {
            div.panel.first-time {
                h2 { (words.first_title) }
                p { (words.first_text) }
                a.primary href="/backoffice/staff/new" { (words.first_button) }
            }
        }
        nav.office-links aria-label=(words.title) {
            a.second href="/backoffice/orders" { (words.find_orders) }
            @if page.staff.role.may(Permission::ManageStaff) {
                a.second href="/backoffice/staff" { (words.staff) }
            }
            @if page.staff.role.may(Permission::SeeChanges) {
                a.second href="/backoffice/changes" { (words.changes) }
            }
        }
        @if page.restaurants.is_empty() {
            div.empty { p.big { (words.no_restaurants) } }
        }
        ul.office-cards { @for restaurant in page.restaurants { li { (card(page, restaurant)) } } }
        @if page.staff.role.may(Permission::OpenRestaurants) { (new_restaurant(page)) }
    };
    office_page(page.reader, page.staff, "/backoffice", words.title, page.notice.as_ref(), &content)
}

fn card(page: &OfficeHome<'_>, r: &OfficeRestaurant) -> Markup {
    let words = &page.reader.words().office;
    let at = |path: &str| format!("/backoffice/r/{}{path}", r.id);
    html! {
        article.panel.office-card {
            h2 { a href=(at("")) { (r.name) } }
            p.office-facts {
                @if r.is_open { span.badge.good { (words.open) } } @else { span.badge { (words.closed) } }
                span { ((words.dishes)(r.dishes)) }
                @if r.hidden > 0 { span { ((words.hidden_count)(r.hidden)) } }
                @if r.sold_out > 0 { span.badge.bad { ((words.sold_out_count)(r.sold_out)) } }
                @if r.low > 0 { span.badge.warn { ((words.low_count)(r.low)) } }
            }
            p.office-actions {
                a href=(at("")) { (words.menu) }
                a href=(at("/stock")) { (words.stock) }
                a href=(at("/settings")) { (words.settings) }
                a href={ "/kitchen?restaurant=" (r.id) } { (page.reader.words().shell.kitchen) }
                a href={ "/r/" (r.id) } { (words.see_shop) }
            }
        }
    }
}

fn new_restaurant(page: &OfficeHome<'_>) -> Markup {
    let words = &page.reader.words().office;
    let form = Form { reader: page.reader, violations: &[] };
    html! {
        details.panel.office-more {
            summary { (words.new_restaurant) }
            form method="post" action="/backoffice/new" {
                (form.line(Line::new("name", words.name, "")))
                (form.line(Line::new("currency", words.currency, "EUR").hint(words.currency_hint)))
                (form.line(Line::new("time_zone", words.time_zone, "Europe/Rome").hint(words.time_zone_hint)))
                button.primary type="submit" { (words.create) }
            }
        }
    }
}
