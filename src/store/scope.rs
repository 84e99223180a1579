//! Whose rows a connection may see.

use countersign_protocol::{MspId, TenantId};

/// The walls around a query: an msp, and within it perhaps one tenant. There is no connection without
/// one, and on PostgreSQL row-level security holds it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The msp.
    pub msp: MspId,
    /// The one tenant, for workstations.
    pub tenant: Option<TenantId>,
}

impl Scope {
    /// The installation's own tables, and no msp's rows.
    #[must_use]
    pub fn installation() -> Self {
        Self { msp: MspId(uuid::Uuid::nil()), tenant: None }
    }

    /// All of an msp.
    #[must_use]
    pub fn msp(msp: MspId) -> Self {
        Self { msp, tenant: None }
    }

    /// One tenant of an msp.
    #[must_use]
    pub fn tenant(msp: MspId, tenant: TenantId) -> Self {
        Self { msp, tenant: Some(tenant) }
    }

    /// The statement that tells PostgreSQL, for the transaction (`local`) or the connection.
    pub(super) fn set_config(self, local: bool) -> String {
        let tenant = self.tenant.map(|tenant| tenant.to_string()).unwrap_or_default();
        format!(
            "SELECT set_config('countersign.msp', '{}', {local}), set_config('countersign.tenant', '{tenant}', {local})",
            self.msp
        )
    }
}
