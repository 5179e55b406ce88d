//! A mail server in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use domain::ports::{self, Mail, MailError};

use super::{Faults, lock};

#[derive(Clone)]
pub struct Mailer {
    taken: Arc<Mutex<Vec<Mail>>>,
    refuses: Arc<Mutex<bool>>,
    /// Number of temporary refusals of each mail.
    busy: Arc<Mutex<usize>>,
    busy_with: Arc<Mutex<BTreeMap<String, usize>>>,
    /// Number of attempts.
    asked: Arc<Mutex<usize>>,
    faults: Faults,
}

impl Mailer {
    pub fn new(faults: Faults) -> Self {
        Self {
            taken: Arc::default(),
            refuses: Arc::default(),
            busy: Arc::default(),
            busy_with: Arc::default(),
            asked: Arc::default(),
            faults,
        }
    }

    pub fn taken(&self) -> Vec<Mail> {
        lock(&self.taken).clone()
    }

    /// Number of attempts to send a mail.
    pub fn asked(&self) -> usize {
        *lock(&self.asked)
    }

    /// Refuses each mail temporarily a number of times before it accepts it, as greylisting does.
    pub fn busy(&self, times: usize) {
        *lock(&self.busy) = times;
    }

    /// Refuses every mail permanently from now on.
    pub fn refuse(&self) {
        *lock(&self.refuses) = true;
    }
}

impl ports::Mailer for Mailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        *lock(&self.asked) += 1;
        let times = *lock(&self.busy);
        let mut busy_with = lock(&self.busy_with);
        let said = busy_with.entry(mail.message_id.clone()).or_default();
        if *said < times {
            *said += 1;
            return Err(MailError::Later("451 4.7.1 greylisted".into()));
        }
        drop(busy_with);
        if *lock(&self.refuses) {
            return Err(MailError::Never("550 no such user".into()));
        }
        Ok(self.faults.call("mailer.send", || lock(&self.taken).push(mail))?)
    }
}
