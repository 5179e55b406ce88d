//! The mailbox.

use super::{Api, ok_if, wait_until};

/// A mail in the mailbox.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The page with headers and text.
    pub page: String,
    pub id: usize,
}

impl Api {
    /// All mails, oldest first. Their ids begin with 1 and have no gaps.
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

    /// Waits for mails about an order, which link to it.
    pub async fn mails_about(&self, order: &str) -> Vec<Mail> {
        wait_until(&format!("a mail about {order} is there"), async || {
            let mut mails = self.mails().await;
            mails.retain(|mail| mail.page.contains(order));
            ok_if(!mails.is_empty(), mails)
        })
        .await
    }
}
