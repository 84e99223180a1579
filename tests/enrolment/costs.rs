//! How many SQL statements things cost. Here no workers run beside the use cases, so that each one is theirs.

use std::time::Duration;

use countersign::{
    flows::{
        WorkstationCaller,
        admin::{delegations, technicians},
        login::{self, Asked},
    },
    store::Scope,
};
use countersign_protocol::{
    Bytes, LoginId, Purpose, TechnicianId,
    wire::{
        LoginState,
        admin::CreateTechnician,
        desktop::{OpenBy, OpenLogin, Outcome},
    },
};
use uuid::Uuid;

use crate::{
    on_both,
    setup::Setup,
    soft::{Machine, Phone, enrolment_token, tenant, ticket, token},
};

/// Longer than a test takes, so that only a wake-up can end a wait.
const LONG: Duration = Duration::from_secs(60);
/// When what should have come has not.
const SOON: Duration = Duration::from_secs(20);

on_both!(
    opening_a_login_costs_the_same_whoever_is_named,
    a_parked_wait_costs_nothing_until_it_is_woken,
);

/// A workstation whose tenant `nik` works for; the others can't be reached there.
async fn reception(setup: &Setup) -> WorkstationCaller {
    let ctx = &setup.ctx;
    let caller = setup.msp().await;
    let bakery = tenant(setup, caller, "Bakery Lane").await;
    for name in ["nik", "suspended", "undelegated", "phone-less"] {
        let (email, user_name) = (format!("{name}@example.com"), name.to_owned());
        let asked = CreateTechnician { email, user_name };
        let id: TechnicianId = technicians::create(ctx, caller, asked).await.unwrap().id;
        if name != "undelegated" {
            delegations::make(ctx, caller, bakery, id).await.unwrap();
        }
        if name != "phone-less" {
            Phone::new().enrol(ctx, &ticket(setup, caller, id).await).await.unwrap();
        }
        if name == "suspended" {
            technicians::suspend(ctx, caller, id).await.unwrap();
        }
    }
    let token = enrolment_token(setup, caller, bakery, token()).await;
    let machine = Machine::new("W11-RECEPTION", "4c4c4544-0042");
    let workstation = machine.enrol(ctx, &token).await.unwrap().enrolment.workstation_id;
    let scope = Scope::tenant(caller.scope.msp, bakery);
    WorkstationCaller { scope, tenant: bakery, workstation, token_issued_at: ctx.now() }
}

async fn open(setup: &Setup, caller: WorkstationCaller, name: &str, os_session: &str) -> LoginId {
    let request = OpenLogin {
        by: OpenBy::Push { name: name.to_owned() },
        purpose: Purpose::SignIn,
        os_session: os_session.to_owned(),
        nonce: Bytes([7; 32]),
    };
    let idempotency_key = setup.ctx.id::<Uuid>(setup.ctx.now()).to_string();
    let asked = Asked { request, idempotency_key, network_address: "192.0.2.1".to_owned() };
    login::open(&setup.ctx, caller, asked).await.unwrap().0.login.id
}

/// Statements so far, and the round trips they took.
fn sent(setup: &Setup) -> (u64, u64) {
    (setup.metrics.sql_statements.get(), setup.metrics.sql_round_trips.get())
}

/// The same, once whatever was begun has given its connection back.
async fn sent_when_settled(setup: &Setup) -> (u64, u64) {
    let settled = async {
        while setup.ctx.store.busy() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, settled).await.expect("no connection is lost");
    sent(setup)
}

async fn opening_a_login_costs_the_same_whoever_is_named(setup: &Setup) {
    let caller = reception(setup).await;
    // From here on each opening finds one to supersede.
    open(setup, caller, "nik", "console").await;
    let mut costs = Vec::new();
    for name in ["nik", "nobody", "suspended", "undelegated", "phone-less", "nik@example.com"] {
        let before = sent_when_settled(setup).await;
        open(setup, caller, name, "console").await;
        let after = sent_when_settled(setup).await;
        costs.push((name, after.0 - before.0, after.1 - before.1));
    }
    let (_, statements, round_trips) = costs[0];
    assert!(statements > 0, "they are counted");
    assert!(
        costs.iter().all(|cost| (cost.1, cost.2) == (statements, round_trips)),
        "whoever measures could tell names apart: {costs:?}"
    );
}

async fn a_parked_wait_costs_nothing_until_it_is_woken(setup: &Setup) {
    let ctx = &setup.ctx;
    let caller = reception(setup).await;
    let login = open(setup, caller, "nik", "console").await;
    let before = sent_when_settled(setup).await;
    let wait = login::wait_for_decision(ctx, caller, login, |tag| tag / 4 == 1, LONG);
    let (answered, ()) = tokio::join!(tokio::time::timeout(SOON, wait), async {
        // It reads once, and then it has neither a connection nor anything under way.
        let is_parked = || {
            let parked = ctx.hub.parked_topics().contains(&login.0);
            parked && sent(setup) > before && ctx.store.busy() == 0
        };
        let parks = async {
            while !is_parked() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(SOON, parks).await.expect("it parks");
        stays_at_rest(setup).await;
        open(setup, caller, "nik", "rdp-1").await;
        stays_at_rest(setup).await;
        login::withdraw(ctx, caller, login).await.unwrap();
    });
    let ended = answered.expect("it is woken").unwrap().expect("there is news");
    assert_eq!((ended.state, ended.outcome), (LoginState::Cancelled, Some(Outcome::Withdrawn)));
}

/// Nothing is sent and no connection is held, however often the parked one is looked at.
async fn stays_at_rest(setup: &Setup) {
    let at_rest = sent_when_settled(setup).await;
    for _ in 0..10_000 {
        tokio::task::yield_now().await;
        assert_eq!((sent(setup), setup.ctx.store.busy()), (at_rest, 0));
    }
}
