//! Errors of saving, and how a page shows them.

use axum::http::StatusCode;
use domain::{
    money::Currency,
    ports::{ChangeBook, ChangesQuery, OrderSearch},
    restaurant::Restaurant,
    violation::{Violation, Violations},
};
use events::Publisher;
use ui::pages::OfficeNotice;

use super::Backoffice;
use web::Problem;

/// Why nothing was saved.
#[derive(Debug)]
pub(super) enum SaveError {
    /// Another actor has published in between.
    Overtaken,
    /// The input is invalid.
    Invalid(Violations),
    /// The currency changes, and it is not said what becomes of the prices.
    Prices {
        /// The currency of the prices.
        from: Currency,
        /// The new currency.
        to: Currency,
    },
    /// Anything else.
    Problem(Problem),
}

impl<E: Into<Problem>> From<E> for SaveError {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

impl SaveError {
    /// The problem that the API returns.
    pub(super) fn into_problem(self) -> Problem {
        match self {
            Self::Overtaken => Problem::overtaken(),
            Self::Invalid(refused) => refused.into(),
            Self::Prices { from, to } => Problem::prices_undecided(from, to),
            Self::Problem(problem) => problem,
        }
    }
}

/// What a page shows together with the rejected input.
pub(super) struct SaveFailure {
    pub(super) status: StatusCode,
    /// Violations in the input.
    pub(super) violations: Vec<Violation>,
    pub(super) notice: OfficeNotice,
    is_overtaken: bool,
}

impl SaveFailure {
    /// True if another actor has published in between.
    pub(super) fn is_overtaken(&self) -> bool {
        self.is_overtaken
    }
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    /// Describes an error for a page; an error that is not about the input is a problem.
    pub(super) async fn describe_failure(
        &self,
        restaurant: &Restaurant,
        error: SaveError,
    ) -> Result<SaveFailure, Problem> {
        match error {
            SaveError::Overtaken => Ok(SaveFailure {
                status: StatusCode::CONFLICT,
                violations: Vec::new(),
                notice: self.overtaken_notice(restaurant).await,
                is_overtaken: true,
            }),
            SaveError::Invalid(Violations(violations)) => Ok(SaveFailure {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                violations,
                notice: OfficeNotice::Wrong,
                is_overtaken: false,
            }),
            // The page asks.
            SaveError::Prices { .. } => Ok(SaveFailure {
                status: StatusCode::CONFLICT,
                violations: Vec::new(),
                notice: OfficeNotice::Wrong,
                is_overtaken: false,
            }),
            SaveError::Problem(problem) => Err(problem),
        }
    }

    /// The notice of an overtaken change, with the other actor's name if the change log has it.
    async fn overtaken_notice(&self, restaurant: &Restaurant) -> OfficeNotice {
        let restaurant = Some(restaurant.id.clone());
        let wanted = ChangesQuery { restaurant, before: None, limit: 1 };
        let last = self.changes.changes(&wanted).await.unwrap_or_default();
        OfficeNotice::Overtaken(last.into_iter().next().map(|entry| entry.by))
    }
}
