use std::time::Duration;

use countersign::{
    domain::{Entity, Fact},
    flows::{
        AdminCaller,
        admin::{technicians, tenants, tickets},
    },
    store::{
        logins::{self, NewLogin, NewPush},
        revocations,
    },
    wake::Woken,
};
use countersign_protocol::{
    Bytes, LoginId, ProblemCode, Purpose, TechnicianId, TenantId, WorkstationId,
    wire::{
        LoginState, Status,
        admin::{CreateTechnician, Technician},
        desktop::Outcome,
    },
};
use uuid::Uuid;

use crate::{
    code, on_both,
    setup::{Setup, noon},
    tenants::bakery,
};

on_both!(
    a_technician_gets_the_account_of_their_user_name,
    a_taken_account_name_is_replaced_by_the_fallback,
    addresses_and_user_names_are_given_once,
    a_suspension_ends_logins_and_tokens_at_once,
    a_suspension_and_a_resumption_change_what_they_must_once,
    a_resumption_lifts_a_pause,
    only_active_technicians_get_tickets,
);

pub async fn technician(setup: &Setup, caller: AdminCaller, user: &str) -> Technician {
    let asked =
        CreateTechnician { email: format!("{user}@example.com"), user_name: user.to_owned() };
    technicians::create(&setup.ctx, caller, asked).await.unwrap()
}

/// A workstation of the tenant with a pending push login for the technician.
pub async fn pending_login(
    setup: &Setup,
    caller: AdminCaller,
    tenant: TenantId,
    technician: TechnicianId,
) -> (WorkstationId, LoginId) {
    let workstation = workstation(setup, caller, tenant).await;
    let step = setup.ctx.moment(caller.scope, caller.actor());
    let id: LoginId = step.id();
    let new = NewLogin {
        id,
        workstation,
        tenant,
        push: Some(NewPush {
            technician: Some(technician),
            decoy: None,
            code_digits: 6,
            code_tag: [0; 32],
        }),
        purpose: Purpose::SignIn,
        os_session: "1".to_owned(),
        network_address: "192.0.2.1".to_owned(),
        nonce: Bytes([1; 32]),
        workstation_nonce: Bytes([2; 32]),
        idempotency_key: id.to_string(),
        request_hash: [0; 32],
        opened_at: step.now(),
        expires_at: step.now() + Duration::from_secs(120),
    };
    let opened = setup.ctx.store.transact(caller.scope, move |mut tx| {
        Box::pin(async move {
            logins::insert(&mut tx, &new).await?;
            let fact = Fact::LoginExpired; // any: this login was never really opened
            tx.commit(step.event(Entity::Login(id), 1, "a login was opened", fact), vec![]).await?;
            Ok(())
        })
    });
    opened.await.unwrap();
    (workstation, id)
}

pub async fn workstation(setup: &Setup, caller: AdminCaller, tenant: TenantId) -> WorkstationId {
    let id: Uuid = setup.ctx.id(setup.ctx.now());
    let now = setup.at(noon());
    let insert = format!(
        "INSERT INTO workstations (id, msp, tenant, host_name, os, agent_version, hardware_id, jkt,
            signing_key, encryption_key, status, counter, enrolment_token, enrolled_at, version)
         VALUES ({{}}, {{}}, {{}}, 'W11-RECEPTION', 'Windows', '1', '{id}', '{id}', '{{}}', '{{}}',
            'active', 0, {{}}, {now}, 1)"
    )
    .replace("'{}'", "'-'");
    setup.execute(&insert, &[id, caller.scope.msp.into(), tenant.into(), id]).await;
    id.into()
}

async fn a_technician_gets_the_account_of_their_user_name(setup: &Setup) {
    let caller = setup.msp().await;
    let nik = technician(setup, caller, "nik").await;
    assert_eq!((nik.account_name.as_str(), nik.status), ("msp-nik", Status::Active));
    assert_eq!(technicians::one(&setup.ctx, caller, nik.id).await.unwrap(), nik);
    assert_eq!(setup.told(nik.id).await, ["nik@example.com was made a technician"]);
    let long = technician(setup, caller, "a-very-long-user-name").await;
    assert!(long.account_name.starts_with("msp-a-very-long-"), "{}", long.account_name);
}

async fn a_taken_account_name_is_replaced_by_the_fallback(setup: &Setup) {
    let caller = setup.msp().await;
    assert_eq!(technician(setup, caller, "nik.o").await.account_name, "msp-nik-o");
    let second = technician(setup, caller, "nik-o").await;
    assert!(second.account_name.starts_with("msp-nik-o-"), "{}", second.account_name);
    assert_eq!(setup.told(second.id).await.len(), 1);
    // The pool is as healthy as before.
    technician(setup, caller, "ada").await;
}

