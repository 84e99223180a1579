//! One workstation's state document.

use countersign_protocol::{
    ProblemCode,
    grant::PasswordRule,
    wire::{
        accounts::{AccountMode, Profiles},
        state::{AccountOrder, OrderedAccount, StateDocument},
    },
};

use crate::{
    domain::Failure,
    flows::{Context, WorkstationCaller, offline},
    store::{
        Conn, offline as secrets, sessions,
        states::{self, AccountRow, AccountState, Place},
    },
};

/// The document as it stands, read within one scope.
///
/// # Errors
/// `invalid_token` if the workstation is not in service, or that the database does not answer.
pub async fn document(ctx: &Context, caller: WorkstationCaller) -> Result<StateDocument, Failure> {
    let mut conn = ctx.store.within(caller.scope).await?;
    let place = states::place(&mut conn, caller.workstation).await?;
    let place = place.ok_or(ProblemCode::InvalidToken)?;
    of_place(ctx, &mut conn, &place).await
}

/// The document of a place. A change that commits meanwhile has a higher version, and wakes whoever waits: what is
/// newer than the version says is applied twice.
pub(super) async fn of_place(
    ctx: &Context,
    conn: &mut Conn,
    place: &Place,
) -> Result<StateDocument, Failure> {
    let accounts = accounts(conn, place).await?;
    let recovery = secrets::code_standing(conn, place.workstation).await?;
    let recovery = recovery.map(|code| offline::check_of_code(&ctx.keys, &code)).transpose()?;
    Ok(StateDocument {
        version: place.version,
        accounts,
        password: PasswordRule {
            rotate_before_use: true,
            length: ctx.settings.password.length.into(),
        },
        end_sessions: sessions::ends_asked(conn, place.workstation).await?,
        offline: offline::sealed_rules(ctx, conn, place).await?,
        recovery,
        server_time: ctx.now(),
    })
}

/// The accounts that were made here; and those that an offline code may call for before any login was: the tenant's, and
/// where codes tell technicians apart, each technician's own.
async fn accounts(conn: &mut Conn, place: &Place) -> Result<Vec<OrderedAccount>, Failure> {
    let here = states::accounts_here(conn, place.workstation).await?;
    let mut accounts: Vec<_> = here.into_iter().map(|row| ordered(place, row)).collect();
    let (mut names, order) = (Vec::new(), AccountOrder::Have);
    match place.mode {
        AccountMode::Shared => names.extend(place.shared_account.clone().map(|name| (name, None))),
        AccountMode::Named if place.offline.derived => {
            let delegates = secrets::delegates(conn, place.tenant).await?;
            names.extend(delegates.into_iter().map(|one| (one.account_name, Some(one.technician))));
        }
        AccountMode::Named => {}
    }
    let kind = place.mode.kind();
    for (name, technician_id) in names {
        match accounts.iter_mut().find(|one| one.name == name) {
            Some(one) => one.order = order,
            None => accounts.push(OrderedAccount { name, kind, technician_id, order }),
        }
    }
    Ok(accounts)
}

fn ordered(place: &Place, row: AccountRow) -> OrderedAccount {
    let mode = if row.technician.is_some() { AccountMode::Named } else { AccountMode::Shared };
    let order = match (row.state, place.profiles) {
        (AccountState::Present, _) => AccountOrder::Have,
        (_, Profiles::Keep) => AccountOrder::Remove,
        (_, Profiles::Delete) => AccountOrder::RemoveWithProfile,
    };
    let technician_id = row.technician;
    OrderedAccount { name: row.account, kind: mode.kind(), technician_id, order }
}
