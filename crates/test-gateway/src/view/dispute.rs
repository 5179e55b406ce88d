//! A dispute in Stripe's format.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Absent, BalanceTransactionView, seconds};
use crate::model::{BalanceTransaction, ChargeId, Dispute, DisputeId, DisputeReason, IntentId};

/// Days until which evidence would be accepted.
const EVIDENCE_DAYS: i64 = 7;

/// A dispute in Stripe's format.
#[derive(Debug, Serialize)]
pub(crate) struct DisputeView<'a> {
    id: DisputeId,
    object: &'static str,
    amount: u64,
    balance_transactions: [BalanceTransactionView; 1],
    charge: ChargeId,
    created: i64,
    currency: &'a str,
    enhanced_eligibility_types: [&'static str; 0],
    evidence: Evidence,
    evidence_details: EvidenceDetails,
    is_charge_refundable: bool,
    livemode: bool,
    metadata: Empty,
    payment_intent: IntentId,
    payment_method_details: MethodDetails,
    reason: DisputeReason,
    status: &'static str,
}

type Empty = BTreeMap<&'static str, Absent>;

#[derive(Debug, Default, Serialize)]
struct Evidence {
    enhanced_evidence: Empty,
}

#[derive(Debug, Serialize)]
struct EvidenceDetails {
    due_by: i64,
    enhanced_eligibility: Empty,
    has_evidence: bool,
    past_due: bool,
    submission_count: u32,
}

#[derive(Debug, Serialize)]
struct MethodDetails {
    card: CardDetails,
    r#type: &'static str,
}

#[derive(Debug, Serialize)]
struct CardDetails {
    brand: &'static str,
    case_type: &'static str,
    network: &'static str,
    network_reason_code: &'static str,
}

impl<'a> DisputeView<'a> {
    /// A dispute and its movement of the balance.
    pub(crate) fn of(dispute: &'a Dispute, now_unix_ms: i64) -> Self {
        let transaction = BalanceTransaction::of_dispute(dispute);
        let due_unix_ms = dispute.created_unix_ms + EVIDENCE_DAYS * 24 * 60 * 60 * 1_000;
        Self {
            id: dispute.id,
            object: "dispute",
            amount: dispute.amount_minor.minor(),
            balance_transactions: [BalanceTransactionView::of(&transaction, now_unix_ms)],
            charge: dispute.charge,
            created: seconds(dispute.created_unix_ms),
            currency: dispute.currency.as_str(),
            enhanced_eligibility_types: [],
            evidence: Evidence::default(),
            evidence_details: EvidenceDetails {
                due_by: seconds(due_unix_ms),
                enhanced_eligibility: Empty::new(),
                has_evidence: false,
                past_due: due_unix_ms < now_unix_ms,
                submission_count: 0,
            },
            is_charge_refundable: false,
            livemode: false,
            metadata: Empty::new(),
            payment_intent: dispute.intent,
            payment_method_details: MethodDetails {
                card: CardDetails {
                    brand: dispute.method.card_number().brand(),
                    case_type: "chargeback",
                    network: dispute.method.card_number().brand(),
                    network_reason_code: "10.4",
                },
                r#type: "card",
            },
            reason: dispute.reason,
            status: "needs_response",
        }
    }
}
