//! The mailbox.

use super::{Api, seen, until};

/// A mail, as the mailbox shows it.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The page with headers and text.
    pub page: String,
    pub id: usize,
}

impl Api {
    /// Every mail, oldest first. Their numbers begin with 1 and have no gaps.
    pub async fn mails(&self) -> Vec<Mail> {
        let mut mails = Vec::new();
        loop {
            let id = mails.len() + 1;
            let answer = self.staff_get(&format!("/mailbox/{id}")).await;
            match answer.status {
                200 => mails.push(Mail { page: answer.text, id }),
                404 => return mails,
                other => panic!("the mailbox answers {other}: {}", answer.text),
            }
        }
    }

    /// The mails about an order, once there is one: each of them links to it.
    pub async fn mails_about(&self, order: &str) -> Vec<Mail> {
        until(&format!("a mail about {order} is there"), async || {
            let mut mails = self.mails().await;
            mails.retain(|mail| mail.page.contains(order));
            seen(!mails.is_empty(), mails)
        })
        .await
    }
}
