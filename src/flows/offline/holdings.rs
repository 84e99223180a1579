//! What a phone holds: secrets of workstations its technician has visited (named mode), of tenants they work for
//! (shared mode), keys of their own (derived mode). Each hand-over is an event.

use std::collections::{BTreeMap, HashMap, HashSet};

use countersign_protocol::{
    Instant, SecretId, TechnicianId, TenantId, WorkstationId,
    offline::{Held, Holding, Label, OfflineSecret},
    wire::{
        accounts::OfflineSettings,
        offline::{Holdings, KnownWorkstation, Otpauth},
    },
};

use super::{
    OfflineMode,
    outlived::{Beside, end_outlived},
    sealing,
};
use crate::{
    domain::{Entity, Fact, Failure},
    flows::{Context, DeviceCaller},
    store::{
        Conn,
        offline::{self, SecretRow, Which, WorksFor},
        sessions,
    },
};

/// A secret on its way to a phone.
struct Handing {
    secret: SecretId,
    tenant: TenantId,
    epoch: u32,
    called: String,
}

/// Everything that the phone may hold now.
///
/// # Errors
/// Unavailable while no record of a hand-over can be promised, or that the database does not answer.
pub async fn holdings(ctx: &Context, caller: DeviceCaller) -> Result<Holdings, Failure> {
    // A secret that is replaced in the same instant is read again.
    for _ in 0..3 {
        let mut conn = ctx.store.within(caller.scope).await?;
        let Gathering { holdings: found, handing, beside, .. } =
            gather(ctx, &mut conn, caller).await?;
        let had = offline::handed_to(&mut conn, caller.device).await?;
        drop(conn);
        let had: HashSet<(SecretId, u32)> = had
            .into_iter()
            .map(|(secret, epoch)| (secret, epoch.try_into().unwrap_or(0)))
            .collect();
        let new: Vec<Handing> = handing
            .into_iter()
            .filter(|handing| !had.contains(&(handing.secret, handing.epoch)))
            .collect();
        if new.is_empty() || hand_over(ctx, caller, new).await? {
            end_outlived(ctx, caller, beside).await?;
            return Ok(found);
        }
    }
    Err(Failure::Unavailable("the offline secrets are being replaced".into()))
}

/// Writes down that the phone receives these; false if one of them has just been replaced.
async fn hand_over(
    ctx: &Context,
    caller: DeviceCaller,
    new: Vec<Handing>,
) -> Result<bool, Failure> {
    ctx.backlog.promise(caller.scope.msp)?;
    let step = ctx.moment(caller.scope, caller.actor());
    ctx.store
        .transact(caller.scope, move |mut tx| {
            Box::pin(async move {
                let (technician, device) = (caller.technician, caller.device);
                let mut events = Vec::with_capacity(new.len());
                for tenant in new.iter().map(|one| one.tenant).collect::<HashSet<_>>() {
                    if !offline::may_receive(&mut tx, (technician, device), tenant).await? {
                        return Ok(false);
                    }
                }
                for Handing { secret, tenant, epoch, called } in new {
                    let (which, whom) = ((secret, tenant), (technician, device));
                    let handed =
                        offline::hand_over(&mut tx, which, whom, epoch, step.now()).await?;
                    let Some(version) = handed else { return Ok(false) };
                    let sentence = format!("a phone received offline secret {called}");
                    let fact =
                        Fact::OfflineSecretHanded { device, technician, secret_version: called };
                    let entity = Entity::OfflineSecret(secret);
                    events.push(step.event_at(tenant, entity, version, sentence, fact));
                }
                let Some(first) = events.pop() else { return Ok(true) };
                tx.commit(first, events).await?;
                Ok(true)
            })
        })
        .await
}

async fn gather<'a>(
    ctx: &'a Context,
    conn: &mut Conn,
    caller: DeviceCaller,
) -> Result<Gathering<'a>, Failure> {
    let now = ctx.now();
    let mut visited: HashMap<TenantId, Vec<(WorkstationId, String)>> = HashMap::new();
    for (workstation, tenant, host_name) in sessions::visited_by(conn, caller.technician).await? {
        visited.entry(tenant).or_default().push((workstation, host_name));
    }
    let mut gathering = Gathering {
        ctx,
        technician: caller.technician,
        now,
        handing: Vec::new(),
        beside: Vec::new(),
        holdings: Holdings {
            holdings: Vec::new(),
            otpauth: Vec::new(),
            workstations: Vec::new(),
            server_time: now,
        },
    };
    for works_for in offline::works_for(conn, caller.technician).await? {
        let here = visited.remove(&works_for.tenant).unwrap_or_default();
        gathering.at(conn, &works_for, &here).await?;
    }
    Ok(gathering)
}

