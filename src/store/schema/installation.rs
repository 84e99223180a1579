//! What belongs to the installation and to no msp.

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    replays (key) {
        key -> Binary,
        expires_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    signing_keys (kid) {
        kid -> Text,
        purpose -> Text,
        ordinal -> Integer,
        sealed -> Binary,
        public_key -> Text,
        created_at -> Moment,
        retires_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
    use crate::store::types::{Bytes32, Id, Moment, Word};

    vendor_tokens (name) {
        name -> Text,
        sealed -> Binary,
        made_at -> Moment,
    }
}
