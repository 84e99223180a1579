//! What a technician's phones can still open: told when they leave, and at any time after.

use std::collections::BTreeSet;

use countersign_protocol::{
    TechnicianId, TenantId,
    wire::state::{BlastRadius, ExposedSecret},
};

use crate::{
    domain::{Failure, Refusal},
    flows::{AdminCaller, Context},
    store::{
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
    let exposed = &exposed[..exposed.len().min(MOST)];
    let shared = exposed.iter().filter(|one| one.workstation.is_none()).map(|one| one.tenant);
    let shared: BTreeSet<TenantId> = shared.collect();
    let shared: Vec<TenantId> = shared.into_iter().collect();
    let applied_at = offline::applied_at(&mut conn, &shared).await?;
    Ok(BlastRadius {
        technician_id: technician,
        secrets: exposed.iter().map(|one| shown(one, &applied_at)).collect(),
        secrets_total: secrets_total.try_into().unwrap_or(0),
        accepting: accepting.try_into().unwrap_or(0),
        stragglers,
    })
}

fn shown(one: &Exposed, applied_at: &[(TenantId, i64, i64)]) -> ExposedSecret {
    // A workstation's own secret opens one; of a tenant's they are counted.
    let (workstations, applied) = if one.workstation.is_some() {
        (1, i64::from(one.applied()))
    } else {
        let ended = one.ended().map(|ended| i64::try_from(ended.tenant).unwrap_or(i64::MAX));
        let here = applied_at.iter().filter(|(tenant, ..)| *tenant == one.tenant);
        here.fold((0, 0), |(all, applied), (_, acked, count)| {
            let has = ended.is_some_and(|ended| *acked >= ended);
            (all + count, if has { applied + count } else { applied })
        })
    };
    let version = match one.kind {
        SecretKind::Named => format!("n{}", one.number),
        SecretKind::Shared => format!("s{}", one.number),
        SecretKind::Root => format!("d{}", one.number),
    };
    ExposedSecret {
        tenant_id: one.tenant,
        workstation_id: one.workstation,
        version,
        handed_at: one.handed_at,
        replaced_at: one.replaced_at,
        workstations: workstations.try_into().unwrap_or(0),
        applied: applied.try_into().unwrap_or(0),
    }
}
