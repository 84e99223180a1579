//! Which OCSF class, activity and weight each fact has.

/// Authentication.
pub(super) const AUTHENTICATION: u32 = 3002;
/// Account Change.
pub(super) const ACCOUNT_CHANGE: u32 = 3001;
/// Entity Management.
pub(super) const ENTITY_MANAGEMENT: u32 = 3004;
/// API Activity.
pub(super) const API_ACTIVITY: u32 = 6003;

/// The activity that every class has for what it has no word for.
const OTHER: u32 = 99;

/// A fact's place in OCSF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// The class.
    pub(super) class: u32,
    /// The activity within it.
    pub(super) activity: u32,
    /// 1 success, 2 failure, 99 neither.
    pub(super) status: u32,
    /// 1 informational, 2 low, 3 medium, 4 high.
    pub(super) severity: u32,
}

const fn of(class: u32, activity: u32, status: u32, severity: u32) -> Class {
    Class { class, activity, status, severity }
}

/// The place of a fact, by its word. One that this version doesn't know is a change of an entity.
pub(super) fn class(kind: &str) -> Class {
    known(kind).unwrap_or(of(ENTITY_MANAGEMENT, OTHER, OTHER, 1))
}

#[rustfmt::skip]
fn known(kind: &str) -> Option<Class> {
    Some(match kind {
        // 1 logon, 3 authentication ticket, 6 preauth
        "login_approved" | "device_signed_in" => of(AUTHENTICATION, 1, 1, 1),
        "grant_taken" | "workstation_authenticated" | "device_refreshed" => of(AUTHENTICATION, 3, 1, 1),
        "login_opened" | "login_claimed" => of(AUTHENTICATION, 6, 1, 1),
        "login_denied" | "claim_refused" => of(AUTHENTICATION, 1, 2, 3),
        "login_expired" | "login_cancelled" | "login_superseded" => of(AUTHENTICATION, 1, 2, 1),
        "refresh_token_reused" => of(AUTHENTICATION, 3, 2, 4),
        "login_seen" | "push_accepted" => of(AUTHENTICATION, OTHER, 1, 1),
        "push_failed" | "push_held_back" => of(AUTHENTICATION, OTHER, 2, 2),
        "session_started" => of(AUTHENTICATION, 1, 1, 1),
        "session_confirmed" => of(AUTHENTICATION, OTHER, 1, 1),
        "session_ended" => of(AUTHENTICATION, 2, 1, 1),
        "session_end_requested" => of(AUTHENTICATION, OTHER, 1, 2),
        "offline_codes_shown" => of(AUTHENTICATION, OTHER, 1, 1),
        // 1 create, 2 enable, 5 disable, 6 delete, 7 attach policy, 8 detach policy, 9 lock, 10 and 11 MFA factor, 12 unlock
        "technician_created" => of(ACCOUNT_CHANGE, 1, 1, 1),
        "technician_suspended" => of(ACCOUNT_CHANGE, 5, 1, 3),
        "technician_retired" => of(ACCOUNT_CHANGE, 6, 1, 1),
        "technician_resumed" => of(ACCOUNT_CHANGE, 2, 1, 1),
        "technician_paused" => of(ACCOUNT_CHANGE, 9, 1, 3),
        "failures_counted" => of(ACCOUNT_CHANGE, OTHER, 1, 2),
        "failures_cleared" => of(ACCOUNT_CHANGE, 12, 1, 1),
        "delegation_made" => of(ACCOUNT_CHANGE, 7, 1, 1),
        "delegation_ended" => of(ACCOUNT_CHANGE, 8, 1, 1),
        "device_enrolled" | "device_resumed" => of(ACCOUNT_CHANGE, 10, 1, 1),
        "device_suspended" => of(ACCOUNT_CHANGE, 11, 1, 3),
        // 1 create, 3 update, 4 delete, 6 enrol, 8 enable, 9 disable, 10 activate, 12 suspend, 13 resume
        "msp_created" | "tenant_created" | "admin_token_created" | "ticket_made" | "enrolment_token_created"
        | "webhook_created" =>
            of(ENTITY_MANAGEMENT, 1, 1, 1),
        "msp_changed" | "tenant_changed" | "ticket_bound" | "ticket_consumed" | "enrolment_token_used" | "push_address_changed"
        | "replacement_requested" | "replacement_made" => of(ENTITY_MANAGEMENT, 3, 1, 1),
        "push_address_forgotten" | "push_address_quarantined" => of(ENTITY_MANAGEMENT, 3, 1, 2),
        "admin_token_revoked" | "enrolment_token_revoked" | "workstation_retired" => of(ENTITY_MANAGEMENT, 4, 1, 1),
        "workstation_enrolled" => of(ENTITY_MANAGEMENT, 6, 1, 1),
        "push_unfrozen" => of(ENTITY_MANAGEMENT, 8, 1, 1),
        "push_frozen" => of(ENTITY_MANAGEMENT, 9, 1, 4),
        "workstation_confirmed" => of(ENTITY_MANAGEMENT, 10, 1, 1),
        "workstation_suspended" => of(ENTITY_MANAGEMENT, 12, 1, 3),
        "workstation_quarantined" => of(ENTITY_MANAGEMENT, 12, 1, 4),
        "workstation_resumed" | "workstation_released" | "offline_failures_cleared" => of(ENTITY_MANAGEMENT, 13, 1, 1),
        "offline_secret_made" | "recovery_code_made" => of(ENTITY_MANAGEMENT, 1, 1, 1),
        "offline_secret_replaced" | "offline_epoch_raised" | "recovery_code_replaced" | "audit_settings_changed"
        | "state_applied" | "workstation_resynchronised" => of(ENTITY_MANAGEMENT, 3, 1, 1),
        "webhook_changed" | "webhook_moved" | "webhook_secret_rotated" => of(ENTITY_MANAGEMENT, 3, 1, 2),
        "webhook_removed" => of(ENTITY_MANAGEMENT, 4, 1, 2),
        "webhook_gone" => of(ENTITY_MANAGEMENT, 9, 1, 3),
        "webhook_failing" | "webhook_given_up" => of(ENTITY_MANAGEMENT, OTHER, 2, 3),
        "webhook_recovered" | "webhook_tested" => of(ENTITY_MANAGEMENT, OTHER, 1, 1),
        "webhook_redelivered" => of(API_ACTIVITY, 2, 1, 2),
        "audit_pruned" => of(ENTITY_MANAGEMENT, 4, 1, 2),
        "clock_skewed" | "clock_right" => of(ENTITY_MANAGEMENT, OTHER, 1, 2),
        "log_reopened" => of(ENTITY_MANAGEMENT, OTHER, 1, 4),
        "offline_secret_handed" => of(API_ACTIVITY, 2, 1, 1),
        "recovery_requested" | "recovery_agreed" => of(API_ACTIVITY, OTHER, 1, 3),
        "recovery_released" => of(API_ACTIVITY, 2, 1, 4),
        // 2 read
        "audit_read" => of(API_ACTIVITY, 2, 1, 1),
        "request_refused" => of(API_ACTIVITY, OTHER, 2, 2),
        "observations_counted" => of(API_ACTIVITY, OTHER, 1, 2),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of all facts, as they stand in `Fact::word`.
    fn words() -> Vec<&'static str> {
        let source = include_str!("../../domain/event/fact/word.rs");
        let (_, words) = source.split_once("fn word(").unwrap_or_default();
        let words: Vec<_> =
            words.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(words.len() > 50, "{words:?}");
        words
    }

    #[test]
    fn every_fact_has_its_place() {
        let missing: Vec<_> = words().into_iter().filter(|word| known(word).is_none()).collect();
        assert_eq!(missing, Vec::<&str>::new(), "say where these belong in OCSF");
    }
}
