//! The access layer of staff routes.

use axum::{
    body::Body,
    extract::{MatchedPath, Query, Request, State},
    http::{HeaderValue, Method, Uri, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    ids::RestaurantId,
    staff::{Actor, Permission},
};
use futures::StreamExt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    access::Access,
    page::PageProblem,
    problem::Problem,
    rules::{self, RestaurantSource},
    security::{self, SecurityEvent},
    sender::Sender,
    sessions::CHECK_INTERVAL,
};

/// Admits staff with the route's permission. Others get a problem or, for a page, a redirect to the
/// sign-in form. Adds the [`Actor`] to the request's extensions.
pub async fn staff_only(
    State(access): State<Access>,
    route: MatchedPath,
    mut request: Request,
    next: Next,
) -> Response {
    let is_page = is_page(&request);
    let respond = |problem: Problem| match is_page {
        true => PageProblem(problem).into_response(),
        false => problem.into_response(),
    };
    let sender = Sender::of(&request);
    let actor = match access.actor(&sender).await {
        Ok(Some(actor)) => actor,
        Ok(None) if is_page && request.method() == Method::GET => {
            return Redirect::to(&sign_in_path(request.uri())).into_response();
        }
        Ok(None) => return Problem::not_staff().into_response(),
        Err(denied) => return respond(denied.into()),
    };
    let Some(rule) = rules::rule(request.method(), route.as_str()) else {
        return respond_without_rule(route.as_str(), &respond);
    };
    match check_permission(&actor, rule.permission, rule.source, route.as_str(), request.uri()) {
        Ok(()) => {}
        Err(Refusal::NameOne { field, theirs }) if is_page => {
            return Redirect::to(&with_restaurant(request.uri(), field, &theirs)).into_response();
        }
        Err(Refusal::NameOne { .. }) => return respond(Problem::name_restaurant()),
        Err(Refusal::NotAllowed) => {
            let (name, path) = (security::actor_name(&actor), request.uri().path());
            security::log_refusal(SecurityEvent::Forbidden, &name, sender.from, path);
            return respond(Problem::not_allowed());
        }
    }
    request.extensions_mut().insert(actor);
    let response = next.run(request).await;
    end_with_session(response, access, sender)
}

/// The response for a method without a rule, or for a route that is missing in the table.
fn respond_without_rule(route: &str, respond: &impl Fn(Problem) -> Response) -> Response {
    let methods = rules::methods(route);
    let Ok(allow) = HeaderValue::from_str(&methods) else { return respond(Problem::not_allowed()) };
    if methods.is_empty() {
        tracing::error!(route, "a route for staff has no rule, so it is closed");
        return respond(Problem::not_allowed());
    }
    let mut response = respond(Problem::wrong_method(&methods));
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

/// True for pages, to which browsers navigate; scripts and tools request the rest.
fn is_page(request: &Request) -> bool {
    let path = request.uri().path();
    !path.starts_with("/api/") && !path.ends_with("/events")
}

/// Why an actor is not admitted.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    NotAllowed,
    /// They must name a restaurant; `theirs` is one of theirs.
    NameOne {
        field: &'static str,
        theirs: RestaurantId,
    },
}

fn check_permission(
    actor: &Actor,
    permission: Permission,
    source: RestaurantSource,
    route: &str,
    uri: &Uri,
) -> Result<(), Refusal> {
    let allowed = |yes: bool| if yes { Ok(()) } else { Err(Refusal::NotAllowed) };
    allowed(actor.may(permission))?;
    if actor.is_everywhere() {
        return Ok(());
    }
    match source {
        RestaurantSource::Handler => Ok(()),
        RestaurantSource::Everywhere => Err(Refusal::NotAllowed),
        RestaurantSource::Path(name) => {
            let named = rules::segment(route, uri.path(), name).and_then(|id| id.parse().ok());
            allowed(named.is_some_and(|id| actor.may_at(permission, &id)))
        }
        RestaurantSource::Query(field) => {
            let named = named_in_query(uri, field).ok_or(Refusal::NotAllowed)?;
            match (named.is_empty(), actor.first_restaurant()) {
                (true, Some(first)) => Err(Refusal::NameOne { field, theirs: first.clone() }),
                (true, None) => Err(Refusal::NotAllowed),
                (false, _) => allowed(named.iter().all(|id| {
                    id.parse().is_ok_and(|id: RestaurantId| actor.may_at(permission, &id))
                })),
            }
        }
    }
}

