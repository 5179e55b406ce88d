//! `/backoffice/r/{restaurant}/settings`: opening hours, terms and pauses.

use axum::{
    extract::{Path, Query},
    response::{IntoResponse, Response},
};
use domain::{
    hours::Pause,
    money::Currency,
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
    settings_form::{
        exchange_amounts, form_from_pairs, form_from_restaurant, prices_answer,
        restaurant_from_form,
    },
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
    let done = office.save_form(&actor, &shop.restaurant, seen, &form).await;
    let Err(error) = done else { return Ok(redirect_saved(&at)) };
    let failure = office.describe_failure(&shop.restaurant, error).await?;
    let version = if failure.is_overtaken() { office.restaurant(&id)?.version } else { seen };
    let shown = (version, &form, failure.violations.as_slice(), Some(failure.notice));
    Ok((failure.status, office.settings_page(&actor, &reader, &shop.restaurant, shown))
        .into_response())
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    /// Saves what a form changes. Amounts are exchanged once, by the answer of the form.
    async fn save_form(
        &self,
        actor: &Actor,
        before: &Restaurant,
        seen: i64,
        form: &SettingsForm,
    ) -> Result<(), SaveError> {
        let rate = prices_answer(form).rate().map_err(SaveError::Invalid)?;
        let mut exchanged = form.clone();
        if let Some(rate) = rate.filter(|_| form.currency != before.currency.code()) {
            exchange_amounts(&mut exchanged, before, rate);
        } else if let Some((from, to)) = self.undecided_prices(before, form) {
            return Err(SaveError::Prices { from, to });
        }
        let restaurant = restaurant_from_form(&exchanged, before).map_err(SaveError::Invalid)?;
        if restaurant != *before || self.exchanged_menu(&restaurant, rate)?.is_some() {
            self.save_restaurant(actor, seen, &restaurant, rate).await?;
        }
        Ok(())
    }

    /// The currencies of a change that a form makes, if prices are affected.
    fn undecided_prices(
        &self,
        before: &Restaurant,
        form: &SettingsForm,
    ) -> Option<(Currency, Currency)> {
        let (_, menu) = self.whole_menu(&before.id);
        let from = menu.currency().unwrap_or(before.currency);
        let to: Currency = form.currency.parse().ok()?;
        let has_prices = menu.items().next().is_some();
        (has_prices && before.currency != to && from != to).then_some((from, to))
    }
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
    match office.save_restaurant(&actor, shop.version, &restaurant, None).await {
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
            prices: self.undecided_prices(restaurant, form),
        }))
    }
}
