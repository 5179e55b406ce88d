//! A payment gateway that remembers keys and intents, as Stripe does.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use domain::{
    ids::OrderId,
    money::Money,
    payment::{
        ClientSecret, DeclineReason, GatewayRefund, IntentId, IntentState, NextAction, Payment,
        RefundId, RefundKey, RefundPurpose,
    },
    payment_method::{CapturePoint, PaymentMethod},
    ports::{GatewayError, PaymentGateway, Unavailable},
};

use jiff::Timestamp;

use super::{Faults, lock};

#[derive(Clone, Debug)]
pub struct Intent {
    pub order_id: OrderId,
    pub amount: Money,
    pub state: IntentState,
    pub capture: CapturePoint,
    /// Number of captures; more than one is an error.
    pub captures: u32,
}

#[allow(clippy::struct_excessive_bools, reason = "each is a fault that a test switches on")]
#[derive(Debug, Default)]
struct Ledger {
    intents: BTreeMap<String, Intent>,
    created: BTreeMap<String, IntentId>,
    confirmed: BTreeMap<String, IntentState>,
    refunded: BTreeMap<String, GatewayRefund>,
    refunds: Vec<GatewayRefund>,
    refuses_refunds: bool,
    /// Refunds are refused although they are made.
    refund_answers_are_wrong: bool,
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
        let intent = Intent { order_id, amount, state, capture, captures };
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
        let ledger = lock(&self.ledger);
        for refund in &ledger.refunds {
            *refunds.entry(ledger.intents[&refund.intent.0].order_id).or_default() += 1;
        }
        refunds
    }

    /// The refunds of an order: amounts, in minor units, in the order in which they were made.
    pub fn refunded_minor(&self, order: OrderId) -> Vec<i64> {
        let ledger = lock(&self.ledger);
        let mine = |refund: &&GatewayRefund| ledger.intents[&refund.intent.0].order_id == order;
        ledger.refunds.iter().filter(mine).map(|refund| refund.amount.minor).collect()
    }

    /// A person refunds a part of an order's money at the gateway.
    pub fn refund_by_hand(&self, order: OrderId, minor: i64) -> GatewayRefund {
        let mut ledger = lock(&self.ledger);
        let mine = |(_, intent): &(&String, &Intent)| intent.order_id == order;
        let id = ledger.intents.iter().find(mine).map(|(id, _)| IntentId(id.clone())).unwrap();
        let amount = Money { minor, ..ledger.intents[&id.0].amount };
        ledger.give_back(&id, amount, RefundPurpose::Foreign, None).unwrap()
    }

    /// Refuses every refund for good, or none.
    pub fn refuses_refunds(&self, refuses: bool) {
        lock(&self.ledger).refuses_refunds = refuses;
    }

    /// Makes every refund, and says that it is refused.
    pub fn answers_refunds_wrongly(&self) {
        lock(&self.ledger).refund_answers_are_wrong = true;
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
        let intent = Intent { order_id, amount, state, capture, captures: 0 };
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

    fn refund(
        &mut self,
        order: OrderId,
        id: &IntentId,
        amount: Money,
        part: Option<&RefundKey>,
        key: &str,
    ) -> Result<GatewayRefund, GatewayError> {
        if let Some(refund) = self.refunded.get(key) {
            assert_eq!(refund.amount, amount, "a key is for one amount");
            return Ok(refund.clone());
        }
        if self.refuses_refunds {
            return Err(GatewayError::Refused("400: the charge is disputed".into()));
        }
        let purpose = part.map_or(RefundPurpose::Rest, |key| RefundPurpose::Part(key.clone()));
        let refund = self.give_back(id, amount, purpose, Some(order))?;
        self.refunded.insert(key.to_owned(), refund.clone());
        match self.refund_answers_are_wrong {
            true => Err(GatewayError::Refused("400: something went wrong".into())),
            false => Ok(refund),
        }
    }

    fn give_back(
        &mut self,
        id: &IntentId,
        amount: Money,
        purpose: RefundPurpose,
        order_id: Option<OrderId>,
    ) -> Result<GatewayRefund, GatewayError> {
        let IntentState::Captured { amount: taken } = self.intents[&id.0].state else {
            panic!("nothing was captured that could be refunded");
        };
        let mine = self.refunds.iter().filter(|refund| refund.intent == *id);
        let before: i64 = mine.map(|refund| refund.amount.minor).sum();
        if before + amount.minor > taken.minor {
            return Err(GatewayError::Refused("400: more than is left of the charge".into()));
        }
        let refund_id = RefundId(format!("re_{}_{}", self.refunds.len(), id.0));
        let intent = id.clone();
        let refund = GatewayRefund { id: refund_id, intent, amount, purpose, order_id };
        self.refunds.push(refund.clone());
        Ok(refund)
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
        order: OrderId,
        intent: &IntentId,
        amount: Money,
        part: Option<&RefundKey>,
        key: &str,
    ) -> Result<GatewayRefund, GatewayError> {
        let meanwhile = lock(&self.meanwhile).take();
        if let Some(happens) = meanwhile {
            happens();
        }
        self.answers()?;
        let refund = || lock(&self.ledger).refund(order, intent, amount, part, key);
        self.faults.call("gateway.refund", refund).map_err(unknown)?
    }

    async fn refunds_of(&self, intent: &IntentId) -> Result<Vec<GatewayRefund>, GatewayError> {
        self.answers()?;
        let find = || {
            let ledger = lock(&self.ledger);
            let mine = ledger.refunds.iter().filter(|refund| refund.intent == *intent);
            mine.cloned().collect()
        };
        self.faults.call("gateway.refunds_of", find).map_err(unknown)
    }

    async fn recent_refunds(&self, _since: Timestamp) -> Result<Vec<GatewayRefund>, GatewayError> {
        self.answers()?;
        let find = || lock(&self.ledger).refunds.clone();
        self.faults.call("gateway.recent_refunds", find).map_err(unknown)
    }

    async fn order_of(&self, intent: &IntentId) -> Result<Option<OrderId>, GatewayError> {
        self.answers()?;
        let find = || lock(&self.ledger).intents.get(&intent.0).map(|intent| intent.order_id);
        self.faults.call("gateway.order_of", find).map_err(unknown)
    }
}
