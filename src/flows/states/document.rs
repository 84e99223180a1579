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
    let accounts = states::accounts_here(conn, place.workstation).await?;
    let recovery = secrets::code_standing(conn, place.workstation).await?;
    let recovery = recovery.map(|code| offline::check_of_code(&ctx.keys, &code)).transpose()?;
    Ok(StateDocument {
        version: place.version,
        accounts: accounts.into_iter().map(|row| ordered(place, row)).collect(),
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

fn ordered(place: &Place, row: AccountRow) -> OrderedAccount {
    let mode = if row.technician.is_some() { AccountMode::Named } else { AccountMode::Shared };
    let order = match (row.state, place.profiles) {
        (AccountState::Present, _) => AccountOrder::Have,
        (_, Profiles::Keep) => AccountOrder::Remove,
        (_, Profiles::Delete) => AccountOrder::RemoveWithProfile,
    };
    OrderedAccount { name: row.account, kind: mode.kind(), order }
}