/// The restaurants in a field of the query, parsed as handlers parse it; `None` if it is
/// unreadable.
fn named_in_query(uri: &Uri, field: &str) -> Option<Vec<String>> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    let named = pairs.into_iter().filter(|(name, id)| name == field && !id.is_empty());
    Some(named.map(|(_, id)| id).collect())
}

/// The URL with a restaurant in its query.
fn with_restaurant(uri: &Uri, field: &str, restaurant: &RestaurantId) -> String {
    let kept = uri.query().unwrap_or_default().split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !name.is_empty() && name != field
    });
    let mut address = format!("{}?{field}={restaurant}", uri.path());
    for pair in kept {
        address.push('&');
        address.push_str(pair);
    }
    address
}

/// Ends an event stream with the session that opened it.
fn end_with_session(response: Response, access: Access, mut sender: Sender) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_stream = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    if !is_stream || access.is_staff_bearer(&sender) {
        return response;
    }
    // The session grants the access, so only the session is checked again.
    sender.headers.remove(header::AUTHORIZATION);
    let over = async move {
        loop {
            tokio::time::sleep(CHECK_INTERVAL).await;
            // An unavailable database ends no session.
            if let Ok(None) = access.actor(&sender).await {
                return;
            }
        }
    };
    response.map(|body| Body::from_stream(body.into_data_stream().take_until(Box::pin(over))))
}

fn sign_in_path(uri: &Uri) -> String {
    let wanted = uri.path_and_query().map_or("/", |path| path.as_str());
    format!("/sign-in?next={}", utf8_percent_encode(wanted, NON_ALPHANUMERIC))
}

#[cfg(test)]
mod tests {
    use domain::{ids::StaffId, staff::Account};
    use uuid::Uuid;

    use super::*;

    fn owner() -> Actor {
        let id = StaffId(Uuid::from_u128(1));
        let places = ["napoli".to_owned(), "roma".to_owned()];
        Actor::Account(Account::from_input(id, "a@x.de", "Ada", "owner", &places).unwrap())
    }

    fn check(source: RestaurantSource, uri: &str) -> Result<(), Refusal> {
        let uri = uri.parse().unwrap();
        check_permission(&owner(), Permission::SeeFigures, source, "/x/{id}", &uri)
    }

    #[test]
    fn sign_in_redirects_to_the_requested_page() {
        let uri = "/kitchen?restaurant=a&x=1".parse().unwrap();
        assert_eq!(sign_in_path(&uri), "/sign-in?next=%2Fkitchen%3Frestaurant%3Da%26x%3D1");
    }

    #[test]
    fn a_named_restaurant_must_be_theirs() {
        let no = Err(Refusal::NotAllowed);
        let query = RestaurantSource::Query("restaurant");
        assert_eq!(check(query, "/x/1?restaurant=roma"), Ok(()));
        assert_eq!(check(query, "/x/1?restaurant=%72oma"), Ok(()), "it is the same one");
        assert_eq!(
            check(RestaurantSource::Query("restaurant_id"), "/x/1?restaurant_id=napoli&from="),
            Ok(())
        );
        for bad in [
            "restaurant=wok",
            "restaurant=roma&restaurant=wok",
            "restaurant=%77ok",
            "restaurant=roma&%72estaurant=wok",
            "%72estaurant=wok&restaurant=roma",
        ] {
            assert_eq!(check(query, &format!("/x/1?{bad}")), no, "{bad}");
        }
        // Also by a field that the handler does not read.
        for none in ["/x/1", "/x/1?restaurant=", "/x/1?restaurants=wok", "/x/1?restaurant_id=roma"]
        {
            let first = Refusal::NameOne { field: "restaurant", theirs: "napoli".parse().unwrap() };
            assert_eq!(check(query, none), Err(first), "{none}");
        }
        assert_eq!(check(RestaurantSource::Path("id"), "/x/roma"), Ok(()));
        assert_eq!(check(RestaurantSource::Path("id"), "/x/wok"), no);
        assert_eq!(check(RestaurantSource::Path("id"), "/x/%72oma"), no);
        assert_eq!(check(RestaurantSource::Everywhere, "/x/roma"), no);
    }

    #[test]
    fn the_first_restaurant_is_added_to_the_url() {
        let uri = "/analytics?from=x&restaurant=&wall=1".parse().unwrap();
        let address = with_restaurant(&uri, "restaurant", &"napoli".parse().unwrap());
        assert_eq!(address, "/analytics?restaurant=napoli&from=x&wall=1");
        let bare = "/kitchen".parse().unwrap();
        let address = with_restaurant(&bare, "restaurant", &"napoli".parse().unwrap());
        assert_eq!(address, "/kitchen?restaurant=napoli");
    }
}
