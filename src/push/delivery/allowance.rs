//! Leave to wake a technician's phones for a login. It is taken from their budget once for all of their phones, when
//! the first is about to be told: a vendor that is away costs them nothing.

use countersign_protocol::TechnicianId;
use tokio::sync::OnceCell;

use super::{alert::Telling, desk::Desk};
use crate::domain::Fact;

/// Asked for by whichever phone comes first.
pub(super) struct Allowance {
    technician: TechnicianId,
    given: OnceCell<bool>,
}

impl Allowance {
    pub(super) fn of(technician: TechnicianId) -> Self {
        Self { technician, given: OnceCell::new() }
    }
}

impl Desk {
    /// Whether the phones may ring for this login.
    pub(super) async fn allows(&self, allowance: &Allowance, telling: &Telling) -> bool {
        *allowance.given.get_or_init(|| self.takes(allowance.technician, telling)).await
    }

    async fn takes(&self, technician: TechnicianId, telling: &Telling) -> bool {
        let login = telling.notice.login;
        if let Err(why) = self.budgets.take(technician, self.clock.now()).await {
            self.metrics.push_fate("", why.word());
            let fact = Fact::PushHeldBack { technician, reason: why.word().to_owned() };
            let sentence = "a technician's phones were not told of a login";
            self.observe(telling.msp, telling.tenant, login, sentence, fact);
            return false;
        }
        // Before anything is sent: whoever decides withdraws only what was begun.
        self.told.mark(login.0).await;
        true
    }
}
