//! Which facts change nothing.

use super::Fact;

impl Fact {
    /// True for what was observed and changed nothing: its event has version 0, and its entity's versions go on
    /// without it.
    #[must_use]
    pub fn is_observation(&self) -> bool {
        matches!(
            self,
            Self::LoginSeen { .. }
                | Self::PushAccepted { .. }
                | Self::PushFailed { .. }
                | Self::PushHeldBack { .. }
                | Self::RequestRefused { .. }
                | Self::AuditRead { .. }
                | Self::ObservationsCounted { .. }
                | Self::WebhookFailing { .. }
                | Self::WebhookRecovered
                | Self::WebhookGivenUp { .. }
                | Self::WebhookTested { .. }
        )
    }
}
