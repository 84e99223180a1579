//! The tenant switches to one account for all: accounts and offline secrets are others from then on.

use std::future::ready;

use countersign_protocol::{
    offline::{SecretVersion, SyncFirst},
    wire::{
        accounts::AccountMode,
        admin::{Tenant, TenantSettings},
    },
};

use crate::{
    Cast, House, Timeline, Told,
    cast::{ADAS, DESK, NIKS, OFFICE, STORE},
    offline::{applies, fetches, opens, uploads},
};

/// Switches; gives the name of the account that the technicians share.
pub async fn switched(timeline: &Timeline, house: &House, cast: &Cast) -> Told<String> {
    timeline.chapter("A switch to shared accounts");
    let settings = TenantSettings { accounts: AccountMode::Shared, ..TenantSettings::default() };
    let switching = async {
        let tenant = cast.admin.set_tenant_settings(cast.tenant.id, &settings).await;
        tenant.map_err(|error| error.to_string()).and_then(|tenant: Tenant| {
            tenant.shared_account.ok_or_else(|| "there is no shared account".to_owned())
        })
    };
    let account = timeline
        .step("admin", "switches to shared accounts", switching, |account| {
            format!("switched {} to shared accounts: {account}", cast.tenant.name)
        })
        .await?;
    for at in [(DESK, &cast.desk), (OFFICE, &cast.office), (STORE, &cast.store)] {
        applies(timeline, at).await?;
    }
    let gone = !cast.office.agent.disk().accounts.contains_key("msp-nik");
    timeline.holds("the account of the old mode has left the machine", gone)?;

    let prompt =
        cast.desk.prompt("nik").ok_or_else(|| timeline.not_as_told("it takes no codes"))?;
    let syncing = ready(match cast.niks.show(&prompt) {
        Err(why @ SyncFirst::NotHeld { asked: SecretVersion::Shared(1) }) => Ok(why),
        other => Err(format!("the phone says {other:?}")),
    });
    timeline.step(NIKS, "says that it must sync", syncing, |why| format!("says: {why}")).await?;
    for phone in [(NIKS, &cast.niks), (ADAS, &cast.adas)] {
        let holdings = fetches(timeline, phone).await?;
        let one = matches!(holdings.holdings.as_slice(), [one] if one.held.len() == 1);
        timeline.holds("each phone holds the tenant's secret, before any visit", one)?;
    }
    let desk = (DESK, &cast.desk);
    let (_, _, session) = opens(timeline, desk, (NIKS, &cast.niks)).await?;
    timeline.holds("it opened with the shared account", session.account == account)?;
    let sentence = format!(
        "nik@example.com (claimed) logged into the desktop W11-RECEPTION offline with account {account}"
    );
    uploads(timeline, house, desk, &sentence).await?;
    applies(timeline, desk).await?;
    Ok(account)
}
