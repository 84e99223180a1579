//! Uploads: idempotent, in order, held against the secret's history; what can't be right is kept and flagged.

use std::time::Duration;

use countersign_client::{Paging, Request};
use countersign_protocol::{
    Instant, ProblemCode, Purpose,
    offline::{Bounds, OfflineSession, SecretVersion, code::step},
    wire::{offline::UploadSessions, sessions::Flag},
};
use countersign_testkit::SoftWorkstation;

use super::{DAY, colleague, short_visit, visit};
use crate::{
    house::{House, code_of},
    story,
};

const MINUTE: Duration = Duration::from_secs(60);

/// A session of nik's at this instant, right after a contact, that could be right.
pub fn at_instant(at: &SoftWorkstation, sequence: u64, accepted_at: Instant) -> OfflineSession {
    OfflineSession {
        sequence,
        user_name: "nik".into(),
        technician: None,
        account: "msp-nik".into(),
        workstation: at.workstation.id(),
        version: SecretVersion::Named(1),
        step: step(accepted_at),
        contact: accepted_at,
        accepted_at,
        offset: None,
        purpose: Purpose::SignIn,
        account_created: false,
        password_made_at: Some(accepted_at),
        started_at: Some(accepted_at),
        ended_at: None,
    }
}

pub async fn kept(house: &House) -> Vec<Vec<Flag>> {
    let sessions = house.admin.sessions(&Paging { limit: Some(100), after: None }).await.unwrap();
    let offline = sessions.items.into_iter().filter(|one| one.secret_version.is_some());
    offline.map(|one| one.flags).collect()
}

/// A workstation that nik has visited, and the present by its clock.
async fn visited(house: &House) -> (SoftWorkstation, Instant) {
    let phone = house.phone_of(&house.nik).await;
    let at = house.workstation("W11-RECEPTION").await;
    short_visit(&phone, "nik", &at).await;
    house.pass(MINUTE * 10).await;
    let now = at.workstation.transport().clock().wall();
    (at, now)
}

story! {
    async fn what_was_uploaded_is_kept_once(house: House) {
        let (at, now) = visited(&house).await;
        let (first, second) = (at_instant(&at, 1, now - MINUTE), at_instant(&at, 2, now));
        let both = vec![first.clone(), second.clone()];
        let uploaded = at.workstation.upload(vec![first.clone()], None).await.unwrap();
        assert_eq!((uploaded.through, uploaded.flagged), (1, 0));
        let (one, other) =
            tokio::join!(at.workstation.upload(both.clone(), None), at.workstation.upload(both.clone(), None));
        for answer in [one, other] {
            match answer {
                Ok(uploaded) => assert_eq!(uploaded.through, 2),
                Err(error) => assert_eq!(error.code(), Some(ProblemCode::Conflict)),
            }
        }
        assert_eq!(at.workstation.upload(both, None).await.unwrap().through, 2);
        assert_eq!(kept(&house).await, [vec![], vec![]]);
    }
}

story! {
    async fn each_thing_that_can_t_be_right_is_kept_with_its_flag(house: House) {
        let (at, now) = visited(&house).await;
        let right = |sequence: u32| at_instant(&at, sequence.into(), now - Duration::from_secs(30) * (20 - sequence));
        let before = at_instant(&at, 11, now - MINUTE * 60);
        let stale = OfflineSession { password_made_at: None, ..right(12) };
        let unknown = OfflineSession { version: SecretVersion::Named(9), ..right(13) };
        let long_ago = now - MINUTE * 300;
        let clock = |sequence| OfflineSession {
            contact: long_ago,
            accepted_at: long_ago,
            password_made_at: Some(long_ago),
            ..right(sequence)
        };
        let shared = OfflineSession { password_made_at: right(14).password_made_at, ..right(15) };
        let account = OfflineSession { account: "msp-ann".into(), ..right(17) };
        let name = OfflineSession { user_name: "nobody".into(), ..right(18) };
        let gap = OfflineSession { sequence: 20, ..right(19) };
        let used = OfflineSession { sequence: 21, password_made_at: Some(now), ..gap.clone() };
        let back = OfflineSession { sequence: 22, password_made_at: Some(now + MINUTE), ..right(18) };
        let future = at_instant(&at, 23, now + DAY);
        let sessions = vec![before, stale, unknown, right(14), shared, clock(16), account, name, gap, used, back, future];
        let flagged = at.workstation.upload(sessions, None).await.unwrap().flagged;
        assert_eq!(flagged, 11);
        assert_eq!(kept(&house).await, [
            vec![Flag::BeforeSecret, Flag::GapBefore],
            vec![Flag::StalePassword],
            vec![Flag::UnknownVersion],
            vec![],
            vec![Flag::StalePassword],
            vec![Flag::ImpossibleClock],
            vec![Flag::OtherAccount],
            vec![Flag::UnknownName],
            vec![Flag::GapBefore],
            vec![Flag::StepUsed],
            vec![Flag::StepUsed],
            vec![Flag::ImpossibleClock],
        ]);
        assert!(house.sentences().await.iter().any(|line| line.starts_with("somebody (claimed) logged into")));
    }
}

