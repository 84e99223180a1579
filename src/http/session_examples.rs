//! One example for each body about sessions, state documents and offline codes.

use countersign_protocol::{
    AccountKind, Bytes, Instant, Purpose,
    grant::PasswordRule,
    offline::{
        Bounds, CodeRule, Held, Holding, OfflineSecret, OfflineSession, SecretVersion, ShownCode,
        SignedShownCode,
    },
    sealed::{Ciphertext, Sealed},
    wire::{
        Status,
        accounts::{
            AccountState, AccountTrouble, MspSettings, WorkstationAccount, WorkstationAccounts,
        },
        admin::Technician,
        desktop::RecoveryUsed,
        offline::{
            AskRecovery, Holdings, KnownWorkstation, Recovery, ReportShown, UploadSessions,
            Uploaded, UploadedSession,
        },
        sessions::{ReportEnd, ReportSession, Session, Trust},
        state::{
            AccountOrder, Applied, BlastRadius, ChangeProgress, ExposedSecret, OrderedAccount,
            RecoveryCheck, StateChange, StateDocument, StateVersion, Straggler, Suspended,
        },
    },
};
use uuid::Uuid;

use crate::http::openapi::Examples;

/// The instant so many minutes after 2026-11-22T09:41:00Z.
fn at(minutes: i64) -> Instant {
    Instant::from_unix_millis(1_795_340_460_000 + minutes * 60_000)
}

/// An id of that instant.
fn id<Id: From<Uuid>>(last: u128) -> Id {
    Uuid::from_u128(0x01a2_02a1_5fe0_7000_8000_0000_0000_0000 + last).into()
}

/// The examples of these routes' bodies.
pub fn examples(examples: &mut Examples) {
    of_sessions(examples);
    of_state(examples);
    of_offline(examples);
    of_recovery(examples);
}

fn of_sessions(examples: &mut Examples) {
    let session = Session {
        id: id(20),
        tenant_id: id(3),
        workstation_id: id(7),
        technician_id: Some(id(4)),
        login_id: Some(id(8)),
        account: "msp-nik".into(),
        purpose: Purpose::SignIn,
        trust: Trust::Approved,
        secret_version: None,
        account_created: true,
        password_made_at: Some(at(1)),
        flags: Vec::new(),
        started_at: at(1),
        ended_at: None,
        end_requested_at: None,
        reported_at: at(1),
        version: 1,
    };
    examples.body(&ReportSession {
        login: id(8),
        account: "msp-nik".into(),
        account_created: true,
        password_made_at: Some(at(1)),
        started_at: at(1),
    });
    examples.body(&ReportEnd { ended_at: at(30) });
    examples.page(&session);
    examples.body(&session);
}

fn of_state(examples: &mut Examples) {
    let version = StateVersion { tenant: 3, own: 2 };
    examples.body(&StateDocument {
        version,
        accounts: vec![OrderedAccount {
            name: "msp-nik".into(),
            kind: AccountKind::Named,
            technician_id: Some(id(4)),
            order: AccountOrder::Have,
        }],
        password: PasswordRule { rotate_before_use: true, length: 24 },
        end_sessions: Vec::new(),
        offline: Sealed { enc: Bytes([4; 65]), ciphertext: Ciphertext(vec![7; 32]) },
        recovery: Some(RecoveryCheck { number: 1, sha256: Bytes([9; 32]) }),
        server_time: at(2),
    });
    examples.body(&WorkstationAccounts {
        accounts: vec![WorkstationAccount {
            name: "msp-nik".into(),
            technician_id: Some(id(4)),
            state: AccountState::Removed,
            trouble: Some(AccountTrouble::AccountTaken),
            changed_at: at(2),
        }],
    });
    examples.body(&Applied { version, removed: Vec::new(), taken: Vec::new(), offset: None });
    let change = StateChange {
        id: id(21),
        tenant_id: id(3),
        workstation_id: None,
        what: "the tenant's settings were changed".into(),
        made_at: at(2),
        workstations: 12,
        applied: 11,
    };
    let straggler = Straggler {
        workstation_id: id(7),
        host_name: "W11-RECEPTION".into(),
        last_seen_at: Some(at(0)),
    };
    examples.page(&change);
    examples.body(&ChangeProgress { change, stragglers: vec![straggler.clone()] });
    let blast_radius = BlastRadius {
        technician_id: id(4),
        secrets: vec![ExposedSecret {
            tenant_id: id(3),
            workstation_id: Some(id(7)),
            version: "n1".into(),
            handed_at: at(1),
            replaced_at: Some(at(2)),
            workstations: 1,
            applied: 0,
        }],
        secrets_total: 1,
        accepting: 1,
        stragglers: vec![straggler],
    };
    examples.body(&blast_radius);
    let technician = Technician {
        id: id(4),
        email: "nik@example.com".into(),
        user_name: "nik".into(),
        account_name: "msp-nik".into(),
        status: Status::Suspended,
        consecutive_failures: 0,
        push_paused_until: None,
        created_at: at(0),
        version: 2,
    };
    examples.body(&Suspended { technician, blast_radius });
}

fn of_offline(examples: &mut Examples) {
    let held = OfflineSecret::new(&[7; 20]).map(|secret| Held::Named {
        workstation: id(7),
        version: 1,
        secret,
    });
    examples.body(&Holdings {
        holdings: vec![Holding {
            tenant: id(3),
            technician: id(4),
            code: CodeRule::default(),
            bounds: Bounds { sessions: 20, days: 30 },
            synced_at: at(2),
            held: held.into_iter().collect(),
        }],
        otpauth: Vec::new(),
        workstations: vec![KnownWorkstation { id: id(7), host_name: "W11-RECEPTION".into() }],
        server_time: at(2),
    });
    let version = SecretVersion::Named(1);
    examples.body(&ReportShown {
        shown: vec![SignedShownCode {
            shown: ShownCode {
                device: id(5),
                technician: id(4),
                tenant: id(3),
                workstation: id(7),
                version,
                step: 59_844_682,
                shown_at: at(3),
            },
            signature: Bytes([7; 64]),
        }],
    });
    examples.body(&UploadSessions {
        sessions: vec![OfflineSession {
            sequence: 1,
            user_name: "nik".into(),
            technician: Some(id(4)),
            account: "msp-nik".into(),
            workstation: id(7),
            version,
            step: 59_844_682,
            contact: at(0),
            accepted_at: at(3),
            offset: None,
            purpose: Purpose::SignIn,
            account_created: false,
            password_made_at: Some(at(3)),
            started_at: Some(at(3)),
            ended_at: None,
        }],
        offset: None,
    });
    let sessions = vec![UploadedSession { sequence: 1, id: id(20) }];
    examples.body(&Uploaded { through: 1, flagged: 0, sessions });
}

fn of_recovery(examples: &mut Examples) {
    examples.body(&MspSettings { account_prefix: "msp-".into(), recovery_admins: 2 });
    let reason = "Offline since the storm".to_owned();
    examples.body(&AskRecovery { reason: reason.clone() });
    examples.body(&RecoveryUsed { number: 1, account: "msp-recovery".into(), used_at: at(4) });
    let released = Recovery {
        id: id(22),
        workstation_id: id(7),
        reason,
        requested_by: id(2),
        requested_at: at(3),
        agreed_by: Some(id(9)),
        expires_at: at(63),
        number: Some(1),
        code: Some("7KQ2M-X4T9V-B6HPW-3NDRC".into()),
    };
    examples.page(&Recovery { number: None, code: None, ..released.clone() });
    examples.body(&released);
}
