//! A payment gateway that remembers keys and intents, as Stripe does.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use domain::{
    ids::OrderId,
    money::Money,
    payment::{ClientSecret, DeclineReason, IntentId, IntentState, NextAction, Payment, RefundId},
    payment_method::{CapturePoint, PaymentMethod},
    ports::{GatewayError, PaymentGateway, Unavailable},
};

use super::{Faults, lock};

#[derive(Clone, Debug)]
pub struct Intent {
    pub order_id: OrderId,
    pub amount: Money,
    pub state: IntentState,
    pub capture: CapturePoint,
    /// Number of captures; more than one is an error.
    pub captures: u32,
    /// Number of refunds; more than one is an error.
    pub refunds: u32,
}

#[derive(Debug, Default)]
struct Ledger {
    intents: BTreeMap<String, Intent>,
    created: BTreeMap<String, IntentId>,
    confirmed: BTreeMap<String, IntentState>,
    refunded: BTreeMap<String, RefundId>,
    /// Added to what is captured.
    off_by: i64,
    refuses: bool,
    is_away: bool,
    wants_script: bool,
    retrieves: u32,
}

type Happens = Box<dyn FnOnce() + Send>;

#[derive(Clone)]
pub struct Gateway {
    ledger: Arc<Mutex<Ledger>>,
    meanwhile: Arc<Mutex<Option<Happens>>>,
    faults: Faults,
}

#[allow(clippy::needless_pass_by_value, reason = "used as map_err(unknown)")]
fn unknown(unavailable: Unavailable) -> GatewayError {
    GatewayError::Unknown(unavailable.to_string())
}

impl Gateway {
    pub fn new(faults: Faults) -> Self {
        Self { ledger: Arc::default(), meanwhile: Arc::default(), faults }
    }

    /// Captures `minor` more than requested from now on.
    pub fn captures_off_by(&self, minor: i64) {
        lock(&self.ledger).off_by = minor;
    }

    /// Makes the gateway unavailable, or available again.
    pub fn set_away(&self, away: bool) {
        lock(&self.ledger).is_away = away;
    }

    fn answers(&self) -> Result<(), GatewayError> {
        match lock(&self.ledger).is_away {
            true => Err(GatewayError::Unknown("connection refused".into())),
            false => Ok(()),
        }
    }

    /// Refuses every confirmation and capture for good.
    pub fn refuses_to_confirm(&self) {
        lock(&self.ledger).refuses = true;
    }

    /// How often the state of an intent was asked for.
    pub fn retrieves(&self) -> u32 {
        lock(&self.ledger).retrieves
    }

    /// Does something else before the next state of an intent is read.
    pub fn meanwhile(&self, happens: impl FnOnce() + Send + 'static) {
        *lock(&self.meanwhile) = Some(Box::new(happens));
    }

    /// Wants its script to run for authentications, from now on.
    pub fn wants_script(&self) {
        lock(&self.ledger).wants_script = true;
    }

    /// The customer of an order passes the authentication, or fails it.
    pub fn authenticate(&self, order: OrderId, passes: bool) {
        let mut ledger = lock(&self.ledger);
        let intent = ledger.intents.values_mut().find(|intent| intent.order_id == order).unwrap();
        if intent.state == IntentState::ActionRequired {
            if passes {
                intent.pay(0);
            } else {
                intent.state = IntentState::Declined(DeclineReason::AuthenticationFailed);
            }
        }
    }

    /// Puts an intent of an order in a state, as a person at the gateway can.
    pub fn put(&self, id: &str, order_id: OrderId, amount: Money, state: IntentState) {
        let captures = u32::from(matches!(state, IntentState::Captured { .. }));
        let capture = CapturePoint::AtOrder;
        let intent = Intent { order_id, amount, state, capture, captures, refunds: 0 };
        lock(&self.ledger).intents.insert(id.to_owned(), intent);
    }