story! {
    async fn a_code_of_a_secret_whose_end_was_applied_is_flagged(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        house.admin.lost_phone(phone.id()).await.unwrap();
        house.pass(MINUTE * 10).await;
        let now = at.workstation.transport().clock().wall();
        at.workstation.upload(vec![at_instant(&at, 1, now)], None).await.unwrap();
        at.sync().await.unwrap();
        house.pass(MINUTE * 10).await;
        let now = at.workstation.transport().clock().wall();
        at.workstation.upload(vec![at_instant(&at, 2, now)], None).await.unwrap();
        assert_eq!(kept(&house).await, [vec![], vec![Flag::ReplacedSecret]], "before it was applied, and after");
    }
}

story! {
    async fn sessions_beyond_the_tenant_s_bounds_are_flagged(house: House) {
        let mut settings = house.tenant.settings.clone();
        settings.offline.bounds = Bounds { sessions: 2, days: 3 };
        house.settings(settings).await;
        let (at, start) = visited(&house).await;
        house.pass(DAY * 5).await;
        let day = |sequence: u32, days: u32| OfflineSession {
            contact: start,
            ..at_instant(&at, sequence.into(), start + DAY * days)
        };
        let sessions = vec![day(1, 1), day(2, 2), OfflineSession { step: 0, ..day(3, 2) }, day(4, 4)];
        let mut sessions = sessions;
        sessions[2].accepted_at = sessions[2].accepted_at + MINUTE;
        sessions[2].step = step(sessions[2].accepted_at);
        sessions[2].password_made_at = Some(sessions[2].accepted_at);
        at.workstation.upload(sessions, None).await.unwrap();
        let beyond = vec![Flag::BeyondBounds];
        let flags: Vec<bool> = kept(&house).await.iter().map(|flags| *flags == beyond).collect();
        assert_eq!(flags, [false, false, true, true], "two sessions, three days");
    }
}

story! {
    async fn a_workstation_that_was_only_parked_for_long_is_within_its_bounds(house: House) {
        let mut settings = house.tenant.settings.clone();
        settings.offline.bounds = Bounds { sessions: 20, days: 3 };
        house.settings(settings).await;
        let (at, _) = visited(&house).await;
        for _ in 0..5 {
            house.pass(DAY).await;
            at.workstation.own().await.unwrap();
        }
        house.pass(DAY * 2).await;
        let then = at.workstation.transport().clock().wall();
        house.pass(MINUTE * 60).await;
        let contact = then - DAY * 2;
        let session = OfflineSession { contact, ..at_instant(&at, 1, then) };
        at.workstation.upload(vec![session], None).await.unwrap();
        assert_eq!(kept(&house).await, [vec![]], "heard of two days before");
    }
}

