//! The audit log's tables.

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    audit_logs (msp) {
        msp -> Id,
        size -> BigInt,
        frontier -> Binary,
        recorded_at -> Moment,
        signed_size -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    audit_origins (msp, generation) {
        msp -> Id,
        generation -> Integer,
        name -> Text,
        public_key -> Bytes32,
        sealed -> Binary,
        from_size -> BigInt,
        opened_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    audit_leaves (msp, position) {
        msp -> Id,
        position -> BigInt,
        event_id -> Id,
        hash -> Bytes32,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, SmallInt, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    audit_nodes (msp, level, position) {
        msp -> Id,
        level -> SmallInt,
        position -> BigInt,
        hash -> Bytes32,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    audit_checkpoints (msp, generation, size) {
        msp -> Id,
        generation -> Integer,
        size -> BigInt,
        note -> Text,
        signed_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    audit_events (msp, position) {
        msp -> Id,
        position -> BigInt,
        recorded_at -> Moment,
        event_id -> Id,
        kind -> Text,
        outcome -> Nullable<Text>,
        tenant -> Nullable<Id>,
        technician -> Nullable<Id>,
        workstation -> Nullable<Id>,
        account -> Nullable<Text>,
        sentence -> Text,
        body -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    audit_dead_letters (id) {
        id -> Id,
        source -> Text,
        reason -> Text,
        entry -> Text,
        found_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    audit_prunings (msp, through_position) {
        msp -> Id,
        from_position -> BigInt,
        through_position -> BigInt,
        event_id -> Id,
        requested_at -> Moment,
        done_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    audit_shipments (target, msp) {
        target -> Text,
        msp -> Id,
        generation -> Integer,
        size -> BigInt,
        shipped_at -> Moment,
        contradicted -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    audit_webhooks (id) {
        id -> Id,
        msp -> Id,
        url -> Text,
        description -> Nullable<Text>,
        filter -> Text,
        state -> Word,
        sealed -> Binary,
        secret_number -> Integer,
        old_sealed -> Nullable<Binary>,
        old_until -> Nullable<Moment>,
        created_at -> Moment,
        next_position -> BigInt,
        due_at -> Moment,
        claim -> Nullable<Id>,
        batch -> Nullable<Id>,
        through_position -> Nullable<BigInt>,
        first_tried_at -> Nullable<Moment>,
        attempts -> Integer,
        last_error -> Nullable<Text>,
        failing_since -> Nullable<Moment>,
        told_at -> Nullable<Moment>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    audit_webhook_letters (id) {
        id -> Id,
        webhook -> Id,
        msp -> Id,
        from_position -> BigInt,
        through_position -> BigInt,
        filter -> Text,
        attempts -> Integer,
        reason -> Text,
        first_tried_at -> Moment,
        given_up_at -> Moment,
        redelivered_at -> Nullable<Moment>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(audit_webhooks, audit_logs);
diesel::allow_tables_to_appear_in_same_query!(audit_prunings, audit_logs);
