//! Why nothing was saved, and how a page tells it.

use axum::http::StatusCode;
use domain::{
    ports::{ChangeBook, ChangesWanted, OrderSearch},
    restaurant::Restaurant,
    violation::{Refused, Violation},
};
use events::Publisher;
use ui::pages::Said;

use super::Backoffice;
use web::Problem;

/// Why nothing was saved.
#[derive(Debug)]
pub(super) enum NotSaved {
    /// Somebody else has published since.
    Overtaken,
    /// Something that was asked for is wrong.
    Refused(Refused),
    /// Anything else.
    Problem(Problem),
}

impl<E: Into<Problem>> From<E> for NotSaved {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

impl NotSaved {
    /// As tools are told.
    pub(super) fn problem(self) -> Problem {
        match self {
            Self::Overtaken => Problem::overtaken(),
            Self::Refused(refused) => refused.into(),
            Self::Problem(problem) => problem,
        }
    }
}

/// What the page shows that comes back with what was typed.
pub(super) struct Unsaved {
    pub(super) status: StatusCode,
    /// What is wrong with it.
    pub(super) violations: Vec<Violation>,
    pub(super) said: Said,
}

impl Unsaved {
    /// Somebody else was faster: what they made of it is there to see.
    pub(super) fn is_overtaken(&self) -> bool {
        self.status == StatusCode::CONFLICT
    }
}

impl<P: Publisher, C: ChangeBook, O: OrderSearch> Backoffice<P, C, O> {
    /// What a page tells of it; what no page can tell is a problem.
    pub(super) async fn unsaved(
        &self,
        restaurant: &Restaurant,
        why: NotSaved,
    ) -> Result<Unsaved, Problem> {
        match why {
            NotSaved::Overtaken => Ok(Unsaved {
                status: StatusCode::CONFLICT,
                violations: Vec::new(),
                said: self.overtaken(restaurant).await,
            }),
            NotSaved::Refused(Refused(violations)) => Ok(Unsaved {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                violations,
                said: Said::Wrong,
            }),
            NotSaved::Problem(problem) => Err(problem),
        }
    }

    /// That somebody else was faster, with their name if the log knows it by now.
    async fn overtaken(&self, restaurant: &Restaurant) -> Said {
        let restaurant = Some(restaurant.id.clone());
        let wanted = ChangesWanted { restaurant, before: None, limit: 1 };
        let last = self.changes.changes(&wanted).await.unwrap_or_default();
        Said::Overtaken(last.into_iter().next().map(|entry| entry.by))
    }
}
