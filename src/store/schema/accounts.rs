//! Accounts, sessions and offline secrets.

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    account_names (msp, name) {
        msp -> Id,
        name -> Text,
        technician -> Nullable<Id>,
        tenant -> Nullable<Id>,
        given_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    workstation_accounts (workstation, account) {
        workstation -> Id,
        account -> Text,
        msp -> Id,
        tenant -> Id,
        technician -> Nullable<Id>,
        state -> Word,
        trouble -> Nullable<Text>,
        changed_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    sessions (id) {
        id -> Id,
        msp -> Id,
        tenant -> Id,
        workstation -> Id,
        technician -> Nullable<Id>,
        login -> Nullable<Id>,
        sequence -> Nullable<BigInt>,
        account -> Text,
        purpose -> Text,
        trust -> Word,
        account_created -> Bool,
        password_made_at -> Nullable<Moment>,
        secret_version -> Nullable<Text>,
        step -> Nullable<BigInt>,
        flags -> Text,
        started_at -> Moment,
        ended_at -> Nullable<Moment>,
        end_requested_at -> Nullable<Moment>,
        reported_at -> Moment,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    offline_secrets (id) {
        id -> Id,
        msp -> Id,
        tenant -> Id,
        workstation -> Nullable<Id>,
        kind -> Word,
        number -> Integer,
        sealed -> Binary,
        made_at -> Moment,
        replaced_at -> Nullable<Moment>,
        accepted_until -> Nullable<Moment>,
        since_tenant -> BigInt,
        since_own -> BigInt,
        ended_tenant -> Nullable<BigInt>,
        ended_own -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    offline_handovers (secret, device, epoch) {
        secret -> Id,
        device -> Id,
        epoch -> Integer,
        msp -> Id,
        tenant -> Id,
        technician -> Id,
        handed_at -> Moment,
        ended_tenant -> Nullable<BigInt>,
        ended_own -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    shown_codes (workstation, secret_version, step, device) {
        device -> Id,
        workstation -> Id,
        secret_version -> Text,
        step -> BigInt,
        msp -> Id,
        technician -> Id,
        shown_at -> Moment,
        reported_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    recovery_codes (id) {
        id -> Id,
        msp -> Id,
        tenant -> Id,
        workstation -> Id,
        number -> Integer,
        sealed -> Binary,
        made_at -> Moment,
        replaced_at -> Nullable<Moment>,
        used_at -> Nullable<Moment>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    recovery_requests (id) {
        id -> Id,
        msp -> Id,
        tenant -> Id,
        workstation -> Id,
        reason -> Text,
        requested_by -> Id,
        requested_at -> Moment,
        agreed_by -> Nullable<Id>,
        agreed_at -> Nullable<Moment>,
        expires_at -> Moment,
        released_at -> Nullable<Moment>,
        number -> Nullable<Integer>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    state_changes (id) {
        id -> Id,
        msp -> Id,
        tenant -> Id,
        workstation -> Nullable<Id>,
        what -> Text,
        since_tenant -> BigInt,
        since_own -> BigInt,
        made_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    workstation_acks (workstation, tenant_version, own_version) {
        workstation -> Id,
        msp -> Id,
        tenant_version -> BigInt,
        own_version -> BigInt,
        acked_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    absences (technician, left_at) {
        msp -> Id,
        technician -> Id,
        tenant -> Nullable<Id>,
        left_at -> Moment,
        back_at -> Nullable<Moment>,
    }
}
