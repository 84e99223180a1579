//! What a phone holds of a tenant's offline secrets, and when it shows a code.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Bounds, CodeRule, Epochs, OfflineSecret, Prompt, SecretVersion, TechnicianKey, code};
use crate::{Instant, TechnicianId, TenantId, WorkstationId};

/// What a technician's phone received of one tenant at its last synchronisation; each replaces the one before.
/// It holds secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Holding {
    /// The tenant.
    pub tenant: TenantId,
    /// Whose phone it is.
    pub technician: TechnicianId,
    /// How codes are made.
    pub code: CodeRule,
    /// How much may happen offline: the phone shows no code after as many days without contact.
    pub bounds: Bounds,
    /// The service's time when it was made.
    pub synced_at: Instant,
    /// The secrets, also older ones that a workstation may still ask for.
    pub held: Vec<Held>,
}

/// One secret, or the key that secrets follow from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Held {
    /// A workstation's own secret (named mode).
    Named {
        /// The workstation.
        workstation: WorkstationId,
        /// The secret's number.
        version: u32,
        /// The secret, base64url.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        secret: OfflineSecret,
    },
    /// The tenant's secret (shared mode).
    Shared {
        /// The secret's number.
        version: u32,
        /// The secret, base64url.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        secret: OfflineSecret,
    },
    /// The technician's key (derived mode).
    Derived {
        /// The tenant's epoch that it is of.
        tenant_epoch: u32,
        /// The technician's epoch that it is of.
        technician_epoch: u32,
        /// The key, base64url.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        key: TechnicianKey,
        /// The lowest epoch that still stands of each workstation whose epoch was raised; of any other it is 1.
        /// For a stolen machine, which names an epoch that has ended, the phone makes no code.
        #[serde(default)]
        #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, u32>))]
        lowest: BTreeMap<WorkstationId, u32>,
    },
}

/// A code on the phone's screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Which of the prompt's versions it is of.
    pub version: SecretVersion,
    /// Its step.
    pub step: u64,
    /// The code.
    pub code: Zeroizing<String>,
    /// When the next one takes its place.
    pub until: Instant,
}

/// Why no code is shown: the phone must be online first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyncFirst {
    /// The phone doesn't hold what the prompt asks for.
    #[error("this phone does not hold version {asked}: go online once to fetch it")]
    NotHeld {
        /// What is asked for.
        asked: SecretVersion,
    },
    /// The last synchronisation is longer ago than the tenant allows.
    #[error("the last contact is more than {allowed} days ago: go online once")]
    TooLongAgo {
        /// How many days are allowed.
        allowed: u16,
    },
}

impl Holding {
    /// The code for a workstation's prompt at the service's time `now` (the phone's clock, corrected by the
    /// offset it measured).
    ///
    /// # Errors
    /// [`SyncFirst`] unless the phone holds exactly a version that the prompt names.
    pub fn show(&self, prompt: &Prompt, now: Instant) -> Result<Shown, SyncFirst> {
        if now.since(self.synced_at) > self.bounds.span() {
            return Err(SyncFirst::TooLongAgo { allowed: self.bounds.days });
        }
        let asked = [Some(prompt.version), prompt.also];
        let (version, secret) = asked
            .into_iter()
            .flatten()
            .find_map(|version| Some((version, self.secret(prompt, version)?)))
            .ok_or(SyncFirst::NotHeld { asked: prompt.version })?;
        let step = code::step(now);
        let code = self.code.code(&secret, step);
        Ok(Shown { version, step, code, until: code::begins(step + 1) })
    }

    fn secret(&self, prompt: &Prompt, asked: SecretVersion) -> Option<OfflineSecret> {
        if prompt.tenant != self.tenant {
            return None;
        }
        self.held.iter().find_map(|held| held.secret(self.code, prompt.workstation, asked))
    }
}

impl Held {
    fn secret(
        &self,
        rule: CodeRule,
        at: WorkstationId,
        asked: SecretVersion,
    ) -> Option<OfflineSecret> {
        match (self, asked) {
            (Self::Named { workstation, version, secret }, SecretVersion::Named(asked)) => {
                (*workstation == at && *version == asked).then(|| secret.clone())
            }
            (Self::Shared { version, secret }, SecretVersion::Shared(asked)) => {
                (*version == asked).then(|| secret.clone())
            }
            (
                Self::Derived { tenant_epoch, technician_epoch, key, lowest },
                SecretVersion::Derived(Epochs { tenant, technician, workstation }),
            ) => {
                let stands = workstation >= lowest.get(&at).copied().unwrap_or(1);
                let held = *tenant_epoch == tenant && *technician_epoch == technician && stands;
                held.then(|| key.secret(at, workstation, rule.algorithm).ok()).flatten()
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