async fn addresses_and_user_names_are_given_once(setup: &Setup) {
    let (caller, other) = (setup.msp().await, setup.msp().await);
    technician(setup, caller, "nik").await;
    for (email, user_name, field) in
        [("NIK@Example.com", "nik2", "email"), ("nik2@example.com", "nik", "user_name")]
    {
        let asked = CreateTechnician { email: email.to_owned(), user_name: user_name.to_owned() };
        let refused = technicians::create(&setup.ctx, caller, asked).await.unwrap_err().refusal();
        assert_eq!(refused.code(), ProblemCode::AlreadyExists);
        assert!(refused.problem.detail.unwrap().starts_with(field));
    }
    let elsewhere = technician(setup, other, "nik").await;
    let refused = technicians::suspend(&setup.ctx, caller, elsewhere.id).await;
    assert_eq!(code(refused), ProblemCode::NotFound);
}

async fn a_suspension_ends_logins_and_tokens_at_once(setup: &Setup) {
    let caller = setup.msp().await;
    let tenant = tenants::create(&setup.ctx, caller, bakery()).await.unwrap().id;
    let (nik, ada) =
        (technician(setup, caller, "nik").await, technician(setup, caller, "ada").await);
    let (workstation, login) = pending_login(setup, caller, tenant, nik.id).await;
    let (elsewhere, other) = pending_login(setup, caller, tenant, ada.id).await;
    let mut parked = setup.ctx.hub.park(&[login.into()]);

    let suspended = technicians::suspend(&setup.ctx, caller, nik.id).await.unwrap();
    assert_eq!((suspended.status, suspended.version), (Status::Suspended, 2));
    assert_eq!(parked.woken(Duration::from_secs(5)).await, Woken::ByTopic);

    let mut conn = setup.ctx.store.within(caller.scope).await.unwrap();
    let row = logins::view(&mut conn, login, workstation).await.unwrap().unwrap();
    assert_eq!(
        (row.standing.state, row.standing.outcome),
        (LoginState::Cancelled, Some(Outcome::Suspended))
    );
    let stands = logins::view(&mut conn, other, elsewhere).await.unwrap().unwrap();
    assert_eq!((row.version, stands.standing.state, stands.version), (2, LoginState::Pending, 1));
    let mut across = setup.ctx.store.across().await.unwrap();
    let revoked = revocations::since(&mut across, noon()).await.unwrap();
    assert_eq!(revoked, [(nik.id.into(), noon())]);

    let cancelled = "a login was cancelled: nik@example.com was suspended";
    assert!(setup.told(login).await.contains(&cancelled.to_owned()));
    assert!(setup.told(nik.id).await.contains(&"nik@example.com was suspended".to_owned()));
}

async fn a_suspension_and_a_resumption_change_what_they_must_once(setup: &Setup) {
    let caller = setup.msp().await;
    let nik = technician(setup, caller, "nik").await;
    let ctx = &setup.ctx;
    assert_eq!(technicians::resume(ctx, caller, nik.id).await.unwrap().version, 1);
    assert_eq!(technicians::suspend(ctx, caller, nik.id).await.unwrap().version, 2);
    assert_eq!(technicians::suspend(ctx, caller, nik.id).await.unwrap().version, 2);
    let resumed = technicians::resume(ctx, caller, nik.id).await.unwrap();
    assert_eq!((resumed.status, resumed.version), (Status::Active, 3));
    let mut versions: Vec<_> = setup
        .events()
        .await
        .into_iter()
        .filter(|event| event.entity.id() == nik.id.0)
        .map(|event| event.version)
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, [1, 2, 3]);
}

async fn a_resumption_lifts_a_pause(setup: &Setup) {
    let caller = setup.msp().await;
    let nik = technician(setup, caller, "nik").await;
    let until = setup.at(noon() + Duration::from_secs(900));
    let pause = format!(
        "UPDATE technicians SET consecutive_failures = 10, push_paused_until = {until} WHERE id = {{}}"
    );
    setup.execute(&pause, &[nik.id.into()]).await;
    let paused = technicians::one(&setup.ctx, caller, nik.id).await.unwrap();
    assert_eq!(paused.push_paused_until, Some(noon() + Duration::from_secs(900)));
    let resumed = technicians::resume(&setup.ctx, caller, nik.id).await.unwrap();
    assert_eq!((resumed.consecutive_failures, resumed.push_paused_until), (0, None));
    assert_eq!(resumed.version, 2);
}

async fn only_active_technicians_get_tickets(setup: &Setup) {
    let (caller, other) = (setup.msp().await, setup.msp().await);
    let nik = technician(setup, caller, "nik").await;
    let ticket = tickets::make(&setup.ctx, caller, nik.id).await.unwrap();
    assert!(ticket.ticket.starts_with("cs_ticket_"));
    assert_eq!(ticket.expires_at, noon() + setup.ctx.settings.tokens.ticket());
    assert_eq!(setup.told(ticket.id).await, ["a device ticket for nik@example.com was made"]);
    assert_eq!(code(tickets::make(&setup.ctx, other, nik.id).await), ProblemCode::NotFound);
    technicians::suspend(&setup.ctx, caller, nik.id).await.unwrap();
    let refused = tickets::make(&setup.ctx, caller, nik.id).await.unwrap_err().refusal();
    assert_eq!(refused.code(), ProblemCode::Conflict);
    assert_eq!(refused.problem.state.as_deref(), Some("suspended"));
}
