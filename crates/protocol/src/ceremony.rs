//! The challenges of enrolling a passkey and of signing in again: SHA-256 over a domain, a nonce of the
//! service and what the ceremony is about, each field length-prefixed as in [`crate::statement`].

use crate::{
    DeviceId, Nonce, TicketId,
    encoding::{push_field, sha256},
};

/// The challenge of a passkey's registration: it commits to the ticket and to the phone's DPoP key.
#[must_use]
pub fn registration_challenge(nonce: &Nonce, ticket: TicketId, jkt: &str) -> [u8; 32] {
    challenge("countersign/registration/v1", nonce, &[ticket.as_bytes(), jkt.as_bytes()])
}

/// The challenge of signing in again: it commits to the device and to its DPoP key.
#[must_use]
pub fn sign_in_challenge(nonce: &Nonce, device: DeviceId, jkt: &str) -> [u8; 32] {
    challenge("countersign/sign-in/v1", nonce, &[device.as_bytes(), jkt.as_bytes()])
}

fn challenge(domain: &str, nonce: &Nonce, fields: &[&[u8]]) -> [u8; 32] {
    let mut out = Vec::with_capacity(192);
    push_field(&mut out, domain.as_bytes());
    out.extend_from_slice(&nonce.0);
    for field in fields {
        push_field(&mut out, field);
    }
    sha256(&[&out])
}
