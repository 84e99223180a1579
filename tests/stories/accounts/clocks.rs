//! Clocks: told on each answer, kept for each machine, warned of before codes break.

use std::sync::Arc;

use countersign::ambient::Clock as _;
use countersign_client::{Clock, Paging, Request, ServiceClock};
use countersign_protocol::Instant;
use countersign_testkit::SoftWorkstation;

use super::{code, short_visit};
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
        for path in ["/healthz", "/mobile/v1/logins", "/nowhere"] {
            let answer = house.transport().send(Request::get(path)).await.unwrap();
            let told: i64 = answer.headers["countersign-time"].to_str().unwrap().parse().unwrap();
            assert!(told.abs_diff(house.clock.now().unix_millis()) < 5_000, "{path}");
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
    async fn a_clock_that_is_a_little_off_is_no_news(house: House) {
        let at = behind(&house, 5_000).await;
        at.sync().await.unwrap();
        assert!(house.admin.skewed_workstations(&Paging::default()).await.unwrap().items.is_empty());
        assert!(!house.sentences().await.iter().any(|line| line.contains("is off by")));
    }
}
