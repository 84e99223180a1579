//! The two things a technician carries from the workstation to the phone. Both are derived from the
//! login's nonce under a key that is not in the database, so that the same request can be answered again
//! and a stolen database shows neither. What was typed into the name field may be a password: it is kept as a
//! keyed hash as well.

use countersign_protocol::{Bytes, LoginId, MspId, Nonce, encoding::base64url};

use crate::auth::KeyRing;

const CODE: &str = "countersign/code/v1";
const CODE_KEPT: &str = "countersign/code-kept/v1";
const CLAIM_KEY: &str = "countersign/claim-key/v1";
const REQUEST_KEPT: &str = "countersign/request-kept/v1";
const NAME_KEPT: &str = "countersign/name-kept/v1";

/// The code that the workstation shows: `digits` decimal digits, each code as likely as any other (to one
/// part in 10^11).
pub(super) fn code(keys: &KeyRing, login: LoginId, nonce: &Nonce, digits: u8) -> String {
    drawn(keys.tag(CODE, &[login.as_bytes(), &nonce.0]), digits)
}

/// The same code again, under whichever key of the ring it was made; `None` if that key is gone.
pub(super) fn code_of(
    keys: &KeyRing,
    login: LoginId,
    nonce: &Nonce,
    (digits, kept): (u8, &[u8]),
) -> Option<String> {
    let tags = keys.tags(CODE, &[login.as_bytes(), &nonce.0]).into_iter();
    tags.map(|tag| drawn(tag, digits)).find(|code| is_kept_code(keys, login, code, kept))
}

fn drawn([a, b, c, d, e, f, g, h, ..]: [u8; 32], digits: u8) -> String {
    let draw = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    let digits = u32::from(digits.clamp(6, 8));
    format!("{:0width$}", draw % 10_u64.pow(digits), width = digits as usize)
}

/// The keyed hash under which the code is kept.
pub(super) fn kept_code(keys: &KeyRing, login: LoginId, code: &str) -> [u8; 32] {
    keys.tag(CODE_KEPT, &[login.as_bytes(), code.as_bytes()])
}

/// Whether `typed` is the code that was kept; compared in constant time.
pub(super) fn is_kept_code(keys: &KeyRing, login: LoginId, typed: &str, kept: &[u8]) -> bool {
    keys.verify_tag(CODE_KEPT, &[login.as_bytes(), typed.as_bytes()], kept)
}

/// The key of a QR login's changing secrets.
pub(super) fn claim_key(keys: &KeyRing, login: LoginId, nonce: &Nonce) -> Nonce {
    Bytes(keys.tag(CLAIM_KEY, &[login.as_bytes(), &nonce.0]))
}

/// The keyed hash under which a request to open a login is kept.
pub(super) fn kept_request(keys: &KeyRing, told: &[u8]) -> [u8; 32] {
    keys.tag(REQUEST_KEPT, &[told])
}

/// The keys that a QR login's secrets may have, after a rotation or amid one.
pub(super) fn claim_keys(keys: &KeyRing, login: LoginId, nonce: &Nonce) -> Vec<Nonce> {
    keys.tags(CLAIM_KEY, &[login.as_bytes(), &nonce.0]).into_iter().map(Bytes).collect()
}

/// Whether this is the request that was kept.
pub(super) fn is_kept_request(keys: &KeyRing, told: &[u8], kept: &[u8]) -> bool {
    keys.verify_tag(REQUEST_KEPT, &[told], kept)
}

/// A typed name, as the limits on it know it.
pub(super) fn kept_name(keys: &KeyRing, msp: MspId, key: &str) -> String {
    base64url(&keys.tag(NAME_KEPT, &[msp.as_bytes(), key.as_bytes()]))
}
