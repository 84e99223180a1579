//! Which secrets a tenant's workstations accept codes of.

use countersign_protocol::wire::{accounts::AccountMode, admin::TenantSettings};

use crate::store::offline::SecretKind;

/// Which secrets a tenant's workstations accept codes of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfflineMode {
    /// Each its own.
    Named,
    /// All the tenant's.
    Shared,
    /// One of each technician on each.
    Derived,
}

impl OfflineMode {
    /// The mode that settings ask for.
    #[must_use]
    pub fn of(accounts: AccountMode, derived: bool) -> Self {
        match (derived, accounts) {
            (true, _) => Self::Derived,
            (false, AccountMode::Named) => Self::Named,
            (false, AccountMode::Shared) => Self::Shared,
        }
    }

    /// The mode of a tenant.
    #[must_use]
    pub fn of_tenant(settings: &TenantSettings) -> Self {
        Self::of(settings.accounts, settings.offline.derived)
    }

    /// What it stores.
    #[must_use]
    pub fn kind(self) -> SecretKind {
        match self {
            Self::Named => SecretKind::Named,
            Self::Shared => SecretKind::Shared,
            Self::Derived => SecretKind::Root,
        }
    }
}
