//! Derived mode: one root a tenant, from which each technician's key and each workstation's rows follow.
//!
//! By HKDF-SHA-256 Expand (RFC 5869 section 2.3), with ids as their 16 raw bytes, epochs as unsigned 32-bit
//! big-endian numbers, and `lp(x)` as in [`crate::Statement`]:
//!
//! ```text
//! root    32 random bytes a tenant, in the service only
//! TK(t)   = Expand(root,  lp("countersign/offline/technician/v1")  || tenant || e || t || e_t, 32)
//! S(t,w)  = Expand(TK(t), lp("countersign/offline/workstation/v1") || w || e_w, 20 or 32)
//! ```
//!
//! `TK(t)` goes to the technician's phone, which makes the codes of every workstation from it; `S(t,w)` goes to
//! workstation `w`, a row for each technician. Who takes a workstation's rows can make codes for that
//! workstation alone; who takes a phone's key, those of that technician alone. So a code names the technician, except
//! against whoever was administrator on that machine since its epoch `e_w` began: they can read the row's secret there
//! and make codes of it, so such a machine counts as stolen, and its epoch is raised.

use aws_lc_rs::hkdf::{self, HKDF_SHA256, Prk};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::Zeroizing;

use super::{Algorithm, Epochs, OfflineSecret};
use crate::{
    TechnicianId, TenantId, WorkstationId,
    encoding::{base64url, from_base64url, push_field},
};

/// The cryptographic library made no key: nothing may be sealed, shown or accepted in its place.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the key could not be derived")]
pub struct NotDerived;

/// The root of a tenant's derived secrets. It never leaves the service: it has no wire form.
pub struct TenantRoot(Zeroizing<[u8; 32]>);

impl TenantRoot {
    /// A root of 32 bytes that nobody can predict.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, to be sealed at rest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// `TK(t)`: what the technician's phone receives.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn technician_key(
        &self,
        tenant: TenantId,
        tenant_epoch: u32,
        technician: TechnicianId,
        technician_epoch: u32,
    ) -> Result<TechnicianKey, NotDerived> {
        let mut label = labelled("countersign/offline/technician/v1");
        label.extend_from_slice(tenant.as_bytes());
        label.extend_from_slice(&tenant_epoch.to_be_bytes());
        label.extend_from_slice(technician.as_bytes());
        label.extend_from_slice(&technician_epoch.to_be_bytes());
        let mut key = Zeroizing::new([0; 32]);
        expand(&self.0, &label, key.as_mut_slice())?;
        Ok(TechnicianKey(key))
    }

    /// `S(t,w)`: the technician's row at the workstation.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn secret(
        &self,
        tenant: TenantId,
        technician: TechnicianId,
        workstation: WorkstationId,
        epochs: Epochs,
        algorithm: Algorithm,
    ) -> Result<OfflineSecret, NotDerived> {
        self.technician_key(tenant, epochs.tenant, technician, epochs.technician)?.secret(
            workstation,
            epochs.workstation,
            algorithm,
        )
    }
}

/// A technician's key in one tenant, of one tenant epoch and one technician epoch. Base64url on the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct TechnicianKey(Zeroizing<[u8; 32]>);

impl TechnicianKey {
    /// `S(t,w)`: the secret of this technician's codes at the workstation.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn secret(
        &self,
        workstation: WorkstationId,
        workstation_epoch: u32,
        algorithm: Algorithm,
    ) -> Result<OfflineSecret, NotDerived> {
        let mut label = labelled("countersign/offline/workstation/v1");
        label.extend_from_slice(workstation.as_bytes());
        label.extend_from_slice(&workstation_epoch.to_be_bytes());
        let mut secret = Zeroizing::new([0; 32]);
        let secret = &mut secret[..algorithm.secret_length()];
        expand(&self.0, &label, secret)?;
        OfflineSecret::new(secret).map_err(|_| NotDerived)
    }
}

macro_rules! silent {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )+};
}

silent!(TenantRoot, TechnicianKey);

impl Serialize for TechnicianKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(base64url(self.0.as_slice())))
    }
}

impl<'de> Deserialize<'de> for TechnicianKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        from_base64url(&text)
            .map(Zeroizing::new)
            .and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok())
            .map(|bytes| Self(Zeroizing::new(bytes)))
            .ok_or_else(|| de::Error::custom("expected 32 bytes as base64url without padding"))
    }
}

fn labelled(domain: &str) -> Vec<u8> {
    let mut label = Vec::with_capacity(96);
    push_field(&mut label, domain.as_bytes());
    label
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(key: &[u8; 32], label: &[u8], out: &mut [u8]) -> Result<(), NotDerived> {
    Prk::new_less_safe(HKDF_SHA256, key)
        .expand(&[label], Length(out.len()))
        .and_then(|okm| okm.fill(out))
        .map_err(|_| NotDerived)
}