    /// The hold of an order's money ends.
    pub fn lapse(&self, order: OrderId) {
        let mut ledger = lock(&self.ledger);
        let intent = ledger.intents.values_mut().find(|intent| intent.order_id == order).unwrap();
        intent.state = IntentState::Cancelled;
    }

    /// The orders whose money is held, once for each hold.
    pub fn holds(&self) -> Vec<OrderId> {
        let is_held = |intent: &&Intent| matches!(intent.state, IntentState::Authorized { .. });
        let ledger = lock(&self.ledger);
        ledger.intents.values().filter(is_held).map(|intent| intent.order_id).collect()
    }

    /// Number of refunds of each order.
    pub fn refunds(&self) -> BTreeMap<OrderId, u32> {
        let mut refunds = BTreeMap::new();
        for intent in lock(&self.ledger).intents.values().filter(|i| i.refunds > 0) {
            *refunds.entry(intent.order_id).or_default() += intent.refunds;
        }
        refunds
    }

    /// The orders that have an intent in any state.
    pub fn intents(&self) -> BTreeSet<OrderId> {
        lock(&self.ledger).intents.values().map(|intent| intent.order_id).collect()
    }

    /// Number of captures of each order.
    pub fn captures(&self) -> BTreeMap<OrderId, u32> {
        let mut captures = BTreeMap::new();
        for intent in lock(&self.ledger).intents.values().filter(|i| i.captures > 0) {
            *captures.entry(intent.order_id).or_default() += intent.captures;
        }
        captures
    }
}

impl Intent {
    /// Captures or holds the money.
    fn pay(&mut self, off_by: i64) {
        match self.capture {
            CapturePoint::AtOrder => self.capture(off_by),
            CapturePoint::AtAcceptance => {
                let (amount, capture_before) = (self.amount, None);
                self.state = IntentState::Authorized { amount, capture_before };
            }
        }
    }

    fn capture(&mut self, off_by: i64) {
        self.captures += 1;
        let minor = self.amount.minor + off_by;
        self.state = IntentState::Captured { amount: Money { minor, ..self.amount } };
    }
}

impl Ledger {
    fn create(&mut self, payment: &Payment, capture: CapturePoint, key: &str) -> IntentId {
        if let Some(id) = self.created.get(key) {
            return id.clone();
        }
        let id = IntentId(format!("pi_{}", self.intents.len()));
        let (order_id, amount) = (payment.order_id, payment.amount);
        let state = IntentState::Unconfirmed;
        let intent = Intent { order_id, amount, state, capture, captures: 0, refunds: 0 };
        self.intents.insert(id.0.clone(), intent);
        self.created.insert(key.to_owned(), id.clone());
        id
    }

    fn confirm(&mut self, id: &IntentId, method: &PaymentMethod, key: &str) -> IntentState {
        if let Some(state) = self.confirmed.get(key) {
            return state.clone();
        }
        let off_by = self.off_by;
        let intent = self.intents.get_mut(&id.0).unwrap();
        if intent.state == IntentState::Unconfirmed {
            match method.as_str() {
                "pm_card_chargeDeclined" => {
                    intent.state = IntentState::Declined(DeclineReason::CardDeclined);
                }
                "pm_card_authenticationRequired" => intent.state = IntentState::ActionRequired,
                _ => intent.pay(off_by),
            }
        }
        self.confirmed.insert(key.to_owned(), intent.state.clone());
        intent.state.clone()
    }

    fn cancel(&mut self, id: &IntentId) -> IntentState {
        let intent = self.intents.get_mut(&id.0).unwrap();
        if !matches!(intent.state, IntentState::Captured { .. }) {
            intent.state = IntentState::Cancelled;
        }
        intent.state.clone()
    }

    /// A capture is refused unless money is held.
    fn capture(&mut self, id: &IntentId) -> IntentState {
        let intent = self.intents.get_mut(&id.0).unwrap();
        if matches!(intent.state, IntentState::Authorized { .. }) {
            intent.capture(0);
        }
        intent.state.clone()
    }

