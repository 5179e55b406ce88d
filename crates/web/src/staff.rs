//! The gate before everything that is for staff.

use axum::{
    body::Body,
    extract::{MatchedPath, Query, Request, State},
    http::{HeaderValue, Method, Uri, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    ids::RestaurantId,
    staff::{Permission, Who},
};
use futures::StreamExt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    access::Access,
    asker::Asker,
    page::PageProblem,
    problem::Problem,
    rules::{self, Place},
    security::{self, Event},
    sessions::LOOK_EVERY,
};

/// Lets staff pass who may. Others get a problem, or, on their way to a page, the sign-in form.
/// The handler finds [`Who`] it is in the request's extensions.
pub async fn staff_only(
    State(access): State<Access>,
    route: MatchedPath,
    mut request: Request,
    next: Next,
) -> Response {
    let is_page = is_page(&request);
    let told = |problem: Problem| match is_page {
        true => PageProblem(problem).into_response(),
        false => problem.into_response(),
    };
    let asker = Asker::of(&request);
    let who = match access.who(&asker).await {
        Ok(Some(who)) => who,
        Ok(None) if is_page && request.method() == Method::GET => {
            return Redirect::to(&sign_in_for(request.uri())).into_response();
        }
        Ok(None) => return Problem::not_staff().into_response(),
        Err(denied) => return told(denied.into()),
    };
    let Some(rule) = rules::rule(request.method(), route.as_str()) else {
        return without_rule(route.as_str(), &told);
    };
    match may_pass(&who, rule.permission, rule.place, route.as_str(), request.uri()) {
        Ok(()) => {}
        Err(Refusal::NameOne { field, theirs }) if is_page => {
            return Redirect::to(&with_restaurant(request.uri(), field, &theirs)).into_response();
        }
        Err(Refusal::NameOne { .. }) => return told(Problem::name_restaurant()),
        Err(Refusal::NotAllowed) => {
            let (name, path) = (security::name_of(&who), request.uri().path());
            security::refused(Event::Forbidden, &name, asker.from, path);
            return told(Problem::not_allowed());
        }
    }
    request.extensions_mut().insert(who);
    let response = next.run(request).await;
    end_with_session(response, access, asker)
}

/// A method that the route does not have, or a route that was forgotten: closed either way.
fn without_rule(route: &str, told: &impl Fn(Problem) -> Response) -> Response {
    let methods = rules::methods(route);
    let Ok(allow) = HeaderValue::from_str(&methods) else { return told(Problem::not_allowed()) };
    if methods.is_empty() {
        tracing::error!(route, "a route for staff has no rule, so it is closed");
        return told(Problem::not_allowed());
    }
    let mut response = told(Problem::wrong_method(&methods));
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

/// Browsers go to pages by themselves; programs and scripts ask for the rest.
fn is_page(request: &Request) -> bool {
    let path = request.uri().path();
    !path.starts_with("/api/") && !path.ends_with("/events")
}

/// Why somebody does not pass.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    NotAllowed,
    /// They must say which restaurant they mean; this one is theirs.
    NameOne {
        field: &'static str,
        theirs: RestaurantId,
    },
}

fn may_pass(
    who: &Who,
    permission: Permission,
    place: Place,
    route: &str,
    uri: &Uri,
) -> Result<(), Refusal> {
    let allowed = |yes: bool| if yes { Ok(()) } else { Err(Refusal::NotAllowed) };
    allowed(who.may(permission))?;
    if who.is_everywhere() {
        return Ok(());
    }
    match place {
        Place::Handler => Ok(()),
        Place::Everywhere => Err(Refusal::NotAllowed),
        Place::Path(name) => {
            let named = rules::segment(route, uri.path(), name).and_then(|id| id.parse().ok());
            allowed(named.is_some_and(|id| who.may_at(permission, &id)))
        }
        Place::Query(field) => {
            let named = named_in_query(uri, field).ok_or(Refusal::NotAllowed)?;
            match (named.is_empty(), who.first_restaurant()) {
                (true, Some(first)) => Err(Refusal::NameOne { field, theirs: first.clone() }),
                (true, None) => Err(Refusal::NotAllowed),
                (false, _) => allowed(named.iter().all(|id| {
                    id.parse().is_ok_and(|id: RestaurantId| who.may_at(permission, &id))
                })),
            }
        }
    }
}

