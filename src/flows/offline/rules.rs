//! The offline part of a workstation's state document, sealed to the workstation.

use std::collections::BTreeMap;

use countersign_protocol::{
    Instant,
    offline::{Ending, Epochs, Keyed, OfflineRules, Row, Rows, SecretVersion},
    sealed::{Binding, Sealed},
};
use zeroize::Zeroizing;

use super::{OfflineMode, sealing};
use crate::{
    auth::KeyRing,
    domain::Failure,
    flows::Context,
    store::{
        Conn,
        offline::{self, SecretRow, Which},
        states::Place,
    },
};

/// What the workstation accepts, sealed to its encryption key and bound to the document's version.
pub(in crate::flows) async fn sealed_rules(
    ctx: &Context,
    conn: &mut Conn,
    place: &Place,
) -> Result<Sealed, Failure> {
    let rules = OfflineRules {
        version: place.version.sum(),
        code: place.offline.code,
        bounds: place.offline.bounds,
        clearances: place.clearances,
        rows: rows(&ctx.keys, conn, place, ctx.now()).await?,
    };
    let plain = serde_json::to_vec(&rules)
        .map(Zeroizing::new)
        .map_err(|error| Failure::Fault(format!("offline rules do not become JSON: {error}")))?;
    let binding = Binding {
        tenant: place.tenant,
        workstation: place.workstation,
        version: place.version.sum(),
    };
    let seed = Zeroizing::new(ctx.random.bytes());
    binding
        .seal(&place.encryption_key, &plain, seed)
        .map_err(|error| Failure::Fault(format!("{}: {error}", place.workstation)))
}

async fn rows(
    keys: &KeyRing,
    conn: &mut Conn,
    place: &Place,
    now: Instant,
) -> Result<Rows, Failure> {
    let mode = OfflineMode::of(place.mode, place.offline.derived);
    let which = Which::Opening(mode.kind(), place.workstation);
    let mut secrets = offline::standing(conn, place.tenant, which, now).await?;
    // Oldest first: the last is the one that stands.
    let Some(current) = secrets.pop() else { return Ok(Rows::Off) };
    if mode == OfflineMode::Derived {
        return derived(keys, conn, place, &current).await;
    }
    let length = place.offline.code.algorithm.secret_length();
    let keyed = |row: &SecretRow| {
        let version =
            row.version().ok_or_else(|| Failure::Fault("a root has no version".into()))?;
        Ok::<_, Failure>(Keyed { version, secret: sealing::secret(keys, row, length)? })
    };
    let old = match secrets.pop() {
        Some(old) => match old.accepted_until {
            Some(until) => Some(Ending { keyed: keyed(&old)?, until }),
            None => None,
        },
        None => None,
    };
    Ok(Rows::One { row: Row { technician: None, current: keyed(&current)?, old } })
}

/// A row for each technician who works for the tenant.
async fn derived(
    keys: &KeyRing,
    conn: &mut Conn,
    place: &Place,
    root: &SecretRow,
) -> Result<Rows, Failure> {
    let opened = sealing::root(keys, root)?;
    let mut rows = BTreeMap::new();
    for delegate in offline::delegates(conn, place.tenant).await? {
        let epochs = Epochs {
            tenant: root.number(),
            technician: delegate.epoch(),
            workstation: place.epoch,
        };
        let algorithm = place.offline.code.algorithm;
        let secret = opened
            .secret(place.tenant, delegate.technician, place.workstation, epochs, algorithm)
            .map_err(|error| Failure::Fault(error.to_string()))?;
        let current = Keyed { version: SecretVersion::Derived(epochs), secret };
        let row = Row { technician: Some(delegate.technician), current, old: None };
        rows.insert(delegate.user_name, row);
    }
    Ok(Rows::ByName { rows })
}