    fn refund(&mut self, id: &IntentId, key: &str) -> RefundId {
        if let Some(refund) = self.refunded.get(key) {
            return refund.clone();
        }
        let intent = self.intents.get_mut(&id.0).unwrap();
        assert!(intent.captures > 0, "nothing was captured that could be refunded");
        intent.refunds += 1;
        let refund = RefundId(format!("re_{}", id.0));
        self.refunded.insert(key.to_owned(), refund.clone());
        refund
    }

    fn find_refund(&self, id: &IntentId) -> Option<RefundId> {
        let is_refunded = self.intents[&id.0].refunds > 0;
        is_refunded.then(|| RefundId(format!("re_{}", id.0)))
    }
}

impl PaymentGateway for Gateway {
    async fn create(
        &self,
        payment: &Payment,
        capture: CapturePoint,
        key: &str,
    ) -> Result<IntentId, GatewayError> {
        self.answers()?;
        let create = || lock(&self.ledger).create(payment, capture, key);
        self.faults.call("gateway.create", create).map_err(unknown)
    }

    async fn confirm(
        &self,
        intent: &IntentId,
        method: &PaymentMethod,
        _capture: CapturePoint,
        return_url: &str,
        key: &str,
    ) -> Result<IntentState, GatewayError> {
        assert!(return_url.starts_with("http://shop.example/orders/"), "{return_url}");
        self.answers()?;
        if lock(&self.ledger).refuses {
            return Err(GatewayError::Refused("401: no such key".into()));
        }
        let confirm = || lock(&self.ledger).confirm(intent, method, key);
        self.faults.call("gateway.confirm", confirm).map_err(unknown)
    }

    async fn retrieve(&self, intent: &IntentId) -> Result<IntentState, GatewayError> {
        let meanwhile = lock(&self.meanwhile).take();
        if let Some(happens) = meanwhile {
            happens();
        }
        self.answers()?;
        lock(&self.ledger).retrieves += 1;
        let retrieve = || lock(&self.ledger).intents[&intent.0].state.clone();
        self.faults.call("gateway.retrieve", retrieve).map_err(unknown)
    }

    async fn next_action(&self, intent: &IntentId) -> Result<NextAction, GatewayError> {
        Ok(match self.retrieve(intent).await? {
            IntentState::ActionRequired => {
                if lock(&self.ledger).wants_script {
                    return Ok(NextAction::Script(ClientSecret(format!("{}_secret", intent.0))));
                }
                NextAction::Redirect(format!("http://bank.example/{}", intent.0))
            }
            state => NextAction::Nothing(state),
        })
    }

    async fn capture(&self, intent: &IntentId) -> Result<IntentState, GatewayError> {
        self.answers()?;
        if lock(&self.ledger).refuses {
            return Err(GatewayError::Refused("400: no such capture".into()));
        }
        let capture = || lock(&self.ledger).capture(intent);
        self.faults.call("gateway.capture", capture).map_err(unknown)
    }

    async fn cancel(&self, intent: &IntentId, _key: &str) -> Result<IntentState, GatewayError> {
        self.answers()?;
        let cancel = || lock(&self.ledger).cancel(intent);
        self.faults.call("gateway.cancel", cancel).map_err(unknown)
    }

    async fn refund(
        &self,
        _payment: &Payment,
        intent: &IntentId,
        key: &str,
    ) -> Result<RefundId, GatewayError> {
        let refund = || lock(&self.ledger).refund(intent, key);
        self.faults.call("gateway.refund", refund).map_err(unknown)
    }

    async fn find_refund(&self, intent: &IntentId) -> Result<Option<RefundId>, GatewayError> {
        let find = || lock(&self.ledger).find_refund(intent);
        self.faults.call("gateway.find_refund", find).map_err(unknown)
    }
}
