//! order_confirmed · order_declined · order_progress · `order_payments` · `order_refunded` → mail
//!
//! A mail is sent, then recorded as sent. SMTP has no idempotency key, so a crash of the process or
//! the database between the server's acceptance and the row sends that mail again, with the same
//! Message-ID: at most one mail for each connection to the mail server. All other repetitions –
//! redelivery, a reset of the group's offsets – find the row and send nothing.
//!
//! A temporary refusal of one mail (4xx) sends its record to a retry topic, a permanent one (5xx)
//! makes a dead letter with the server's response. A server that does not answer, or refuses the
//! connection, pauses all partitions.

mod checking;
mod decode;
mod handler;
pub mod letters;

use crate::declaration::Declaration;

pub use self::{
    checking::CheckingMailer,
    handler::{EmailHandler, MailCounters},
};

/// The service.
pub const SERVICE: Declaration = Declaration {
    name: "email",
    about: "Mails customers",
    port: 8084,
    publishes: &[],
    follows: &[],
};
