//! The table of staff routes with the permission that each requires. A staff route without a rule
//! is closed, and a test finds it.

use axum::http::Method;
use domain::staff::Permission;

/// The restaurant where the permission is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestaurantSource {
    /// The one in this field of the query, which must be the field that the handler reads: to a
    /// handler, no restaurant means all. An actor who does not work everywhere must name one.
    Query(&'static str),
    /// The one in this parameter of the path.
    Path(&'static str),
    /// Only the handler knows it, and checks the [`Actor`](domain::staff::Actor) itself.
    Handler,
    /// All restaurants.
    Everywhere,
}

/// The rule of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The method; `GET` includes `HEAD`.
    pub method: Method,
    /// The route in the router's form.
    pub route: &'static str,
    /// The required permission.
    pub permission: Permission,
    /// Where it is required.
    pub source: RestaurantSource,
}

const fn get(route: &'static str, permission: Permission, source: RestaurantSource) -> Rule {
    Rule { method: Method::GET, route, permission, source }
}

const fn post(route: &'static str, permission: Permission, source: RestaurantSource) -> Rule {
    Rule { method: Method::POST, route, permission, source }
}

const fn put(route: &'static str, permission: Permission, source: RestaurantSource) -> Rule {
    Rule { method: Method::PUT, route, permission, source }
}

/// The table.
pub const RULES: &[Rule] = &{
    use Permission::{
        ChangeStock, EditMenu, EditRestaurant, ManageStaff, OpenRestaurants, OwnAccount, ReadMail,
        RefundOrders, SeeChanges, SeeFigures, SeeOrders, WorkTheBoard,
    };
    use RestaurantSource::{Everywhere, Handler, Path, Query};
    [
        // The kitchen.
        get("/kitchen", WorkTheBoard, Query("restaurant")),
        get("/kitchen/events", WorkTheBoard, Query("restaurant")),
        post("/kitchen/orders/{id}/{action}", WorkTheBoard, Handler),
        post("/kitchen/restaurants/{id}/stock", ChangeStock, Path("id")),
        post("/api/kitchen/orders/{id}/{action}", WorkTheBoard, Handler),
        // Refunds of parts. The handler reads the order's restaurant.
        get("/orders/{id}/refunds", RefundOrders, Handler),
        post("/orders/{id}/refunds", RefundOrders, Handler),
        post("/api/orders/{id}/refunds", RefundOrders, Handler),
        // Figures.
        get("/analytics", SeeFigures, Query("restaurant")),
        get("/analytics/orders", SeeFigures, Query("restaurant")),
        get("/api/analytics/charts/{file}", SeeFigures, Query("restaurant")),
        get("/api/analytics/summary", SeeFigures, Query("restaurant_id")),
        get("/api/analytics/events", SeeFigures, Query("restaurant")),
        // The back office API. Its handler checks whether a restaurant is new.
        put("/api/restaurants/{id}", EditRestaurant, Path("id")),
        put("/api/restaurants/{id}/menu", EditMenu, Path("id")),
        get("/api/restaurants/{id}/stock", ChangeStock, Path("id")),
        post("/api/restaurants/{id}/stock", ChangeStock, Path("id")),
        // The closing report of a day.
        get("/api/restaurants/{id}/days/{date}", SeeFigures, Path("id")),
        // The pages of the back office.
        get("/backoffice", ChangeStock, Handler),
        post("/backoffice/new", OpenRestaurants, Everywhere),
        get("/backoffice/r/{id}", EditMenu, Path("id")),
        post("/backoffice/r/{id}/prices", EditMenu, Path("id")),
        post("/backoffice/r/{id}/edit", EditMenu, Path("id")),
        post("/backoffice/r/{id}/categories", EditMenu, Path("id")),
        post("/backoffice/r/{id}/categories/{category}", EditMenu, Path("id")),
        get("/backoffice/r/{id}/dishes/new", EditMenu, Path("id")),
        post("/backoffice/r/{id}/dishes/new", EditMenu, Path("id")),
        get("/backoffice/r/{id}/dishes/{item}", EditMenu, Path("id")),
        post("/backoffice/r/{id}/dishes/{item}", EditMenu, Path("id")),
        get("/backoffice/r/{id}/stock", ChangeStock, Path("id")),
        get("/backoffice/r/{id}/stock/{item}", ChangeStock, Path("id")),
        post("/backoffice/r/{id}/stock/{item}", ChangeStock, Path("id")),
        post("/backoffice/r/{id}/stock/{item}/low", EditMenu, Path("id")),
        get("/backoffice/r/{id}/settings", EditRestaurant, Path("id")),
        post("/backoffice/r/{id}/settings", EditRestaurant, Path("id")),
        post("/backoffice/r/{id}/pause", EditRestaurant, Path("id")),
        get("/backoffice/r/{id}/days", SeeFigures, Path("id")),
        get("/backoffice/r/{id}/days/{date}", SeeFigures, Path("id")),
        get("/backoffice/r/{id}/changes", SeeChanges, Path("id")),
        get("/backoffice/r/{id}/transfer", EditMenu, Path("id")),
        post("/backoffice/r/{id}/transfer", EditMenu, Path("id")),
        get("/backoffice/r/{id}/menu.json", EditMenu, Path("id")),
        get("/backoffice/r/{id}/menu.csv", EditMenu, Path("id")),
        // These show only the restaurants of the actor.
        get("/backoffice/changes", SeeChanges, Handler),
        get("/backoffice/orders", SeeOrders, Query("restaurant")),
        get("/backoffice/staff", ManageStaff, Handler),
        get("/backoffice/staff/new", ManageStaff, Handler),
        post("/backoffice/staff/new", ManageStaff, Handler),
        get("/backoffice/staff/{account}", ManageStaff, Handler),
        post("/backoffice/staff/{account}", ManageStaff, Handler),
        post("/backoffice/staff/{account}/sessions", ManageStaff, Handler),
        get("/backoffice/account", OwnAccount, Handler),
        post("/backoffice/account", OwnAccount, Handler),
        post("/backoffice/account/sessions", OwnAccount, Handler),
        // The mailbox of the built-in mail sink.
        get("/mailbox", ReadMail, Everywhere),
        get("/mailbox/events", ReadMail, Everywhere),
        get("/mailbox/{id}", ReadMail, Everywhere),
        get("/mailbox/{id}/html", ReadMail, Everywhere),
    ]
};

