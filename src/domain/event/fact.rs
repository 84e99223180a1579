//! What can happen: one variant a kind of change, with what a reader of the log needs to judge it.

use countersign_protocol::{
    DeviceId, EnrolmentTokenId, Entry, GrantId, Instant, LoginId, Nonce, P256Jwk, ReplacementId,
    Statement, TechnicianId, WorkstationId,
    wire::{
        admin::TenantSettings, desktop::Outcome, desktop::WorkstationFacts, mobile::DeviceFacts,
    },
};
use serde::{Deserialize, Serialize};

/// The facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
#[allow(missing_docs)] // the names are the sentences' words; the sentence stands beside each
pub enum Fact {
    MspCreated {
        name: String,
        account_prefix: String,
    },
    AdminTokenCreated {
        name: String,
    },
    AdminTokenRevoked {
        name: String,
    },
    TenantCreated {
        name: String,
        settings: TenantSettings,
    },
    TenantChanged {
        name: String,
        settings: TenantSettings,
    },
    TechnicianCreated {
        email: String,
        user_name: String,
        account_name: String,
    },
    TechnicianSuspended,
    TechnicianResumed,
    TechnicianPaused {
        consecutive_failures: i32,
        until: Instant,
    },
    FailuresCounted {
        consecutive_failures: i32,
    },
    FailuresCleared,
    DelegationMade,
    DelegationEnded,
    TicketMade {
        technician: TechnicianId,
        expires_at: Instant,
    },
    TicketBound {
        jkt: String,
    },
    TicketConsumed {
        device: DeviceId,
    },
    DeviceEnrolled {
        technician: TechnicianId,
        jkt: String,
        facts: DeviceFacts,
        credential_id: String,
        public_key: serde_json::Value,
    },
    DeviceSuspended {
        reason: String,
    },
    DeviceResumed,
    DeviceRefreshed {
        generation: i32,
    },
    RefreshTokenReused {
        generation: i32,
        current: i32,
    },
    DeviceSignedIn {
        assertion: serde_json::Value,
        nonce: Nonce,
    },
    PushAddressChanged {
        channel: Option<String>,
    },
    EnrolmentTokenCreated {
        uses: i32,
        auto_confirm: bool,
        workstation: Option<WorkstationId>,
        expires_at: Instant,
    },
    EnrolmentTokenUsed {
        uses_left: i32,
    },
    EnrolmentTokenRevoked,
    WorkstationEnrolled {
        facts: WorkstationFacts,
        signing_key: P256Jwk,
        encryption_key: P256Jwk,
        enrolment_token: EnrolmentTokenId,
        confirmed: bool,
    },
    WorkstationConfirmed,
    ReplacementRequested {
        replacement: ReplacementId,
        facts: WorkstationFacts,
        jkt: String,
    },
    ReplacementMade {
        replacement: ReplacementId,
        facts: WorkstationFacts,
        signing_key: P256Jwk,
        encryption_key: P256Jwk,
        consent: String,
    },
    WorkstationAuthenticated {
        counter: i64,
    },
    WorkstationQuarantined {
        expected: i64,
        shown: i64,
    },
    WorkstationReleased,
    WorkstationSuspended,
    WorkstationResumed,
    WorkstationRetired,
    PushFrozen {
        login: LoginId,
    },
    PushUnfrozen,
    LoginOpened {
        entry: Entry,
        purpose: countersign_protocol::Purpose,
        technician: Option<TechnicianId>,
        entered_name: Option<String>,
        decoy: Option<String>,
        os_session: String,
        network_address: String,
        expires_at: Instant,
    },
    LoginClaimed {
        technician: TechnicianId,
        device: DeviceId,
        claimed_from: String,
    },
    ClaimRefused {
        wrong_claims: i32,
    },
    LoginApproved {
        statement: Box<Statement>,
        nonce: Nonce,
        assertion: serde_json::Value,
        take_until: Instant,
    },
    LoginDenied {
        outcome: Outcome,
    },
    LoginExpired,
    LoginCancelled {
        outcome: Outcome,
    },
    LoginSuperseded {
        by: LoginId,
    },
    GrantTaken {
        grant: GrantId,
        technician: TechnicianId,
        account: String,
    },
    LoginSeen {
        device: DeviceId,
        after_ms: u64,
    },
    PushAccepted {
        device: DeviceId,
        channel: String,
        after_ms: u64,
    },
    PushFailed {
        device: DeviceId,
        channel: String,
        reason: String,
        attempts: u32,
    },
    PushHeldBack {
        technician: TechnicianId,
        reason: String,
    },
    RequestRefused {
        method: String,
        route: String,
        code: String,
    },
    AuditRead {
        query: String,
        format: String,
        events: u64,
    },
    ObservationsCounted {
        of: String,
        outcome: Option<String>,
        more: u64,
        since: Instant,
    },
    PushAddressForgotten {
        channel: String,
        reason: String,
    },
    PushAddressQuarantined {
        channel: String,
        reason: String,
    },
    WorkstationResynchronised,
    AuditSettingsChanged {
        retention_days: Option<u32>,
        legal_hold: bool,
    },
    AuditPruned {
        from: u64,
        through: u64,
        recorded_before: Instant,
    },
    LogReopened {
        generation: i32,
        old_checkpoint: Option<String>,
        old_size: Option<u64>,
        restored_size: u64,
        reason: Option<String>,
    },
}

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
        )
    }

    /// The fact's word, as it stands in `fact`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::MspCreated { .. } => "msp_created",
            Self::AdminTokenCreated { .. } => "admin_token_created",
            Self::AdminTokenRevoked { .. } => "admin_token_revoked",
            Self::TenantCreated { .. } => "tenant_created",
            Self::TenantChanged { .. } => "tenant_changed",
            Self::TechnicianCreated { .. } => "technician_created",
            Self::TechnicianSuspended => "technician_suspended",
            Self::TechnicianResumed => "technician_resumed",
            Self::TechnicianPaused { .. } => "technician_paused",
            Self::FailuresCounted { .. } => "failures_counted",
            Self::FailuresCleared => "failures_cleared",
            Self::DelegationMade => "delegation_made",
            Self::DelegationEnded => "delegation_ended",
            Self::TicketMade { .. } => "ticket_made",
            Self::TicketBound { .. } => "ticket_bound",
            Self::TicketConsumed { .. } => "ticket_consumed",
            Self::DeviceEnrolled { .. } => "device_enrolled",
            Self::DeviceSuspended { .. } => "device_suspended",
            Self::DeviceResumed => "device_resumed",
            Self::DeviceRefreshed { .. } => "device_refreshed",
            Self::RefreshTokenReused { .. } => "refresh_token_reused",
            Self::DeviceSignedIn { .. } => "device_signed_in",
            Self::PushAddressChanged { .. } => "push_address_changed",
            Self::EnrolmentTokenCreated { .. } => "enrolment_token_created",
            Self::EnrolmentTokenUsed { .. } => "enrolment_token_used",
            Self::EnrolmentTokenRevoked => "enrolment_token_revoked",
            Self::WorkstationEnrolled { .. } => "workstation_enrolled",
            Self::WorkstationConfirmed => "workstation_confirmed",
            Self::ReplacementRequested { .. } => "replacement_requested",
            Self::ReplacementMade { .. } => "replacement_made",
            Self::WorkstationAuthenticated { .. } => "workstation_authenticated",
            Self::WorkstationQuarantined { .. } => "workstation_quarantined",
            Self::WorkstationReleased => "workstation_released",
            Self::WorkstationSuspended => "workstation_suspended",
            Self::WorkstationResumed => "workstation_resumed",
            Self::WorkstationRetired => "workstation_retired",
            Self::PushFrozen { .. } => "push_frozen",
            Self::PushUnfrozen => "push_unfrozen",
            Self::LoginOpened { .. } => "login_opened",
            Self::LoginClaimed { .. } => "login_claimed",
            Self::ClaimRefused { .. } => "claim_refused",
            Self::LoginApproved { .. } => "login_approved",
            Self::LoginDenied { .. } => "login_denied",
            Self::LoginExpired => "login_expired",
            Self::LoginCancelled { .. } => "login_cancelled",
            Self::LoginSuperseded { .. } => "login_superseded",
            Self::GrantTaken { .. } => "grant_taken",
            Self::LoginSeen { .. } => "login_seen",
            Self::PushAccepted { .. } => "push_accepted",
            Self::PushFailed { .. } => "push_failed",
            Self::PushHeldBack { .. } => "push_held_back",
            Self::RequestRefused { .. } => "request_refused",
            Self::AuditRead { .. } => "audit_read",
            Self::ObservationsCounted { .. } => "observations_counted",
            Self::PushAddressForgotten { .. } => "push_address_forgotten",
            Self::PushAddressQuarantined { .. } => "push_address_quarantined",
            Self::WorkstationResynchronised => "workstation_resynchronised",
            Self::AuditSettingsChanged { .. } => "audit_settings_changed",
            Self::AuditPruned { .. } => "audit_pruned",
            Self::LogReopened { .. } => "log_reopened",
        }
    }
}
