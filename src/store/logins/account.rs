//! Which account a login is for.

use countersign_protocol::{Account, wire::accounts::AccountMode};

/// The account that a technician gets at a tenant.
pub(super) fn account(mode: AccountMode, shared: Option<&str>, own: &str) -> Account {
    let name = match mode {
        AccountMode::Named => own,
        AccountMode::Shared => shared.unwrap_or_default(),
    };
    Account { name: name.to_owned(), kind: mode.kind() }
}
