//! What a technician's phones can still open: told when they leave, and at any time after.

use countersign_protocol::{
    TechnicianId,
    wire::state::{BlastRadius, ExposedSecret},
};

use crate::{
    domain::{Failure, Refusal},
    flows::{AdminCaller, Context},
    store::{
        Conn,
        offline::{self, Exposed, SecretKind},
        technicians,
    },
};

/// How many secrets and workstations stand in one answer.
const MOST: usize = 1000;

/// What the technician's phones can still open.
///
/// # Errors
/// `not_found`, or that the database does not answer.
pub async fn blast_radius(
    ctx: &Context,
    caller: AdminCaller,
    technician: TechnicianId,
) -> Result<BlastRadius, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    technicians::one(&mut conn, technician).await?.ok_or_else(Refusal::not_found)?;
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    // A technician has a phone or two.
    let exposed = offline::exposed_of(&mut conn, technician, None, most * 4).await?;
    let (stragglers, accepting) =
        offline::accepting(&mut conn, technician, ctx.now(), most).await?;
    let secrets_total = offline::exposures(&mut conn, technician).await?;
    let mut secrets = Vec::with_capacity(exposed.len().min(MOST));
    let reaches = offline::reaches(&mut conn, technician).await?;
    for one in exposed.into_iter().take(MOST) {
        secrets.push(shown(&mut conn, one, &reaches).await?);
    }
    Ok(BlastRadius {
        technician_id: technician,
        secrets,
        secrets_total: secrets_total.try_into().unwrap_or(0),
        accepting: accepting.try_into().unwrap_or(0),
        stragglers,
    })
}

async fn shown(
    conn: &mut Conn,
    one: Exposed,
    reaches: &std::collections::HashMap<countersign_protocol::SecretId, bool>,
) -> Result<ExposedSecret, Failure> {
    // A workstation's own secret opens one; of a tenant's they are counted.
    let (workstations, applied) = match reaches.get(&one.secret) {
        Some(applied) => (1, i64::from(*applied)),
        None => offline::reach(conn, (one.tenant, one.workstation), one.ended()).await?,
    };
    let version = match one.kind {
        SecretKind::Named => format!("n{}", one.number),
        SecretKind::Shared => format!("s{}", one.number),
        SecretKind::Root => format!("d{}", one.number),
    };
    Ok(ExposedSecret {
        tenant_id: one.tenant,
        workstation_id: one.workstation,
        version,
        handed_at: one.handed_at,
        replaced_at: one.replaced_at,
        workstations: workstations.try_into().unwrap_or(0),
        applied: applied.try_into().unwrap_or(0),
    })
}
