//! Where secrets are kept, in one place: what seals takes one of these, and what reseals asks for all of them.

/// A table that holds sealed secrets, and the column where they stand.
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
    /// What requests to webhooks are signed with.
    AuditWebhooks,
    /// And until now: both sign for a while.
    OldAuditWebhooks,
}

impl SealedTable {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::SigningKeys,
        Self::VendorTokens,
        Self::AuditOrigins,
        Self::OfflineSecrets,
        Self::RecoveryCodes,
        Self::AuditWebhooks,
        Self::OldAuditWebhooks,
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
            Self::AuditWebhooks | Self::OldAuditWebhooks => "audit_webhooks",
        }
    }

    /// The column.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::OldAuditWebhooks => "old_sealed",
            _ => "sealed",
        }
    }
}
