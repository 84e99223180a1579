//! The steps of a check, in their order.

use countersign_protocol::{Instant, LoginId};
use uuid::Uuid;

use super::{Fault, Kind, Language, Notice, Step, Wanted};
use crate::outbound::Answer;

/// How long a test is worth delivering.
const LIFE: std::time::Duration = std::time::Duration::from_secs(300);

/// The notice of a check; its id names no login.
pub(super) fn test_notice(now: Instant) -> Notice {
    Notice {
        kind: Kind::Test,
        login: LoginId(Uuid::nil()),
        expires_at: now + LIFE,
        language: Language::English,
        wanted: Wanted::default(),
    }
}

/// Steps so far.
#[derive(Debug, Default)]
pub(super) struct Checkup(Vec<Step>);

impl Checkup {
    /// A step that went well.
    pub(super) fn passed(mut self, step: &str, told: impl Into<String>) -> Self {
        self.0.push((step.to_owned(), Ok(told.into())));
        self
    }

    /// The step that didn't: the last.
    pub(super) fn failed(mut self, step: &str, why: impl Into<String>) -> Vec<Step> {
        self.0.push((step.to_owned(), Err(why.into())));
        self.0
    }

    /// Connection and answer, by what came back.
    pub(super) fn told(
        self,
        host: &str,
        sent: Result<Answer, Fault>,
        judge: impl FnOnce(&Answer) -> Result<(), Fault>,
    ) -> Vec<Step> {
        let answer = match sent {
            Ok(answer) => answer,
            Err(fault) => return self.failed("connection", format!("{host}: {}", fault.reason())),
        };
        let checkup = self.passed("connection", host);
        match judge(&answer) {
            Ok(()) => checkup.passed("answer", format!("{}: taken", answer.status)).0,
            Err(fault) => {
                checkup.failed("answer", format!("{}: {}", answer.status, fault.reason()))
            }
        }
    }
}
