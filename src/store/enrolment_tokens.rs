//! Tokens that enrol a tenant's workstations.

use countersign_protocol::{
    EnrolmentTokenId, Instant, TenantId, WorkstationId,
    wire::{Status, admin::EnrolmentToken},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    Conn, StoreError, Tx,
    conn::on,
    found_or_none,
    prepared::{Prepared, word},
    schema::{enrolment_tokens, tenants, workstations},
    types::{at, id},
};
use crate::domain::{ListFrom, Listing};

/// A token that is to be written down.
#[derive(Clone, Debug)]
pub struct NewEnrolmentToken {
    /// The id.
    pub id: EnrolmentTokenId,
    /// The tenant it enrols into.
    pub tenant: TenantId,
    /// The one workstation whose keys it replaces.
    pub workstation: Option<WorkstationId>,
    /// The hash of its secret.
    pub secret_hash: [u8; 32],
    /// How many workstations it may enrol.
    pub uses: i32,
    /// True if its workstations need no confirmation.
    pub auto_confirm: bool,
    /// Now.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
}

/// Writes down a token, in version 1.
///
/// # Errors
/// If the database does not answer.
pub async fn insert(tx: &mut Tx, new: &NewEnrolmentToken) -> Result<(), StoreError> {
    let msp = tx.scope().msp;
    on!(&mut *tx, |c| diesel::insert_into(enrolment_tokens::table)
        .values((
            enrolment_tokens::id.eq(id(new.id)),
            enrolment_tokens::msp.eq(id(msp)),
            enrolment_tokens::tenant.eq(id(new.tenant)),
            enrolment_tokens::workstation.eq(new.workstation.map(id)),
            enrolment_tokens::secret_hash.eq(new.secret_hash.as_slice()),
            enrolment_tokens::uses_left.eq(new.uses),
            enrolment_tokens::auto_confirm.eq(new.auto_confirm),
            enrolment_tokens::created_at.eq(at(new.created_at)),
            enrolment_tokens::expires_at.eq(at(new.expires_at)),
            enrolment_tokens::version.eq(1_i64),
        ))
        .execute(c))?;
    Ok(())
}

/// The shown name of a workstation of this tenant that has not been retired.
///
/// # Errors
/// If the database does not answer.
pub async fn replaceable(
    conn: &mut Conn,
    tenant: TenantId,
    workstation: WorkstationId,
) -> Result<Option<String>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| workstations::table
        .filter(workstations::msp.eq(id(msp)))
        .filter(workstations::tenant.eq(id(tenant)))
        .filter(workstations::id.eq(id(workstation)))
        .filter(workstations::status.ne(word(Status::Retired)))
        .select(workstations::host_name)
        .first::<String>(c));
    found_or_none(found)
}

#[derive(Queryable)]
struct Row {
    id: EnrolmentTokenId,
    tenant: TenantId,
    uses_left: i32,
    auto_confirm: bool,
    workstation: Option<WorkstationId>,
    expires_at: Instant,
    revoked_at: Option<Instant>,
}

impl From<Row> for EnrolmentToken {
    fn from(row: Row) -> Self {
        let Row { id, tenant, uses_left, auto_confirm, workstation, expires_at, revoked_at } = row;
        Self {
            id,
            token: None,
            tenant_id: tenant,
            uses_left: uses_left.try_into().unwrap_or(0),
            auto_confirm,
            workstation_id: workstation,
            expires_at,
            revoked_at,
        }
    }
}

/// A part of a tenant's tokens, those that ended among them.
///
/// # Errors
/// If the database does not answer.
pub async fn list(
    conn: &mut Conn,
    tenant: TenantId,
    from: ListFrom,
) -> Result<Listing<EnrolmentToken>, StoreError> {
    let msp = conn.scope().msp;
    let rows = on!(conn, |c| enrolment_tokens::table
        .filter(enrolment_tokens::msp.eq(id(msp)))
        .filter(enrolment_tokens::tenant.eq(id(tenant)))
        .filter(enrolment_tokens::id.gt(id(from.floor())))
        .order(enrolment_tokens::id)
        .limit(from.rows())
        .select((
            enrolment_tokens::id,
            enrolment_tokens::tenant,
            enrolment_tokens::uses_left,
            enrolment_tokens::auto_confirm,
            enrolment_tokens::workstation,
            enrolment_tokens::expires_at,
            enrolment_tokens::revoked_at,
        ))
        .load::<Row>(c))?;
    Ok(from.listing(rows, |row| row.id.into()))
}

/// The tenant's name if it has, or had, such a token.
///
/// # Errors
/// If the database does not answer.
pub async fn tenant_name(
    conn: &mut Conn,
    tenant: TenantId,
    token: EnrolmentTokenId,
) -> Result<Option<String>, StoreError> {
    let msp = conn.scope().msp;
    let found = on!(conn, |c| enrolment_tokens::table
        .inner_join(tenants::table.on(tenants::id.eq(enrolment_tokens::tenant)))
        .filter(enrolment_tokens::msp.eq(id(msp)))
        .filter(enrolment_tokens::tenant.eq(id(tenant)))
        .filter(enrolment_tokens::id.eq(id(token)))
        .select(tenants::name)
        .first::<String>(c));
    found_or_none(found)
}

/// Revokes a token; its new version, or `None` if there is none to revoke.
///
/// # Errors
/// If the database does not answer.
pub async fn revoke(
    tx: &mut Tx,
    tenant: TenantId,
    token: EnrolmentTokenId,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let msp = tx.scope().msp;
    let revoked = on!(&mut *tx, |c| Prepared(
        diesel::update(
            enrolment_tokens::table
                .filter(enrolment_tokens::msp.eq(id(msp)))
                .filter(enrolment_tokens::tenant.eq(id(tenant)))
                .filter(enrolment_tokens::id.eq(id(token)))
                .filter(enrolment_tokens::revoked_at.is_null())
        )
        .set((
            enrolment_tokens::revoked_at.eq(at(now)),
            enrolment_tokens::version.eq(enrolment_tokens::version + 1),
        ))
        .returning(enrolment_tokens::version)
    )
    .get_result::<i64>(c));
    found_or_none(revoked)
}