/// The restaurants that a query names by a field, read as handlers read it: whatever the spelling.
/// Nothing if it cannot be read.
fn named_in_query(uri: &Uri, field: &str) -> Option<Vec<String>> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    let named = pairs.into_iter().filter(|(name, id)| name == field && !id.is_empty());
    Some(named.map(|(_, id)| id).collect())
}

/// The same address with a restaurant in its query.
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

/// A stream of events ends when the session that opened it does.
fn end_with_session(response: Response, access: Access, mut asker: Asker) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_stream = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    if !is_stream || access.is_staff_bearer(&asker) {
        return response;
    }
    // It is the session that lets them in: nothing else is to be looked at again.
    asker.headers.remove(header::AUTHORIZATION);
    let over = async move {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            // A database that is away ends nobody's session.
            if let Ok(None) = access.who(&asker).await {
                return;
            }
        }
    };
    response.map(|body| Body::from_stream(body.into_data_stream().take_until(Box::pin(over))))
}

fn sign_in_for(uri: &Uri) -> String {
    let wanted = uri.path_and_query().map_or("/", |path| path.as_str());
    format!("/sign-in?next={}", utf8_percent_encode(wanted, NON_ALPHANUMERIC))
}

#[cfg(test)]
mod tests {
    use domain::{ids::StaffId, staff::Account};
    use uuid::Uuid;

    use super::*;

    fn owner() -> Who {
        let id = StaffId(Uuid::from_u128(1));
        let places = ["napoli".to_owned(), "roma".to_owned()];
        Who::Account(Account::check(id, "a@x.de", "Ada", "owner", &places).unwrap())
    }

    fn pass(place: Place, uri: &str) -> Result<(), Refusal> {
        let uri = uri.parse().unwrap();
        may_pass(&owner(), Permission::SeeFigures, place, "/x/{id}", &uri)
    }

    #[test]
    fn the_wanted_page_survives_signing_in() {
        let uri = "/kitchen?restaurant=a&x=1".parse().unwrap();
        assert_eq!(sign_in_for(&uri), "/sign-in?next=%2Fkitchen%3Frestaurant%3Da%26x%3D1");
    }

    #[test]
    fn a_restaurant_that_is_named_must_be_theirs() {
        let no = Err(Refusal::NotAllowed);
        let query = Place::Query("restaurant");
        assert_eq!(pass(query, "/x/1?restaurant=roma"), Ok(()));
        assert_eq!(pass(query, "/x/1?restaurant=%72oma"), Ok(()), "it is the same one");
        assert_eq!(pass(Place::Query("restaurant_id"), "/x/1?restaurant_id=napoli&from="), Ok(()));
        for bad in [
            "restaurant=wok",
            "restaurant=roma&restaurant=wok",
            "restaurant=%77ok",
            "restaurant=roma&%72estaurant=wok",
            "%72estaurant=wok&restaurant=roma",
        ] {
            assert_eq!(pass(query, &format!("/x/1?{bad}")), no, "{bad}");
        }
        // Also by a field that the handler does not read.
        for none in ["/x/1", "/x/1?restaurant=", "/x/1?restaurants=wok", "/x/1?restaurant_id=roma"]
        {
            let first = Refusal::NameOne { field: "restaurant", theirs: "napoli".parse().unwrap() };
            assert_eq!(pass(query, none), Err(first), "{none}");
        }
        assert_eq!(pass(Place::Path("id"), "/x/roma"), Ok(()));
        assert_eq!(pass(Place::Path("id"), "/x/wok"), no);
        assert_eq!(pass(Place::Path("id"), "/x/%72oma"), no);
        assert_eq!(pass(Place::Everywhere, "/x/roma"), no);
    }

    #[test]
    fn the_first_restaurant_comes_into_the_address() {
        let uri = "/analytics?from=x&restaurant=&wall=1".parse().unwrap();
        let address = with_restaurant(&uri, "restaurant", &"napoli".parse().unwrap());
        assert_eq!(address, "/analytics?restaurant=napoli&from=x&wall=1");
        let bare = "/kitchen".parse().unwrap();
        let address = with_restaurant(&bare, "restaurant", &"napoli".parse().unwrap());
        assert_eq!(address, "/kitchen?restaurant=napoli");
    }
}
