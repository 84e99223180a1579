//! Following the log.

use countersign::audit::topic;
use countersign_client::{Admin, AuditTail, Request};
use countersign_protocol::{
    ProblemCode,
    wire::{
        admin::{AdminRole, CreateAdminToken},
        audit::{AuditEntry, AuditQuery},
    },
};

use super::{
    Log,
    cast::{kind, record, record_many, said},
};
use crate::{
    house::{House, soon},
    refusal::{refusal, refused},
    story,
};

/// Follows, and returns once it is heard from where.
async fn following(admin: &Admin, query: &AuditQuery, after: Option<u64>) -> AuditTail {
    let mut tail = admin.follow_audit(query, after).await.unwrap();
    if after.is_none() {
        while tail.position().is_none() {
            soon(tail.heard()).await.unwrap().unwrap();
        }
    }
    tail
}

async fn heard(tail: &mut AuditTail, many: usize) -> Vec<AuditEntry> {
    let mut heard = Vec::new();
    while heard.len() < many {
        heard.push(soon(tail.next()).await.unwrap().expect("the stream goes on"));
    }
    heard
}

fn numbers(entries: &[AuditEntry]) -> Vec<String> {
    entries.iter().map(|entry| entry.sentence.clone()).collect()
}

fn numbered(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("event {number}")).collect()
}

story! {
    async fn a_follower_hears_each_event_once_also_over_breaks(house: House) {
        house.flush().await;
        let made = kind("delegation_ended");
        let mut tail = following(&house.admin, &made, None).await;
        record_many(&house, 0..10).await;
        let mut all = heard(&mut tail, 10).await;
        record_many(&house, 10..600).await;
        all.extend(heard(&mut tail, 7).await);
        // Cut off with more on its way, and more to come meanwhile.
        let last = tail.position();
        drop(tail);
        record_many(&house, 600..700).await;
        let mut tail = following(&house.admin, &made, last).await;
        all.extend(heard(&mut tail, 700 - 17).await);
        assert_eq!(numbers(&all), numbered(0..700));
        assert!(all.windows(2).all(|pair| pair[0].position < pair[1].position));
    }
}

story! {
    async fn a_follower_of_everything_hears_every_position(house: House) {
        house.flush().await;
        let mut tail = following(&house.admin, &AuditQuery::default(), None).await;
        let start = tail.position().unwrap();
        record_many(&house, 0..300).await;
        let all = heard(&mut tail, 300).await;
        let positions: Vec<u64> = all.iter().map(|entry| entry.position).collect();
        assert_eq!(positions, (start + 1..=start + 300).collect::<Vec<_>>());
        let log = Log::flushed(&house).await;
        for entry in all {
            assert_eq!(entry.event.get(), log.entries[entry.position as usize].body);
        }
    }
}

story! {
    async fn a_follower_who_breaks_off_before_the_first_event_misses_none(house: House) {
        house.flush().await;
        let made = kind("delegation_ended");
        let tail = following(&house.admin, &made, None).await;
        let start = tail.position();
        assert!(start.is_some());
        drop(tail);
        record_many(&house, 0..3).await;
        let mut tail = following(&house.admin, &made, start).await;
        assert_eq!(numbers(&heard(&mut tail, 3).await), numbered(0..3));
    }
}

story! {
    async fn a_follower_may_begin_at_the_beginning(house: House) {
        record_many(&house, 0..450).await;
        let size = Log::flushed(&house).await.size;
        let mut tail = house.admin.follow_audit_from(&AuditQuery::default(), 0).await.unwrap();
        let all = heard(&mut tail, usize::try_from(size).unwrap()).await;
        let positions: Vec<u64> = all.iter().map(|entry| entry.position).collect();
        assert_eq!(positions, (0..size).collect::<Vec<_>>());
    }
}

story! {
    async fn a_decision_is_heard_without_asking(house: House) {
        house.flush().await;
        let query = AuditQuery { text: Some("w11-reception".into()), ..kind("login_opened") };
        let mut tail = following(&house.admin, &query, None).await;
        house.node.parks(topic(house.msp)).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let elsewhere = house.workstation("W11-STORAGE").await;
        elsewhere.open_push("nik").await.unwrap();
        let login = workstation.open_push("nik").await.unwrap();
        let heard = heard(&mut tail, 1).await;
        assert!(heard[0].event.get().contains(&login.id().to_string()), "{:?}", heard[0]);
    }
}

