//! Clocks: told on each answer, kept for each machine, warned of before codes break.

use std::{sync::Arc, time::Duration};

use countersign::ambient::Clock as _;
use countersign_client::{Answer, Clock, Paging, Request, ServiceClock};
use countersign_protocol::{
    Instant, SessionId,
    offline::skew::Offset,
    wire::{
        offline::UploadSessions,
        sessions::ReportEnd,
        state::{Applied, StateVersion},
    },
};
use countersign_testkit::SoftWorkstation;

use super::{code, short_visit, uploads::at_instant};
use crate::{
    house::{House, StoryClock},
    story,
};

/// A machine's clock that is behind by so many milliseconds.
struct Behind(Arc<StoryClock>, i64);

impl Clock for Behind {
    fn now(&self) -> Instant {
        Instant::from_unix_millis(self.0.now().unix_millis() - self.1)
    }
}

async fn behind(house: &House, millis: i64) -> SoftWorkstation {
    let clock = ServiceClock::from(Behind(Arc::clone(&house.clock), millis));
    house.workstation_through(house.transport().with_clock(clock), "W11-RECEPTION").await
}

story! {
    async fn every_answer_tells_the_time(house: House) {
        let tells = |answer: &Answer, asked: &str| {
            let told: i64 = answer.headers["countersign-time"].to_str().unwrap().parse().unwrap();
            assert!(told.abs_diff(house.clock.now().unix_millis()) < 5_000, "{asked}");
        };
        let (state, uploads) = ("/desktop/v1/state", "/desktop/v1/offline-sessions");
        let upload = |sessions| Request::post(uploads).json(&UploadSessions { sessions, offset: None });
        let nobody = [
            (Request::get("/healthz"), 200),
            (Request::get("/nowhere"), 404),
            (Request::get("/mobile/v1/logins"), 401),
            (Request::get(state), 401),
            (upload(vec![]), 401),
        ];
        for (request, status) in nobody {
            let asked = format!("{request:?}");
            let answer = house.transport().send(request).await.unwrap();
            assert_eq!(answer.status.as_u16(), status, "{asked}");
            tells(&answer, &asked);
        }

        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        phone.fetch_codes().await.unwrap();
        let (_, shown) = code(&phone, &at, "nik");
        let session = at.enters_offline("nik", &shown.code).unwrap();
        let ended_at = session.accepted_at;
        let version = at.sync().await.unwrap();
        let etag = format!("\"{}\"", version.sum());
        let never = StateVersion { tenant: version.tenant + 1, own: version.own };
        let applied = Applied { version: never, removed: vec![], taken: vec![], offset: None };
        let end = format!("/desktop/v1/sessions/{}/end", SessionId(uuid::Uuid::from_u128(7)));
        let workstations = [
            (Request::get(state), 200),
            (Request::get(state).header("if-none-match", &etag), 304),
            (Request::get(state).waiting(&etag, Duration::from_secs(1)), 304),
            (Request::post("/desktop/v1/state/applied").json(&applied), 400),
            (Request::post(end).json(&ReportEnd { ended_at }), 404),
            (upload(vec![]), 400),
            (Request::post(uploads).raw_body("application/json", "{"), 400),
            (upload(vec![session]), 200),
        ];
        for (request, status) in workstations {
            let asked = format!("{request:?}");
            let answer = at.workstation.send(request).await.unwrap();
            assert_eq!(answer.status.as_u16(), status, "{asked}");
            tells(&answer, &asked);
        }
    }
}

story! {
    async fn a_clock_that_goes_wrong_is_an_event_and_on_the_admins_list_and_codes_still_work(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = behind(&house, 25_000).await;
        short_visit(&phone, "nik", &at).await;
        at.sync().await.unwrap();
        let list = house.admin.skewed_workstations(&Paging::default()).await.unwrap().items;
        assert_eq!(list.iter().map(|one| one.id).collect::<Vec<_>>(), [at.workstation.id()]);
        let offset = list[0].clock_offset_ms.unwrap();
        assert!((24_000..=26_000).contains(&offset), "{offset}");
        assert!(list[0].last_seen_at.is_some());
        let skewed = |lines: Vec<String>| {
            lines.iter().filter(|line| line.starts_with("the clock of W11-RECEPTION is off by 2")).count()
        };
        assert_eq!(skewed(house.sentences().await), 1, "once, not at each contact");
        phone.fetch_codes().await.unwrap();
        let (_, shown) = code(&phone, &at, "nik");
        at.enters_offline("nik", &shown.code).unwrap();
        assert_eq!(at.uploads().await.unwrap().unwrap().flagged, 0, "its clock is known to be off");
    }
}

story! {
    async fn a_clock_that_is_wrong_when_sessions_are_uploaded_is_told_and_so_is_that_it_is_right_again(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        short_visit(&phone, "nik", &at).await;
        let now = at.workstation.transport().clock().wall();
        let wrong = Offset { millis: 24_000, within_millis: 100 };
        let unsure = Offset { within_millis: 5_000, ..wrong };
        let session = |sequence: u64| {
            vec![at_instant(&at, sequence, now + Duration::from_secs(60) * u32::try_from(sequence).unwrap())]
        };
        house.pass(Duration::from_secs(600)).await;
        at.workstation.upload(session(1), Some(unsure)).await.unwrap();
        let listed = || async { house.admin.skewed_workstations(&Paging::default()).await.unwrap().items.len() };
        assert_eq!(listed().await, 0, "a slow answer shows nothing");
        for (sequence, millis) in [(2, i64::MIN), (3, i64::MAX)] {
            let absurd = Offset { millis, within_millis: u64::MAX };
            at.workstation.upload(session(sequence), Some(absurd)).await.unwrap();
            assert_eq!(listed().await, 0, "the list reckons with whatever a machine says");
        }
        at.workstation.upload(session(4), Some(wrong)).await.unwrap();
        at.workstation.upload(session(5), Some(wrong)).await.unwrap();
        assert_eq!(listed().await, 1);
        // The same document once more.
        at.sync().await.unwrap();
        at.sync().await.unwrap();
        assert_eq!(listed().await, 0);
        let told = house.sentences().await;
        let told: Vec<_> = told.iter().filter(|line| line.starts_with("the clock of ")).collect();
        assert_eq!(told, ["the clock of W11-RECEPTION is off by 24000 ms", "the clock of W11-RECEPTION is right again"]);
    }
}

story! {
    async fn a_clock_that_is_a_little_off_is_no_news(house: House) {
        let at = behind(&house, 5_000).await;
        at.sync().await.unwrap();
        assert!(house.admin.skewed_workstations(&Paging::default()).await.unwrap().items.is_empty());
        assert!(!house.sentences().await.iter().any(|line| line.contains("is off by")));
    }
}
