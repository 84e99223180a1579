//! Pages of events.

use std::time::Duration;

use countersign::domain::Event;
use countersign_client::Request;
use countersign_protocol::{
    Instant, ProblemCode,
    audit::{entry, leaf_hash},
    wire::{audit::AuditQuery, mobile::DenyReason},
};

use super::{
    Log,
    cast::{kind, page, pages, record_many},
};
use crate::{house::House, refusal::refusal, story};

async fn a_busy_morning(house: &House) {
    let phone = house.phone_of(&house.nik).await;
    let workstation = house.workstation("W11-RECEPTION").await;
    let mut login = workstation.open_push("nik").await.unwrap();
    phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
    workstation.take_grant(&mut login).await.unwrap();
    let login = workstation.open_push("nik").await.unwrap();
    phone.deny(login.id(), DenyReason::Fraud).await.unwrap();
    let elsewhere = house.workstation("W11-STORAGE").await;
    elsewhere.open_push("nobody").await.unwrap();
}

type Meets = fn(&Event, &House) -> bool;

/// Conditions, and which events meet them.
fn conditions(house: &House, log: &Log) -> Vec<(AuditQuery, Meets)> {
    let any = AuditQuery::default;
    let machine = log.entries.iter().find_map(|entry| entry.event.about.workstation);
    let kinds = |kinds: &[&str]| AuditQuery {
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        ..any()
    };
    let (tenant, nik) = (Some(house.tenant.id), Some(house.nik.id));
    vec![
        (any(), |_, _| true),
        (AuditQuery { tenant, ..any() }, |event, house| event.tenant == Some(house.tenant.id)),
        (AuditQuery { technician: nik, ..any() }, |event, house| {
            event.about.technician == Some(house.nik.id)
        }),
        (AuditQuery { workstation: machine, ..any() }, |event, _| {
            event.about.workstation.is_some() && !event.sentence.contains("STORAGE")
        }),
        (AuditQuery { account: Some("msp-nik".into()), ..any() }, |event, _| {
            event.about.account.as_deref() == Some("msp-nik")
        }),
        (AuditQuery { outcome: Some("fraud".into()), ..any() }, |event, _| {
            event.about.outcome.as_deref() == Some("fraud")
        }),
        (kinds(&["login_opened"]), |event, _| event.fact.word() == "login_opened"),
        (kinds(&["login_opened", "login_denied", "no_such_fact"]), |event, _| {
            matches!(event.fact.word(), "login_opened" | "login_denied")
        }),
        (AuditQuery { text: Some("w11-Reception".into()), ..any() }, |event, _| {
            event.sentence.contains("W11-RECEPTION")
        }),
        (AuditQuery { technician: nik, tenant, ..kinds(&["login_opened"]) }, |event, house| {
            event.fact.word() == "login_opened" && event.about.technician == Some(house.nik.id)
        }),
        (
            AuditQuery {
                tenant,
                text: Some("RECEPTION".into()),
                ..kinds(&["login_opened", "login_approved"])
            },
            |event, _| {
                matches!(event.fact.word(), "login_opened" | "login_approved")
                    && event.sentence.contains("RECEPTION")
            },
        ),
        (AuditQuery { text: Some("no sentence has this".into()), ..any() }, |_, _| false),
    ]
}

story! {
    async fn each_condition_finds_what_meets_it_in_either_order(house: House) {
        a_busy_morning(&house).await;
        let log = Log::flushed(&house).await;
        log.is_sound();
        for (query, meets) in conditions(&house, &log) {
            let met = log.entries.iter().filter(|entry| meets(&entry.event, &house));
            let mut expected: Vec<u64> = met.map(|entry| entry.position as u64).collect();
            for oldest in [true, false] {
                let found = pages(&house, &query, oldest, 3, None).await;
                // The readings themselves stand behind.
                let found: Vec<u64> = found.iter().map(|entry| entry.position).filter(|at| *at < log.size).collect();
                assert_eq!(found, expected, "{query:?}");
                expected.reverse();
            }
        }
        let some = AuditQuery { outcome: Some("fraud".into()), ..AuditQuery::default() };
        assert!(!pages(&house, &some, true, 1, None).await.is_empty());
    }
}

story! {
    async fn an_event_is_shown_in_exactly_the_text_that_was_hashed(house: House) {
        a_busy_morning(&house).await;
        let log = Log::flushed(&house).await;
        for shown in pages(&house, &AuditQuery::default(), true, 200, None).await {
            let Some(stored) = log.entries.get(shown.position as usize) else { continue };
            assert_eq!(shown.event.get(), stored.body);
            assert_eq!(shown.sentence, stored.event.sentence);
            assert_eq!((shown.event_id, shown.recorded_at.unix_millis()), (stored.event.id, stored.recorded_at));
            let leaf = leaf_hash(&entry(shown.recorded_at, shown.event.get()).unwrap());
            assert_eq!(shown.hash, leaf);
        }
    }
}