story! {
    |settings| { settings.audit.tail_beat_s = 1; }
    async fn a_quiet_log_is_heard_to_be_alive(house: House) {
        house.flush().await;
        let mut tail = following(&house.admin, &kind("delegation_ended"), None).await;
        for _ in 0..3 {
            assert!(soon(tail.heard()).await.unwrap().unwrap().is_none(), "a beat has no event");
        }
        record(&house, &[said(&house, "at last")]).await;
        assert_eq!(numbers(&heard(&mut tail, 1).await), ["at last"]);
    }
}

story! {
    async fn a_follower_is_sent_away_when_its_token_is_revoked(house: House) {
        house.flush().await;
        let asked = CreateAdminToken { name: "follower".into(), role: AdminRole::Auditor };
        let token = house.admin.create_token(&asked).await.unwrap();
        let auditor = Admin::new(house.transport(), token.token.unwrap());
        let mut tail = following(&auditor, &kind("delegation_ended"), None).await;
        house.node.parks(topic(house.msp)).await;
        house.admin.revoke_token(token.id).await.unwrap();
        record(&house, &[said(&house, "not for you")]).await;
        assert!(soon(tail.next()).await.unwrap().is_none(), "the stream ends, without another event");
        refused(auditor.follow_audit(&AuditQuery::default(), None).await.map(drop), ProblemCode::InvalidToken);
    }
}

story! {
    async fn a_node_that_shuts_down_ends_its_streams_in_order(house: House) {
        let mut house = house;
        house.flush().await;
        let mut tail = following(&house.admin, &kind("delegation_ended"), None).await;
        house.node.parks(topic(house.msp)).await;
        house.node.begin_shutdown();
        assert!(soon(tail.next()).await.unwrap().is_none(), "ended, not broken off");
    }
}

story! {
    async fn so_many_follow_one_log_and_no_more(house: House) {
        house.flush().await;
        let (_, rival) = house.another_msp().await;
        let mut tails = Vec::new();
        for _ in 0..20 {
            tails.push(house.admin.follow_audit(&AuditQuery::default(), None).await.unwrap());
        }
        let one_more = house.admin.follow_audit(&AuditQuery::default(), None).await;
        refused(one_more.map(drop), ProblemCode::TooManyRequests);
        rival.follow_audit(&AuditQuery::default(), None).await.unwrap();
        tails.pop();
        let again = async {
            while house.admin.follow_audit(&AuditQuery::default(), None).await.is_err() {
                // A connection that was closed is noticed at the next write: a beat, or an event.
                record(&house, &[said(&house, "news")]).await;
            }
        };
        soon(again).await;
    }
}

story! {
    async fn a_place_that_the_log_does_not_have_is_refused(house: House) {
        house.flush().await;
        for wrong in ["1000000", "x", "-1", "18446744073709551616", ""] {
            let asked = Request::get("/admin/v1/audit/tail").header("last-event-id", wrong);
            let answer = house.admin.send(asked).await.unwrap();
            let detail = refusal(&answer, ProblemCode::InvalidRequest);
            assert!(detail.contains("Last-Event-ID"), "{wrong}: {detail}");
            let asked = Request::get(format!("/admin/v1/audit/tail?from={wrong}"));
            refusal(&house.admin.send(asked).await.unwrap(), ProblemCode::InvalidRequest);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_decided_at_one_node_is_heard_at_another() {
    let Some(house) = House::large().await else { return };
    let other = house.another_node().await;
    house.flush().await;
    let asked = CreateAdminToken { name: "follower".into(), role: AdminRole::Auditor };
    let token = house.admin.create_token(&asked).await.unwrap();
    let auditor = Admin::new(other.transport(&house.clock), token.token.unwrap());
    let mut tail = following(&auditor, &kind("login_opened"), None).await;
    other.parks(topic(house.msp)).await;
    let login = house.workstation("W11-RECEPTION").await.open_push("nik").await.unwrap();
    let heard = heard(&mut tail, 1).await;
    assert!(heard[0].event.get().contains(&login.id().to_string()));
}
