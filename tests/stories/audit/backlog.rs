//! When the log can't be added to: nobody is let in without a record, and everybody can still be shut out.

use std::time::Duration;

use countersign_client::Request;
use countersign_protocol::{
    ProblemCode,
    wire::{LoginState, admin::CreateTechnician, mobile::DenyReason},
};
use countersign_testkit::{SoftPhone, SoftWorkstation};

use super::{Log, tamper::tamper};
use crate::{
    house::{House, Node, Place, code_of},
    story,
};

/// Nothing can be added to the msp's log any more.
pub async fn its_log_is_stuck(house: &House) {
    house.flush().await;
    let edge = match house.place {
        Place::Embedded { .. } => "x'07'",
        Place::Large { .. } => "'\\x07'::bytea",
    };
    let sql = format!("UPDATE audit_logs SET frontier = {edge} WHERE msp = {{msp}}");
    tamper(&house.place, house.msp, &sql).await;
}

/// What `/readyz` says: whether the node is ready, and whether the audit log is well.
async fn readiness(house: &House, node: &Node) -> (u16, bool, bool) {
    let answer = node.transport(&house.clock).send(Request::get("/readyz")).await.unwrap();
    let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let parts = told["dependencies"].as_array().unwrap();
    let log = parts.iter().find(|part| part["name"] == "audit log").expect("it is told of");
    (answer.status.as_u16(), told["ready"] == true, log["ok"] == true)
}

story! {
    |settings| {
        settings.audit.behind_s = 10;
        settings.audit.promise_s = 20;
    }
    async fn a_log_too_far_behind_promises_no_record_and_holds_no_refusal_back(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let ticket = house.admin.create_ticket(house.nik.id).await.unwrap().ticket;
        let token = house.token(&house.tenant, 1).await;
        let mut approved = workstation.open_push("nik").await.unwrap();
        phone.approve(approved.id(), &approved.code.clone().unwrap()).await.unwrap();
        let edge = Log::flushed(&house).await.edge;
        its_log_is_stuck(&house).await;
        let mut login = workstation.open_push("nik").await.unwrap();
        let (id, code) = (login.id(), login.code.clone().unwrap());
        house.node.audit.measure().await.unwrap();
        assert_eq!(readiness(&house, &house.node).await, (200, true, true));

        house.pass(Duration::from_secs(11)).await;
        house.node.audit.measure().await.unwrap();
        assert_eq!(readiness(&house, &house.node).await, (503, false, false));
        workstation.open_qr().await.unwrap();

        house.pass(Duration::from_secs(10)).await;
        house.node.audit.measure().await.unwrap();
        let unavailable = Some(ProblemCode::Unavailable);
        assert_eq!(code_of(phone.approve(id, &code).await), unavailable);
        let second = SoftPhone::enrol_through(house.transport(), &ticket, "another", None).await;
        assert_eq!(code_of(second), unavailable);
        let facts = SoftWorkstation::facts("W11-BACK");
        let second = SoftWorkstation::enrol_through(house.transport(), &token, facts).await;
        assert_eq!(code_of(second), unavailable);
        // Another msp's log is well.
        let (_, rivals) = house.another_msp().await;
        let rita = CreateTechnician { email: "rita@example.com".into(), user_name: "rita".into() };
        let rita = rivals.create_technician(&rita).await.unwrap();
        let rivals_ticket = rivals.create_ticket(rita.id).await.unwrap().ticket;
        SoftPhone::enrol_through(house.transport(), &rivals_ticket, "hers", None).await.unwrap();
        // What is on record already goes on.
        workstation.take_grant(&mut approved).await.unwrap();

        phone.deny(id, DenyReason::Mistake).await.unwrap();
        assert_eq!(workstation.wait_decided(&mut login).await.unwrap(), LoginState::Denied);
        house.admin.suspend_workstation(workstation.workstation.id()).await.unwrap();
        house.admin.suspend_technician(house.nik.id).await.unwrap();

        let hex: String = edge.iter().map(|byte| format!("{byte:02x}")).collect();
        let bytes = match house.place {
            Place::Embedded { .. } => format!("x'{hex}'"),
            Place::Large { .. } => format!("'\\x{hex}'::bytea"),
        };
        let mend = format!("UPDATE audit_logs SET frontier = {bytes} WHERE msp = {{msp}}");
        tamper(&house.place, house.msp, &mend).await;
        house.pass(Duration::from_secs(61)).await;
        let log = Log::flushed(&house).await;
        log.is_sound();
        assert_eq!(log.waiting, Vec::<String>::new());
        house.node.audit.measure().await.unwrap();
        assert_eq!(readiness(&house, &house.node).await, (200, true, true));
        house.admin.resume_technician(house.nik.id).await.unwrap();
        let ticket = house.admin.create_ticket(house.nik.id).await.unwrap().ticket;
        SoftPhone::enrol_through(house.transport(), &ticket, "another", None).await.unwrap();
    }
}
