//! Fault injection: the n-th effect of a run fails, before or after it happened.

use std::sync::{Arc, Mutex};

use domain::ports::Unavailable;

use super::lock;

/// Whether the effect happened although the call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Before,
    After,
}

/// Scope of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// One call fails; the next ones work.
    Call,
    /// The process dies: all calls fail until it is restarted.
    Process,
}

/// One fault of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which effect, counted from 0.
    pub at: usize,
    pub when: When,
    pub how: How,
}

#[derive(Debug, Default)]
struct Plan {
    fault: Option<Fault>,
    calls: usize,
    down: bool,
    hit: Option<&'static str>,
}

/// Decides for every effect whether it happens and whether its call succeeds.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

impl Faults {
    /// Plans a fault.
    pub fn plan(&self, fault: Fault) {
        *lock(&self.0) = Plan { fault: Some(fault), ..Plan::default() };
    }

    /// The name of the call that was made to fail.
    pub fn hit(&self) -> Option<&'static str> {
        lock(&self.0).hit
    }

    /// Restarts the process.
    pub fn restart(&self) {
        lock(&self.0).down = false;
    }

    /// Runs `effect` unless the planned fault prevents it.
    pub fn call<T>(
        &self,
        name: &'static str,
        effect: impl FnOnce() -> T,
    ) -> Result<T, Unavailable> {
        let failing = {
            let mut plan = lock(&self.0);
            if plan.down {
                return Err(Unavailable::new(name, "the process is dead"));
            }
            let fault = plan.fault.filter(|fault| fault.at == plan.calls);
            plan.calls += 1;
            if let Some(fault) = fault {
                plan.hit = Some(name);
                plan.down = fault.how == How::Process;
            }
            fault.map(|fault| fault.when)
        };
        match failing {
            None => Ok(effect()),
            Some(When::Before) => Err(Unavailable::new(name, "planned, before")),
            Some(When::After) => {
                effect();
                Err(Unavailable::new(name, "planned, after"))
            }
        }
    }
}
