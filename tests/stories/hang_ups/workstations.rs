//! A workstation that enrols, shows its counter or consents, and hangs up.

use countersign::flows::{enrolment, tokens};
use countersign_client::{Ledger, WorkstationKeys, random_bytes};
use countersign_protocol::{
    Bytes, ProblemCode,
    wire::desktop::{Authenticate, Enrol, WorkstationFacts},
};
use countersign_testkit::SoftWorkstation;

use super::cast::{Cast, had_to_be};
use crate::story;

/// A machine with new keys that says this of itself, and the thumbprint by which it is known.
fn machine(token: String, facts: WorkstationFacts) -> (String, Enrol) {
    let keys = WorkstationKeys::generate().unwrap();
    let (signing_key, encryption_key) =
        (keys.signing.public().clone(), keys.encryption.public().clone());
    (keys.signing.thumbprint(), Enrol { token, signing_key, encryption_key, facts })
}

story! {
    async fn a_hang_up_leaves_all_of_a_workstation_s_enrolment_or_none(house: House) {
        let cast = Cast::of(house).await;
        let ctx = cast.ctx();
        cast.hang_up("enrol a workstation", async || {
            let token = cast.house.token(&cast.house.tenant, 1).await;
            let (jkt, request) = machine(token, SoftWorkstation::facts("W11-STORAGE"));
            async move { enrolment::enrol(ctx, &jkt, request).await }
        }).await;
    }
}

story! {
    async fn a_hang_up_leaves_all_of_a_replacement_or_none(house: House) {
        let cast = Cast::of(house).await;
        let (ctx, workstation) = (cast.ctx(), cast.workstation());
        let rebuilt = async || {
            let token = cast.house.token(&cast.house.tenant, 1).await;
            machine(token, cast.machine.facts.clone())
        };
        cast.hang_up("ask for a replacement", async || {
            let (jkt, request) = rebuilt().await;
            async move { enrolment::enrol(ctx, &jkt, request).await }
        }).await;
        cast.hang_up("consent to a replacement", async || {
            let (jkt, request) = rebuilt().await;
            let waits = enrolment::enrol(ctx, &jkt, request).await.unwrap().enrolment;
            // The old key's logins end with it.
            cast.push().await;
            enrolment::consent(ctx, workstation, waits.replacement_id.expect("it waits"))
        }).await;
    }
}

story! {
    async fn a_hang_up_leaves_all_of_a_counter_s_step_or_none(house: House) {
        let cast = Cast::of(house).await;
        let (ctx, workstation) = (cast.ctx(), &cast.machine.workstation);
        let jkt = &workstation.key().thumbprint();
        let shown = |ledger: &Ledger| {
            let assertion = workstation.sign_assertion(&workstation.assertion_claims(ledger)).unwrap();
            async move { tokens::authenticate(ctx, jkt, &Authenticate { assertion }).await }
        };
        let mut ledger = Ledger::at(cast.machine.enrolment.counter);
        ledger.rid = Some(Bytes(random_bytes()));
        cast.hang_up("authenticate", async || {
            // Whether the attempt before counted or not, this gives the next counter.
            let counter = shown(&ledger).await.unwrap().counter;
            ledger = Ledger { counter, rid: Some(Bytes(random_bytes())) };
            shown(&ledger)
        }).await;
        let stale = Ledger { counter: 1, rid: Some(Bytes(random_bytes())) };
        cast.push().await;
        cast.hang_up("quarantine", async || {
            let quarantined = shown(&stale);
            async move {
                had_to_be(ProblemCode::Quarantined, quarantined.await)
            }
        }).await;
    }
}
