//! Money that is held until the restaurant accepts, and cash.

use std::time::Duration;

use domain::{
    kitchen::Requester,
    order::{Order, OrderParts},
    payment::{CapturePoint, PaymentState},
    payment_method::PaymentMethod,
    status::{Status, StatusChange},
};