story! {
    async fn another_s_sessions_and_those_out_of_order_are_refused_whole(house: House) {
        let (at, now) = visited(&house).await;
        let beside = house.workstation("W11-OFFICE").await;
        let (one, two) = (at_instant(&at, 1, now - MINUTE), at_instant(&at, 2, now));
        let zero = at_instant(&at, 0, now);
        let huge = OfflineSession { sequence: u64::MAX, ..one.clone() };
        let far = OfflineSession { step: 1 << 63, ..one.clone() };
        for (bad, by) in [
            (vec![two.clone(), one.clone()], &at),
            (vec![one.clone(), one.clone()], &at),
            (vec![zero], &at),
            (vec![huge], &at),
            (vec![far], &at),
            (vec![], &at),
            (vec![one.clone()], &beside),
        ] {
            let asked = Request::post("/desktop/v1/offline-sessions")
                .json(&UploadSessions { sessions: bad, offset: None });
            let answer = by.workstation.send(asked).await.unwrap();
            assert_eq!(answer.code(), Some(ProblemCode::InvalidRequest));
        }
        assert_eq!(kept(&house).await.len(), 0);
        assert_eq!(code_of(at.workstation.upload(vec![one], None).await), None);
    }
}

story! {
    async fn whom_the_workstation_says_it_was_and_whom_the_name_means_are_one(house: House) {
        let (at, now) = visited(&house).await;
        let (ann, _) = colleague(&house, "ann").await;
        let said = |sequence: u64, technician, minutes: u32| OfflineSession {
            technician: Some(technician),
            ..at_instant(&at, sequence, now - MINUTE * minutes)
        };
        let sessions = vec![said(1, house.nik.id, 2), said(2, ann.id, 1)];
        at.workstation.upload(sessions, None).await.unwrap();
        assert_eq!(kept(&house).await, [vec![], vec![Flag::UnknownName]]);
        let flagged = house.admin.flagged_sessions(&Paging::default()).await.unwrap().items;
        assert_eq!(flagged.iter().map(|one| one.flags.as_slice()).collect::<Vec<_>>(), [[Flag::UnknownName]]);
        let (_, rival) = house.another_msp().await;
        assert_eq!(rival.flagged_sessions(&Paging::default()).await.unwrap().items, []);
    }
}

story! {
    async fn a_hundred_sessions_fit_into_one_upload(house: House) {
        let (at, now) = visited(&house).await;
        let reason = "r".repeat(256);
        let purpose = Purpose::Elevate { program: "p".repeat(256), reason };
        let many: Vec<_> = (1..=100_u32)
            .map(|n| OfflineSession {
                purpose: purpose.clone(),
                ..at_instant(&at, n.into(), now - MINUTE * (101 - n))
            })
            .collect();
        assert_eq!(at.workstation.upload(many, None).await.unwrap().through, 100);
    }
}

story! {
    async fn a_session_by_an_elevation_online_and_one_offline_are_both_open_until_they_end(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        visit(&phone, "nik", &at).await;
        at.sync().await.unwrap();
        let now = at.workstation.transport().clock().wall();
        let ended = OfflineSession { ended_at: Some(now + MINUTE), ..at_instant(&at, 1, now) };
        at.workstation.upload(vec![ended], None).await.unwrap();
        let open = house.admin.open_sessions(&Paging::default()).await.unwrap().items;
        assert_eq!(open.len(), 1, "the offline one has ended");
    }
}

story! {
    async fn a_session_that_runs_when_it_is_uploaded_is_ended_by_the_id_that_the_upload_gave(house: House) {
        let (at, now) = visited(&house).await;
        let running = vec![at_instant(&at, 1, now)];
        let uploaded = at.workstation.upload(running.clone(), None).await.unwrap();
        let [one] = uploaded.sessions.as_slice() else { panic!("{uploaded:?}") };
        let again = at.workstation.upload(running, None).await.unwrap();
        assert_eq!((one.sequence, &again.sessions), (1, &uploaded.sessions), "an answer that was lost");
        let open = house.admin.open_sessions(&Paging::default()).await.unwrap().items;
        assert_eq!(open.iter().map(|session| session.id).collect::<Vec<_>>(), [one.id]);
        house.admin.end_session(one.id).await.unwrap();
        assert_eq!(at.workstation.state().await.unwrap().document.end_sessions, [one.id]);
        at.workstation.report_end(one.id, now + MINUTE).await.unwrap();
        assert_eq!(house.admin.open_sessions(&Paging::default()).await.unwrap().items, []);
    }
}