struct Gathering<'a> {
    ctx: &'a Context,
    technician: TechnicianId,
    now: Instant,
    handing: Vec<Handing>,
    /// The old secrets, each beside its successor, of which the phone holds both.
    beside: Vec<Beside>,
    holdings: Holdings,
}

impl Gathering<'_> {
    async fn at(
        &mut self,
        conn: &mut Conn,
        at: &WorksFor,
        visited: &[(WorkstationId, String)],
    ) -> Result<(), Failure> {
        let settings: OfflineSettings = at.settings()?;
        let mode = OfflineMode::of(at.mode, settings.derived);
        let here: Vec<WorkstationId> = visited.iter().map(|(id, _)| *id).collect();
        let which = match mode {
            OfflineMode::Named => Which::Own(&here),
            mode => Which::Kind(mode.kind()),
        };
        let secrets = offline::standing(conn, at.tenant, which, self.now).await?;
        let names: HashMap<WorkstationId, &str> =
            visited.iter().map(|(id, name)| (*id, name.as_str())).collect();
        self.beside.extend(Beside::pairs(&secrets));
        let mut held = Vec::new();
        for row in secrets {
            let epoch = if mode == OfflineMode::Derived { at.epoch() } else { 0 };
            let Some(one) = self.held(&row, at, &settings, &names)? else { continue };
            held.push(one);
            let called = match mode {
                OfflineMode::Derived => format!("d{}.{epoch}", row.number()),
                _ => row.called(),
            };
            self.handing.push(Handing { secret: row.id, tenant: at.tenant, epoch, called });
        }
        if mode == OfflineMode::Derived {
            let lowest: BTreeMap<WorkstationId, u32> =
                offline::raised_epochs(conn, at.tenant).await?;
            for one in &mut held {
                if let Held::Derived { lowest: known, .. } = one {
                    known.clone_from(&lowest);
                }
            }
        }
        if !held.is_empty() {
            let known = visited
                .iter()
                .map(|(id, host_name)| KnownWorkstation { id: *id, host_name: host_name.clone() });
            self.holdings.workstations.extend(known);
            self.holdings.holdings.push(Holding {
                tenant: at.tenant,
                technician: self.technician,
                code: settings.code,
                bounds: settings.bounds,
                synced_at: self.now,
                held,
            });
        }
        Ok(())
    }

    /// The secret as the phone holds it; `None` of a workstation that the technician has not visited.
    fn held(
        &mut self,
        row: &SecretRow,
        at: &WorksFor,
        settings: &OfflineSettings,
        visited: &HashMap<WorkstationId, &str>,
    ) -> Result<Option<Held>, Failure> {
        let keys = &self.ctx.keys;
        let length = settings.code.algorithm.secret_length();
        let version = row.number();
        Ok(match (OfflineMode::of(at.mode, settings.derived), row.workstation) {
            (OfflineMode::Derived, _) => {
                let epochs = (row.number(), at.epoch());
                let key = sealing::root(keys, row)?
                    .technician_key(at.tenant, epochs.0, self.technician, epochs.1)
                    .map_err(|error| Failure::Fault(error.to_string()))?;
                Some(Held::Derived {
                    tenant_epoch: epochs.0,
                    technician_epoch: epochs.1,
                    key,
                    lowest: BTreeMap::new(),
                })
            }
            (OfflineMode::Shared, _) => {
                let secret = sealing::secret(keys, row, length)?;
                self.draw(at, settings, None, "all workstations", &secret);
                Some(Held::Shared { version, secret })
            }
            (OfflineMode::Named, Some(workstation)) => match visited.get(&workstation) {
                Some(name) => {
                    let secret = sealing::secret(keys, row, length)?;
                    self.draw(at, settings, Some(workstation), name, &secret);
                    Some(Held::Named { workstation, version, secret })
                }
                None => None,
            },
            (OfflineMode::Named, None) => None,
        })
    }

    /// For an authenticator app, if the tenant allows one. Only the secret that stands: an app shows nothing's version.
    fn draw(
        &mut self,
        at: &WorksFor,
        settings: &OfflineSettings,
        workstation_id: Option<WorkstationId>,
        account: &str,
        secret: &OfflineSecret,
    ) {
        if !settings.own_authenticators {
            return;
        }
        let label = Label { issuer: &at.tenant_name, account };
        if let Some(uri) = settings.code.otpauth(secret, label) {
            self.holdings
                .otpauth
                .retain(|one| workstation_id.is_none() || one.workstation_id != workstation_id);
            self.holdings.otpauth.push(Otpauth { workstation_id, uri: uri.to_string() });
        }
    }
}
