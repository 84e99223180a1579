//! The tables, once for both databases.

#![allow(missing_docs)] // the migrations document the tables

mod accounts;
mod audit;
mod installation;

pub use accounts::*;
pub use audit::*;
pub use installation::*;

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    msps (id) {
        id -> Id,
        name -> Text,
        account_prefix -> Text,
        created_at -> Moment,
        recovery_admins -> Integer,
        version -> BigInt,
        audit_retention_days -> Nullable<Integer>,
        legal_hold -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    admin_tokens (id) {
        id -> Id,
        msp -> Id,
        name -> Text,
        secret_hash -> Binary,
        created_at -> Moment,
        revoked_at -> Nullable<Moment>,
        version -> BigInt,
        role -> Word,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    tenants (id) {
        id -> Id,
        msp -> Id,
        name -> Text,
        code_digits -> Nullable<Integer>,
        login_lifetime_s -> Nullable<Integer>,
        refuse_other_network -> Bool,
        created_at -> Moment,
        account_mode -> Word,
        shared_account -> Nullable<Text>,
        keep_profiles -> Bool,
        offline -> Text,
        state_version -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    technicians (id) {
        id -> Id,
        msp -> Id,
        email -> Text,
        email_key -> Text,
        user_name -> Text,
        account_name -> Text,
        status -> Word,
        consecutive_failures -> Integer,
        push_paused_until -> Nullable<Moment>,
        devices_version -> BigInt,
        created_at -> Moment,
        offline_epoch -> Integer,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    delegations (tenant, technician) {
        msp -> Id,
        tenant -> Id,
        technician -> Id,
        active -> Bool,
        created_at -> Moment,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    device_tickets (id) {
        id -> Id,
        msp -> Id,
        technician -> Id,
        secret_hash -> Binary,
        nonce -> Bytes32,
        jkt -> Nullable<Text>,
        created_at -> Moment,
        expires_at -> Moment,
        consumed_at -> Nullable<Moment>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    devices (id) {
        id -> Id,
        msp -> Id,
        technician -> Id,
        jkt -> Text,
        name -> Text,
        model -> Text,
        os -> Text,
        push -> Nullable<Text>,
        push_set_at -> Nullable<Moment>,
        push_trouble -> Nullable<Text>,
        language -> Text,
        status -> Word,
        credential_id -> Binary,
        passkey -> Text,
        sign_count -> BigInt,
        refresh_family -> Id,
        refresh_generation -> Integer,
        refresh_rotated_at -> Moment,
        refresh_revoked -> Bool,
        enrolled_at -> Moment,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    workstations (id) {
        id -> Id,
        msp -> Id,
        tenant -> Id,
        host_name -> Text,
        os -> Text,
        agent_version -> Text,
        hardware_id -> Text,
        jkt -> Text,
        signing_key -> Text,
        encryption_key -> Text,
        status -> Word,
        counter -> BigInt,
        rotation -> Nullable<Binary>,
        push_frozen_at -> Nullable<Moment>,
        enrolment_token -> Id,
        enrolled_at -> Moment,
        state_version -> BigInt,
        acked_tenant -> BigInt,
        acked_own -> BigInt,
        acked_at -> Nullable<Moment>,
        last_seen_at -> Nullable<Moment>,
        away_since -> Nullable<Moment>,
        back_at -> Nullable<Moment>,
        clock_offset_ms -> Nullable<BigInt>,
        clock_within_ms -> BigInt,
        clock_measured_at -> Nullable<Moment>,
        offline_epoch -> Integer,
        offline_epoch_since -> BigInt,
        clearances -> Integer,
        uploaded -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    enrolment_tokens (id) {
        id -> Id,
        msp -> Id,
        tenant -> Id,
        workstation -> Nullable<Id>,
        secret_hash -> Binary,
        uses_left -> Integer,
        auto_confirm -> Bool,
        created_at -> Moment,
        expires_at -> Moment,
        revoked_at -> Nullable<Moment>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    replacements (id) {
        id -> Id,
        msp -> Id,
        tenant -> Id,
        workstation -> Id,
        host_name -> Text,
        os -> Text,
        agent_version -> Text,
        hardware_id -> Text,
        jkt -> Text,
        signing_key -> Text,
        encryption_key -> Text,
        state -> Text,
        enrolment_token -> Id,
        requested_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    logins (id) {
        id -> Id,
        msp -> Id,
        tenant -> Id,
        workstation -> Id,
        technician -> Nullable<Id>,
        device -> Nullable<Id>,
        state -> Word,
        outcome -> Nullable<Word>,
        entry -> Word,
        purpose -> Text,
        program -> Nullable<Text>,
        reason -> Nullable<Text>,
        os_session -> Text,
        network_address -> Text,
        claimed_from -> Nullable<Text>,
        nonce -> Bytes32,
        workstation_nonce -> Bytes32,
        code_digits -> Nullable<Integer>,
        code_tag -> Nullable<Binary>,
        wrong_claims -> Integer,
        decoy -> Nullable<Text>,
        idempotency_key -> Text,
        request_hash -> Binary,
        opened_at -> Moment,
        expires_at -> Moment,
        take_until -> Nullable<Moment>,
        grant_id -> Nullable<Id>,
        granted_at -> Nullable<Moment>,
        granted_account -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    revocations (subject) {
        subject -> Id,
        msp -> Id,
        revoked_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    outbox (id) {
        id -> Id,
        msp -> Id,
        created_at -> Moment,
        body -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    msps,
    admin_tokens,
    tenants,
    technicians,
    delegations,
    device_tickets,
    devices,
    workstations,
    enrolment_tokens,
    replacements,
    logins,
    revocations,
    outbox,
    replays,
    signing_keys,
    vendor_tokens,
    account_names,
    workstation_accounts,
    sessions,
    offline_secrets,
    offline_handovers,
    shown_codes,
    workstation_acks,
    absences,
    recovery_codes,
    recovery_requests,
    state_changes,
    audit_prunings,
    audit_leaves,
);
