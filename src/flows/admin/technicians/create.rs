//! Making a technician, and with them the name of their account on workstations.

use countersign_protocol::{
    ProblemCode, TechnicianId,
    wire::{
        Status,
        admin::{CreateTechnician, Technician},
    },
};

use crate::{
    domain::{
        Entity, Fact, Failure, Refusal, account,
        names::{Email, UserName},
    },
    flows::{AdminCaller, Context, Moment},
    store::{
        StoreError, Tx,
        account_names::{self, Owner},
        msps, technicians,
    },
};

/// How many fallback names are tried. One in a million ids shares its name's last four characters with
/// another, so that two in a row are luck nobody has.
const FALLBACKS: usize = 3;

/// Makes a technician. Their account name is the prefix and the user name, or the fallback where that is
/// too long or taken; it is never given to another.
///
/// # Errors
/// `invalid_request`, `already_exists` for an address or a user name that the msp has, or that the database
/// does not answer.
pub async fn create(
    ctx: &Context,
    caller: AdminCaller,
    asked: CreateTechnician,
) -> Result<Technician, Failure> {
    let email = Email::parse(&asked.email)?;
    let user = UserName::parse(&asked.user_name)?;
    let mut conn = ctx.store.within(caller.scope).await?;
    let prefix = msps::account_prefix(&mut conn).await?.ok_or_else(Refusal::not_found)?;
    drop(conn);

    let step = ctx.moment(caller.scope, caller.actor());
    let mut names: Vec<(TechnicianId, String)> = Vec::with_capacity(FALLBACKS + 1);
    names.extend(account::preferred(&prefix, &user).map(|name| (step.id(), name)));
    names.extend((0..FALLBACKS).map(|_| {
        let id = step.id();
        (id, account::fallback(&prefix, &user, id))
    }));
    for (id, account_name) in names {
        let technician = Technician {
            id,
            email: email.as_str().to_owned(),
            user_name: user.as_str().to_owned(),
            account_name,
            status: Status::Active,
            consecutive_failures: 0,
            push_paused_until: None,
            created_at: step.now(),
            version: 1,
        };
        let (step, key) = (step.clone(), email.key());
        // A violated index ends a transaction of PostgreSQL: each name is tried in one of its own.
        let made = ctx.store.transact(caller.scope, move |tx| {
            Box::pin(async move { insert(tx, step, technician, key).await })
        });
        if let Some(technician) = made.await? {
            return Ok(technician);
        }
    }
    Err(Refusal::because(ProblemCode::AlreadyExists, "user_name: its account name is taken").into())
}

/// Writes the technician down; `None` if somebody has the account name.
async fn insert(
    mut tx: Tx,
    step: Moment,
    technician: Technician,
    email_key: String,
) -> Result<Option<Technician>, Failure> {
    match technicians::insert(&mut tx, &technician, &email_key).await {
        Err(error) if error.is_duplicate_of("account_name") => return Ok(None),
        inserted => inserted.map_err(taken)?,
    }
    // Also of those that a tenant shares, and of technicians who are gone.
    let owner = Owner::Technician(technician.id);
    match account_names::give(&mut tx, &technician.account_name, owner, step.now()).await {
        Err(error @ StoreError::Duplicate(_)) if error.is_duplicate_of("account_names") => {
            return Ok(None);
        }
        given => given?,
    }
    let Technician { id, email, user_name, account_name, version, .. } = technician.clone();
    let sentence = format!("{email} was made a technician");
    let fact = Fact::TechnicianCreated { email, user_name, account_name };
    tx.commit(step.event(Entity::Technician(id), version, sentence, fact), vec![]).await?;
    Ok(Some(technician))
}

fn taken(error: StoreError) -> Failure {
    let field = ["email", "user_name"].into_iter().find(|field| error.is_duplicate_of(field));
    match field {
        Some(field) => {
            let detail = format!("{field}: a technician has it");
            Refusal::because(ProblemCode::AlreadyExists, detail).into()
        }
        None => error.into(),
    }
}
