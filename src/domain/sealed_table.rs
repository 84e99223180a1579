//! Where secrets are kept, in one place: what seals takes one of these, and what reseals asks for all of them.

/// A table that holds sealed secrets, each in its column `sealed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedTable {
    /// The installation's signing keys.
    SigningKeys,
    /// The tokens by which push vendors know the installation.
    VendorTokens,
    /// The keys that sign logs' checkpoints.
    AuditOrigins,
    /// Secrets and roots of offline codes.
    OfflineSecrets,
    /// Codes that open a workstation when nothing else does.
    RecoveryCodes,
}

impl SealedTable {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::SigningKeys,
        Self::VendorTokens,
        Self::AuditOrigins,
        Self::OfflineSecrets,
        Self::RecoveryCodes,
    ];

    /// The table's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SigningKeys => "signing_keys",
            Self::VendorTokens => "vendor_tokens",
            Self::AuditOrigins => "audit_origins",
            Self::OfflineSecrets => "offline_secrets",
            Self::RecoveryCodes => "recovery_codes",
        }
    }
}
