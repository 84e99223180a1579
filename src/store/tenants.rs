//! Tenants.

use countersign_protocol::{
    Instant, TenantId,
    wire::{
        accounts::{AccountMode, Profiles},
        admin::{Tenant, TenantSettings},
    },
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::tenants,
    types::{at, id, json, to_json},
};
use crate::domain::{ListFrom, Listing};

/// The columns of a [`Row`], in its order.
macro_rules! columns {
    () => {
        (
            tenants::id,
            tenants::name,
            tenants::code_digits,
            tenants::login_lifetime_s,
            tenants::refuse_other_network,
            tenants::account_mode,
            tenants::shared_account,
            tenants::keep_profiles,
            tenants::offline,
            tenants::created_at,
            tenants::version,
        )
    };
}

#[derive(Queryable)]
struct Row {
    id: TenantId,
    name: String,
    code_digits: Option<i32>,
    login_lifetime_s: Option<i32>,
    refuse_other_network: bool,
    account_mode: AccountMode,
    shared_account: Option<String>,
    keep_profiles: bool,
    offline: String,
    created_at: Instant,
    version: i64,
}

impl Row {
    fn tenant(self) -> Result<Tenant, StoreError> {
        let settings = TenantSettings {
            code_digits: self.code_digits.and_then(|digits| digits.try_into().ok()),
            login_lifetime_s: self.login_lifetime_s.and_then(|seconds| seconds.try_into().ok()),
            refuse_other_network: self.refuse_other_network,
            accounts: self.account_mode,
            profiles: if self.keep_profiles { Profiles::Keep } else { Profiles::Delete },
            offline: json(&self.offline)?,
        };
        let Self { id, name, shared_account, created_at, version, .. } = self;
        Ok(Tenant { id, name, settings, shared_account, created_at, version })
    }
}

/// Writes down a tenant.
///
/// # Errors
/// [`StoreError::Duplicate`] of `name`, or if the database does not answer.
pub async fn insert(tx: &mut Tx, tenant: &Tenant) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    let Tenant { id: tenant_id, name, settings, shared_account, created_at, version } = tenant;
    let offline = to_json(&settings.offline)?;
    on!(&mut *tx, |c| diesel::insert_into(tenants::table)
        .values((
            tenants::id.eq(id(*tenant_id)),
            tenants::msp.eq(id(msp)),
            tenants::name.eq(name),
            tenants::code_digits.eq(settings.code_digits.map(i32::from)),
            tenants::login_lifetime_s.eq(settings.login_lifetime_s.map(i32::from)),
            tenants::refuse_other_network.eq(settings.refuse_other_network),
            tenants::account_mode.eq(word(settings.accounts)),
            tenants::shared_account.eq(shared_account.as_deref()),
            tenants::keep_profiles.eq(settings.profiles.are_kept()),
            tenants::offline.eq(offline),
            tenants::state_version.eq(0_i64),
            tenants::created_at.eq(at(*created_at)),
            tenants::version.eq(version),
        ))
        .execute(c))?;
    Ok(())
}

/// A part of the msp's tenants.
///
/// # Errors
/// If the database does not answer.
pub async fn list(conn: &mut Conn, from: ListFrom) -> Result<Listing<Tenant>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| tenants::table
        .filter(tenants::msp.eq(id(msp)))
        .filter(tenants::id.gt(id(from.floor())))
        .order(tenants::id)
        .limit(from.rows())
        .select(columns!())
        .load::<Row>(c))?;
    let tenants: Result<Vec<Tenant>, _> = rows.into_iter().map(Row::tenant).collect();
    Ok(from.listing(tenants?, |tenant| tenant.id.into()))
}

/// One tenant.
///
/// # Errors
/// If the database does not answer.
pub async fn one(conn: &mut Conn, tenant: TenantId) -> Result<Option<Tenant>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| tenants::table
        .filter(tenants::msp.eq(id(msp)))
        .filter(tenants::id.eq(id(tenant)))
        .select(columns!())
        .first::<Row>(c));
    found_or_none(found)?.map(Row::tenant).transpose()
}

/// Replaces a tenant's settings; the tenant as it is then, and the tenant's part of its workstations' state version,
/// which rises.
///
/// # Errors
/// If the database does not answer.
pub async fn set_settings(
    tx: &mut Tx,
    tenant: TenantId,
    settings: &TenantSettings,
    shared_account: Option<&str>,
) -> Result<Option<(Tenant, u64)>, StoreError> {
    let msp = tx.scope().msp;
    let offline = to_json(&settings.offline)?;
    let changed = on!(&mut *tx, |c| Prepared(
        diesel::update(
            tenants::table.filter(tenants::msp.eq(id(msp))).filter(tenants::id.eq(id(tenant)))
        )
        .set((
            tenants::code_digits.eq(settings.code_digits.map(i32::from)),
            tenants::login_lifetime_s.eq(settings.login_lifetime_s.map(i32::from)),
            tenants::refuse_other_network.eq(settings.refuse_other_network),
            tenants::account_mode.eq(word(settings.accounts)),
            tenants::shared_account.eq(shared_account),
            tenants::keep_profiles.eq(settings.profiles.are_kept()),
            tenants::offline.eq(&offline),
            tenants::state_version.eq(tenants::state_version + 1),
            tenants::version.eq(tenants::version + 1),
        ))
        .returning((columns!(), tenants::state_version))
    )
    .get_result::<(Row, i64)>(c));
    let Some((row, version)) = found_or_none(changed)? else { return Ok(None) };
    Ok(Some((row.tenant()?, version.try_into().unwrap_or(0))))
}
