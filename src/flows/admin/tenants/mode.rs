//! What follows from a tenant's mode: its shared account, its secrets, and, when it changes, what leaves.

use countersign_protocol::{
    Instant, StateChangeId, TenantId,
    wire::{
        accounts::AccountMode,
        admin::{Tenant, TenantSettings},
        desktop::Outcome,
        state::StateVersion,
    },
};
use uuid::Uuid;

use crate::{
    auth::KeyRing,
    domain::{Entity, Event, Fact, Failure, account::AccountName},
    flows::{
        Moment,
        offline::{self, OfflineMode, Opens},
        states::topic,
    },
    store::{
        Conn, Tx,
        account_names::{self, Owner},
        logins::{self, Whose},
        msps,
        offline::SecretKind,
        states::{self, NewChange},
    },
};

/// A name for the account that a tenant's technicians share, which nobody ever had.
///
/// # Errors
/// `conflict` if none is left, or that the database does not answer.
pub(super) async fn shared_name(conn: &mut Conn, step: &Moment) -> Result<String, Failure> {
    let prefix = msps::account_prefix(conn).await?.ok_or_else(crate::domain::Refusal::not_found)?;
    let taken = account_names::beginning(conn, &prefix).await?;
    let draw = u64::from_be_bytes(step.bytes());
    let name = AccountName::shared(&prefix, draw, |name| taken.iter().any(|one| one == name))?;
    Ok(name.as_str().to_owned())
}

/// Gives the tenant the name.
///
/// # Errors
/// Conflict with whoever was given it in this instant, or that the database does not answer.
pub(super) async fn give(
    tx: &mut Tx,
    tenant: TenantId,
    name: &str,
    now: Instant,
) -> Result<(), Failure> {
    Ok(account_names::give(tx, name, Owner::Tenant(tenant), now).await?)
}

/// The tenant's own secret, in the modes that have one.
///
/// # Errors
/// If it can't be made.
pub(super) async fn secrets(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    tenant: TenantId,
    (settings, since): (&TenantSettings, u64),
) -> Result<Vec<Event>, Failure> {
    let kind = OfflineMode::of_tenant(settings).kind();
    if kind == SecretKind::Named {
        return Ok(Vec::new());
    }
    let since = StateVersion { tenant: since, own: 0 };
    offline::ensure(tx, step, keys, Opens { kind, tenant, workstation: None, since }).await
}

/// What a change of mode does: pending logins of the old one end, its accounts leave the workstations, its offline
/// secrets end.
///
/// # Errors
/// If the database does not answer.
pub(super) async fn switch(
    tx: &mut Tx,
    step: &Moment,
    keys: &KeyRing,
    (before, after): (&Tenant, &Tenant),
    since: u64,
) -> Result<(Vec<Event>, Vec<Uuid>), Failure> {
    let tenant = after.id;
    let (mut events, mut topics) = (Vec::new(), vec![topic(tenant.0)]);
    if before.settings.accounts != after.settings.accounts {
        let outcome = Outcome::Suspended;
        for login in logins::end_open(tx, Whose::Tenant(tenant), outcome).await? {
            let sentence = format!("a login was cancelled: {} changed its accounts", after.name);
            let fact = Fact::LoginCancelled { outcome };
            let entity = Entity::Login(login.id);
            let event = step.event_at(tenant, entity, login.version, sentence, fact);
            events.push(event.on(login.workstation).of(login.technician));
            topics.push(login.id.0);
            topics.extend(login.technician.map(|technician| technician.0));
        }
        let stays = after.shared_account.as_deref();
        let stays = stays.filter(|_| after.settings.accounts == AccountMode::Shared);
        states::remove_of_tenant(tx, tenant, stays, step.now()).await?;
    }
    let since_version = StateVersion { tenant: since, own: 0 };
    let (old, new) =
        (OfflineMode::of_tenant(&before.settings), OfflineMode::of_tenant(&after.settings));
    // A code made another way is another code: its secret has another version, so that no phone shows a wrong one.
    let anew = old == new && before.settings.offline.code != after.settings.offline.code;
    if old != new || anew {
        let how = (since_version, anew);
        events.extend(offline::replace_all(tx, step, keys, tenant, how).await?);
        let made = secrets(tx, step, keys, tenant, (&after.settings, since)).await?;
        events.extend(made);
    }
    let (id, now): (StateChangeId, _) = (step.id(), step.now());
    let what = "the tenant's settings were changed";
    let change = NewChange { id, tenant, workstation: None, what, since: since_version, now };
    states::note(tx, &[change]).await?;
    Ok((events, topics))
}