story! {
    async fn a_cursor_stays_right_while_events_arrive(house: House) {
        record_many(&house, 0..20).await;
        let made = kind("delegation_ended");
        let sentences = |entries: Vec<countersign_protocol::wire::audit::AuditEntry>| {
            entries.into_iter().map(|entry| entry.sentence).filter(|said| said.starts_with("event")).collect::<Vec<_>>()
        };
        let numbered = |numbers: std::ops::Range<usize>| numbers.map(|number| format!("event {number}"));

        let first = page(&house, &made, false, 7, None).await;
        record_many(&house, 20..30).await;
        let mut backwards = sentences(first.items);
        backwards.extend(sentences(pages(&house, &made, false, 7, first.next).await));
        backwards.reverse();
        assert_eq!(backwards, numbered(0..20).collect::<Vec<_>>());

        let first = page(&house, &made, true, 7, None).await;
        record_many(&house, 30..40).await;
        let mut forwards = sentences(first.items);
        forwards.extend(sentences(pages(&house, &made, true, 7, first.next).await));
        assert_eq!(forwards, numbered(0..40).collect::<Vec<_>>());
    }
}

story! {
    async fn a_cursor_of_other_conditions_another_order_or_another_log_is_refused(house: House) {
        record_many(&house, 0..5).await;
        let (_, rival) = house.another_msp().await;
        let next = page(&house, &kind("delegation_ended"), false, 2, None).await.next.unwrap();
        let with = |query: &str| Request::get(format!("/admin/v1/audit?{query}&after={next}"));
        let same = house.admin.send(with("kind=delegation_ended")).await.unwrap();
        assert_eq!(same.status, 200);
        for query in ["", "kind=delegation_ended&order=oldest", "kind=delegation_ended&q=event", "kind=delegation_made"] {
            let answer = house.admin.send(with(query)).await.unwrap();
            let detail = refusal(&answer, ProblemCode::InvalidRequest);
            assert!(detail.contains("after"), "{query}: {detail}");
        }
        refusal(&rival.send(with("kind=delegation_ended")).await.unwrap(), ProblemCode::InvalidRequest);
        for wrong in ["x", "AYkKXayWd0u8zrMCCZqAVw", "%00", ""] {
            let asked = Request::get(format!("/admin/v1/audit?after={wrong}"));
            refusal(&house.admin.send(asked).await.unwrap(), ProblemCode::InvalidRequest);
        }
    }
}

story! {
    async fn what_is_not_of_the_contract_is_refused_on_every_route_of_the_log(house: House) {
        for query in [
            "?limit=0", "?limit=201", "?limit=18446744073709551616", "?order=up", "?tenant=7", "?kind=Login",
            "?recorded_after=yesterday", "?q=", "?offset=3", "?limit=3&limit=4", "?account=%00", "?outcome=%0a",
            "/export?format=xml", "/export?limit=3", "/tail?recorded_after=2026-11-22T09:41:00Z", "/tail?order=oldest",
            "/proofs/inclusion", "/proofs/inclusion?position=0", "/proofs/inclusion?position=-1&size=1",
            "/proofs/consistency?old=0", "/proofs/consistency?old=9223372036854775808&new=1",
        ] {
            let answer = house.admin.send(Request::get(format!("/admin/v1/audit{query}"))).await.unwrap();
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status, 400, "{query}: {said}");
            refusal(&answer, ProblemCode::InvalidRequest);
        }
    }
}

story! {
    async fn times_are_recordings_from_then_on_and_before(house: House) {
        let mut starts: Vec<Instant> = Vec::new();
        for hour in 0..4 {
            house.clock.stand_at(house.node.context.now() + Duration::from_secs(3600));
            starts.push(house.node.context.now());
            record_many(&house, hour * 10..hour * 10 + 10).await;
        }
        let within = |recorded_after, recorded_before| AuditQuery {
            recorded_after,
            recorded_before,
            ..kind("delegation_ended")
        };
        for oldest in [true, false] {
            let count = async |after, before| pages(&house, &within(after, before), oldest, 6, None).await.len();
            assert_eq!(count(Some(starts[0]), Some(starts[1])).await, 10);
            assert_eq!(count(Some(starts[1]), None).await, 30);
            assert_eq!(count(Some(starts[1]), Some(starts[3])).await, 20);
            assert_eq!(count(Some(starts[3] + Duration::from_millis(1)), None).await, 0);
            assert_eq!(count(Some(starts[2]), Some(starts[2])).await, 0);
            let found = pages(&house, &within(Some(starts[1]), Some(starts[2])), oldest, 6, None).await;
            assert!(found.iter().all(|entry| entry.recorded_at == starts[1]), "the half-open hour");
        }
    }
}

story! {
    async fn a_page_tells_through_where_there_is_no_hole(house: House) {
        record_many(&house, 0..5).await;
        let before = Log::flushed(&house).await;
        let first = page(&house, &AuditQuery::default(), false, 3, None).await;
        let through = first.committed_through.unwrap();
        assert!(through >= before.size - 1);
        assert_eq!(first.items[0].position, through, "the newest first");
        assert_eq!(first.scanned_through, Some(through - 2));
        let last = page(&house, &AuditQuery::default(), true, 200, None).await;
        assert_eq!(last.next, None);
        assert_eq!(last.scanned_through, last.committed_through);
        assert_eq!(last.items.len() as u64, last.committed_through.unwrap() + 1);
    }
}
