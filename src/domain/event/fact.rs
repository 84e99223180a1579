//! What can happen: one variant a kind of change, with what a reader of the log needs to judge it.

mod observation;
mod word;

use countersign_protocol::{
    DeviceId, EnrolmentTokenId, Entry, GrantId, Instant, LoginId, Nonce, P256Jwk, ReplacementId,
    Statement, TechnicianId, WorkstationId,
    offline::SecretVersion,
    wire::{
        admin::{AdminRole, TenantSettings},
        desktop::{Outcome, WorkstationFacts},
        mobile::DeviceFacts,
        sessions::{Flag, Trust},
        state::StateVersion,
        webhooks::WebhookFilter,
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
    MspChanged {
        account_prefix: String,
        recovery_admins: i32,
    },
    AdminTokenCreated {
        name: String,
        #[serde(default)]
        role: AdminRole,
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
    TechnicianRetired,
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
    SessionStarted {
        login: Option<LoginId>,
        account: String,
        purpose: countersign_protocol::Purpose,
        trust: Trust,
        account_created: bool,
        password_made_at: Option<Instant>,
        secret_version: Option<SecretVersion>,
        step: Option<u64>,
        flags: Vec<Flag>,
        started_at: Instant,
    },
    SessionConfirmed {
        device: DeviceId,
    },
    SessionEnded {
        ended_at: Instant,
    },
    SessionEndRequested,
    StateApplied {
        state: StateVersion,
        removed: Vec<String>,
        taken: Vec<String>,
    },
    ClockSkewed {
        offset_ms: i64,
    },
    ClockRight {
        offset_ms: i64,
    },
    OfflineFailuresCleared,
    OfflineSecretMade {
        secret_version: String,
    },
    OfflineSecretReplaced {
        secret_version: String,
        reason: String,
    },
    OfflineSecretHanded {
        device: DeviceId,
        technician: TechnicianId,
        secret_version: String,
    },
    OfflineCodesShown {
        codes: u64,
    },
    OfflineEpochRaised {
        epoch: i32,
    },
    RecoveryCodeMade {
        number: i32,
    },
    RecoveryCodeReplaced {
        number: i32,
    },
    RecoveryRequested {
        reason: String,
    },
    RecoveryAgreed,
    RecoveryReleased {
        number: i32,
        reason: String,
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
    WebhookCreated {
        host: String,
        filter: WebhookFilter,
        from: u64,
    },
    WebhookChanged {
        host: String,
        filter: WebhookFilter,
        paused: bool,
    },
    WebhookSecretRotated {
        old_until: Option<Instant>,
    },
    WebhookMoved {
        was: u64,
        from: u64,
    },
    WebhookRedelivered {
        from: u64,
        through: u64,
    },
    WebhookGone,
    WebhookRemoved,
    WebhookFailing {
        reason: String,
    },
    WebhookRecovered,
    WebhookGivenUp {
        from: u64,
        through: u64,
        reason: String,
    },
    WebhookTested {
        result: String,
    },
}
