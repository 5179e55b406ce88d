//! `/backoffice/r/{restaurant}/settings`: hours, terms, and breaks.

use axum::{
    extract::{Path, Query},
    response::{IntoResponse, Response},
};
use domain::{
    hours::Pause,
    ports::{ChangeBook, OrderSearch},
    restaurant::Restaurant,
    staff::Who,
    violation::{Refused, Violation},
};
use events::Publisher;
use jiff::SignedDuration;
use ui::{
    Reader,
    pages::{self, DayForm, Said, SettingsForm, SettingsPage, opening_text},
};

use super::{
    Backoffice, Told,
    desk::Desk,
    pairs::Pairs,
    saved,
    settings_form::{check, filled, typed},
    unsaved::NotSaved,
};
use web::{
    Problem,
    page::{PageProblem, page},
};

/// Longest break that ends by itself, in minutes: a day.
const MAX_PAUSE_MIN: i64 = 1_440;

/// The settings.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Query(told): Query<Told>,
) -> Result<Response, PageProblem> {
    let form = filled(&shop.restaurant);
    Ok(office.settings_page(
        &who,
        &reader,
        &shop.restaurant,
        (shop.version, &form, &[], told.said()),
    ))
}

/// Saves them.
pub(super) async fn save<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, reader, shop }: Desk<P, C, O>,
    Path(id): Path<String>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let at = format!("/backoffice/r/{id}/settings");
    let reader = reader.at(&at);
    let seen: i64 = pairs.hidden("version")?;
    let mut form = typed(&pairs);
    if pairs.action().0 == "add-exception" {
        form.exceptions.push(DayForm::default());
        return Ok(office.settings_page(&who, &reader, &shop.restaurant, (seen, &form, &[], None)));
    }
    let done = match check(&form, &shop.restaurant) {
        Ok(restaurant) if restaurant == *shop.restaurant => return Ok(saved(&at)),
        Ok(restaurant) => office.save_restaurant(&who, seen, &restaurant).await,
        Err(refused) => Err(NotSaved::Refused(refused)),
    };
    let Err(why) = done else { return Ok(saved(&at)) };
    let unsaved = office.unsaved(&shop.restaurant, why).await?;
    let version = if unsaved.is_overtaken() { office.restaurant(&id)?.version } else { seen };
    let shown = (version, &form, unsaved.violations.as_slice(), Some(unsaved.said));
    Ok((unsaved.status, office.settings_page(&who, &reader, &shop.restaurant, shown))
        .into_response())
}

/// A break begins or ends. Whoever is in a hurry need not have seen the latest version: nothing but
/// the break changes.
pub(super) async fn pause<P: Publisher, C: ChangeBook, O: OrderSearch>(
    Desk { office, who, shop, .. }: Desk<P, C, O>,
    Path(id): Path<String>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let pause = match pairs.get("minutes") {
        "open" => Some(Pause::UntilResumed),
        minutes => match minutes.parse::<i64>() {
            Ok(0) => None,
            Ok(minutes) if (1..=MAX_PAUSE_MIN).contains(&minutes) => {
                let end = office.clock.now() + SignedDuration::from_mins(minutes);
                Some(Pause::Until(end))
            }
            _ => return Err(Refused::one("minutes", "must be 1 to 1440").into()),
        },
    };
    let restaurant = Restaurant { pause, ..(*shop.restaurant).clone() };
    match office.save_restaurant(&who, shop.version, &restaurant).await {
        Ok(_) => Ok(saved(&format!("/backoffice/r/{id}/settings"))),
        Err(NotSaved::Overtaken) => {
            Err(Problem::unavailable("Somebody else is saving just now. Press it again.").into())
        }
        Err(why) => Err(why.problem().into()),
    }
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    fn settings_page(
        &self,
        who: &Who,
        reader: &Reader,
        restaurant: &Restaurant,
        (version, form, violations, said): (i64, &SettingsForm, &[Violation], Option<Said>),
    ) -> Response {
        let (now, paused) = opening_text(reader, restaurant, self.clock.now());
        page(pages::settings(&SettingsPage {
            place: self.place(reader, who, restaurant),
            version,
            currency: restaurant.currency,
            now,
            paused,
            form,
            violations,
            said,
        }))
    }
}
