//! A mail server that keeps what it takes.

use std::sync::{Arc, Mutex};

use domain::ports::{self, Mail, MailError};

use super::{Faults, lock};

#[derive(Clone)]
pub struct Mailer {
    taken: Arc<Mutex<Vec<Mail>>>,
    refuses: Arc<Mutex<bool>>,
    faults: Faults,
}

impl Mailer {
    pub fn new(faults: Faults) -> Self {
        Self { taken: Arc::default(), refuses: Arc::default(), faults }
    }

    pub fn taken(&self) -> Vec<Mail> {
        lock(&self.taken).clone()
    }

    /// Says never to every mail from now on.
    pub fn refuse(&self) {
        *lock(&self.refuses) = true;
    }
}

impl ports::Mailer for Mailer {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        if *lock(&self.refuses) {
            return Err(MailError::Never("550 no such user".into()));
        }
        Ok(self.faults.call("mailer.send", || lock(&self.taken).push(mail))?)
    }
}
