//! A movement of the balance in Stripe's format.

use serde::Serialize;
use serde_json::Value;

use super::{Absent, ChargeView, DisputeView, RefundView, seconds};
use crate::{
    books::Books,
    model::{BalanceTransaction, Currency, TransactionId, TransactionSource},
};

/// A movement of the balance in Stripe's format.
#[derive(Debug, Serialize)]
pub(crate) struct BalanceTransactionView {
    id: TransactionId,
    object: &'static str,
    amount: i64,
    available_on: i64,
    balance_type: &'static str,
    created: i64,
    currency: Currency,
    description: Absent,
    exchange_rate: Absent,
    fee: i64,
    fee_details: Vec<FeeView>,
    net: i64,
    reporting_category: &'static str,
    source: SourceView,
    status: &'static str,
    r#type: &'static str,
}

/// What moved the balance: its id, or the object where it is expanded.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum SourceView {
    Id(String),
    Object(Value),
}

#[derive(Debug, Serialize)]
struct FeeView {
    amount: i64,
    application: Absent,
    currency: Currency,
    description: &'static str,
    r#type: &'static str,
}

impl BalanceTransactionView {
    pub(crate) fn of(transaction: &BalanceTransaction, now_unix_ms: i64) -> Self {
        let currency = transaction.currency;
        let fee = FeeView {
            amount: transaction.fee_minor,
            application: None,
            currency,
            description: "Stripe processing fees",
            r#type: "stripe_fee",
        };
        let available_unix_ms = transaction.available_unix_ms();
        Self {
            id: transaction.source.transaction(),
            object: "balance_transaction",
            amount: transaction.amount_minor,
            available_on: seconds(available_unix_ms),
            balance_type: "payments",
            created: seconds(transaction.created_unix_ms),
            currency,
            description: None,
            exchange_rate: None,
            fee: transaction.fee_minor,
            fee_details: if fee.amount == 0 { Vec::new() } else { vec![fee] },
            net: transaction.net_minor(),
            reporting_category: transaction.source.category(),
            source: SourceView::Id(transaction.source.id()),
            status: if available_unix_ms <= now_unix_ms { "available" } else { "pending" },
            r#type: transaction.source.kind(),
        }
    }

    /// The same with the object that moved the balance in place of its id.
    pub(crate) fn expanded(
        transaction: &BalanceTransaction,
        books: &Books,
        now_unix_ms: i64,
    ) -> Self {
        let object = match transaction.source {
            TransactionSource::Charge(id) => books.intent_of(id).and_then(|intent| {
                let charge = intent.accepted_charge().filter(|charge| charge.id == id)?;
                serde_json::to_value(ChargeView::of(intent, charge)).ok()
            }),
            TransactionSource::Refund(id) => {
                let refund = books.refunds().get(id);
                refund.and_then(|refund| serde_json::to_value(RefundView::of(refund)).ok())
            }
            TransactionSource::Dispute(id) => {
                let dispute = books.disputes().get(id).map(|it| DisputeView::of(it, now_unix_ms));
                dispute.and_then(|dispute| serde_json::to_value(dispute).ok())
            }
        };
        let plain = Self::of(transaction, now_unix_ms);
        Self { source: object.map_or(plain.source, SourceView::Object), ..plain }
    }
}