/// The rule of a route.
pub fn rule(method: &Method, route: &str) -> Option<&'static Rule> {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    RULES.iter().find(|rule| rule.method == *method && rule.route == route)
}

/// The methods of a route for `Allow`; empty for a route without a rule.
pub(super) fn methods(route: &str) -> String {
    let here = RULES.iter().filter(|rule| rule.route == route);
    let methods: Vec<_> = here.map(|rule| rule.method.as_str()).collect();
    match methods.contains(&"GET") {
        true => format!("{},HEAD", methods.join(",")),
        false => methods.join(","),
    }
}

/// The segment of `path` at the parameter `name` of `route`.
pub(super) fn segment<'a>(route: &str, path: &'a str, name: &str) -> Option<&'a str> {
    let is_it =
        |part: &str| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) == Some(name);
    let mut parts = route.split('/').zip(path.split('/'));
    parts.find(|(part, _)| is_it(part)).map(|(_, segment)| segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_has_one_rule_and_names_its_source() {
        for rule in RULES {
            let same = |other: &&Rule| (&other.method, other.route) == (&rule.method, rule.route);
            assert_eq!(RULES.iter().filter(same).count(), 1, "{} {}", rule.method, rule.route);
            if let RestaurantSource::Path(name) = rule.source {
                assert!(rule.route.contains(&format!("{{{name}}}")), "{}", rule.route);
            }
        }
        assert!(rule(&Method::HEAD, "/kitchen").is_some());
        assert!(rule(&Method::POST, "/kitchen").is_none());
    }

    #[test]
    fn the_restaurant_of_a_path_is_found() {
        let route = "/api/restaurants/{id}/stock";
        assert_eq!(
            segment(route, "/api/restaurants/bella-napoli/stock", "id"),
            Some("bella-napoli")
        );
        assert_eq!(segment(route, "/api/restaurants/bella-napoli/stock", "item"), None);
    }
}
