//! `/backoffice/r/{restaurant}/settings`: opening hours, terms and pauses.

use axum::{
    extract::{Path, Query},
    response::{IntoResponse, Response},
};
use domain::{
    hours::Pause,
    ports::{ChangeBook, OrderSearch},
    restaurant::Restaurant,
    staff::Actor,
    violation::{Violation, Violations},
};
use events::Publisher;
use jiff::SignedDuration;
use ui::{
    Reader,
    pages::{self, DayForm, OfficeNotice, SettingsForm, SettingsPage, opening_text},
};

use super::{
    Backoffice, NoticeQuery,
    context::OfficeContext,
    pairs::Pairs,
    redirect_saved,
    save_error::SaveError,
    settings_form::{form_from_pairs, form_from_restaurant, restaurant_from_form},
};
use web::{
    Problem,
    page::{PageProblem, page},
};

/// Longest timed pause, in minutes: a day.
const MAX_PAUSE_MIN: i64 = 1_440;

/// Shows the settings.
pub(super) async fn show<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Query(query): Query<NoticeQuery>,
) -> Result<Response, PageProblem> {
    let form = form_from_restaurant(&shop.restaurant);
    Ok(office.settings_page(
        &actor,
        &reader,
        &shop.restaurant,
        (shop.version, &form, &[], query.notice()),
    ))
}

/// Saves the settings.
pub(super) async fn save<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, reader, shop }: OfficeContext<P, C, O>,
    Path(id): Path<String>,
    pairs: Pairs,
) -> Result<Response, PageProblem> {
    let at = format!("/backoffice/r/{id}/settings");
    let reader = reader.at(&at);
    let seen: i64 = pairs.parse_hidden("version")?;
    let mut form = form_from_pairs(&pairs);
    if pairs.action().0 == "add-exception" {
        form.exceptions.push(DayForm::default());
        return Ok(office.settings_page(
            &actor,
            &reader,
            &shop.restaurant,
            (seen, &form, &[], None),
        ));
    }
    let done = match restaurant_from_form(&form, &shop.restaurant) {
        Ok(restaurant) if restaurant == *shop.restaurant => return Ok(redirect_saved(&at)),
        Ok(restaurant) => office.save_restaurant(&actor, seen, &restaurant).await,
        Err(refused) => Err(SaveError::Invalid(refused)),
    };
    let Err(error) = done else { return Ok(redirect_saved(&at)) };
    let failure = office.describe_failure(&shop.restaurant, error).await?;
    let version = if failure.is_overtaken() { office.restaurant(&id)?.version } else { seen };
    let shown = (version, &form, failure.violations.as_slice(), Some(failure.notice));
    Ok((failure.status, office.settings_page(&actor, &reader, &shop.restaurant, shown))
        .into_response())
}

/// Begins or ends a pause. It changes no other setting, so the actor need not have seen the latest
/// version.
pub(super) async fn set_pause<P: Publisher, C: ChangeBook, O: OrderSearch>(
    OfficeContext { office, actor, shop, .. }: OfficeContext<P, C, O>,
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
            _ => return Err(Violations::one("minutes", "must be 1 to 1440").into()),
        },
    };
    let restaurant = Restaurant { pause, ..(*shop.restaurant).clone() };
    match office.save_restaurant(&actor, shop.version, &restaurant).await {
        Ok(_) => Ok(redirect_saved(&format!("/backoffice/r/{id}/settings"))),
        Err(SaveError::Overtaken) => {
            Err(Problem::unavailable("Somebody else is saving just now. Press it again.").into())
        }
        Err(error) => Err(error.into_problem().into()),
    }
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    fn settings_page(
        &self,
        actor: &Actor,
        reader: &Reader,
        restaurant: &Restaurant,
        (version, form, violations, notice): (
            i64,
            &SettingsForm,
            &[Violation],
            Option<OfficeNotice>,
        ),
    ) -> Response {
        let (now, paused) = opening_text(reader, restaurant, self.clock.now());
        page(pages::settings(&SettingsPage {
            header: self.header(reader, actor, restaurant),
            version,
            currency: restaurant.currency,
            now,
            paused,
            form,
            violations,
            notice,
        }))
    }
}
