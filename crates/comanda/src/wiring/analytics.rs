//! The analytics service: the group that counts, and the dashboard.

use std::sync::Arc;

use services::analytics::{self, AnalyticsHandler, Figures, Pulse, SERVICE};
use sql::SqlFacts;

use super::{Assembly, Parts, clock};
use crate::{fault::Fault, groups::Group};

impl Assembly {
    pub(super) fn add_analytics(&mut self, parts: &Parts) -> Result<(), Fault> {
        let facts = SqlFacts::new(parts.database.clone());
        let secret = parts.access.secret().clone();
        self.workers.add_handler(AnalyticsHandler { facts: facts.clone(), secret })?;
        let lag = Group::of::<AnalyticsHandler<SqlFacts>>().lag(&parts.kafka);
        let pulse = Arc::new(Pulse::default());
        let (beat, asked) = (pulse.clone(), facts.clone());
        self.workers.spawn(async move { beat.run(asked).await });
        self.merge(analytics::routes(Arc::new(Figures {
            facts,
            lag: lag?,
            catalog: self.catalog(&SERVICE)?,
            pulse,
            access: parts.access.clone(),
            clock: clock(),
            mailbox: parts.has_mailbox,
        })));
        Ok(())
    }
}
