//! What one phone of a technician hears about the others.

use std::time::Duration;

use countersign_client::PendingList;
use countersign_testkit::SoftPhone;

use crate::{
    house::{House, soon},
    story,
};

/// How long the phone waits: longer than a story does, so that only a wake-up can end a wait.
const LONG: Duration = Duration::from_secs(60);

/// What the parked phone is answered after `change`.
async fn told<T>(
    house: &House,
    phone: &SoftPhone,
    before: &PendingList,
    change: impl Future<Output = T>,
) -> (PendingList, T) {
    let (told, changed) = tokio::join!(soon(phone.phone.wait_pending(&before.etag, LONG)), async {
        house.node.parks(house.nik.id).await;
        change.await
    });
    (told.unwrap().expect("the list has changed"), changed)
}

story! {
    async fn a_phone_is_told_when_another_is_enrolled_suspended_and_resumed(house: House) {
        let first = house.phone_of(&house.nik).await;
        let alone = first.phone.pending().await.unwrap();
        let enrol = house.phone_of(&house.nik);
        let (two, second) = told(&house, &first, &alone, enrol).await;
        assert!(two.pending.devices_version > alone.pending.devices_version);

        let device = second.phone.ownership().device_id;
        let suspend = house.admin.suspend_device(device);
        let (one, suspended) = told(&house, &first, &two, suspend).await;
        suspended.unwrap();
        assert!(one.pending.devices_version > two.pending.devices_version);

        let resume = house.admin.resume_device(device);
        let (again, resumed) = told(&house, &first, &one, resume).await;
        resumed.unwrap();
        assert!(again.pending.devices_version > one.pending.devices_version);
        assert!(again.pending.logins.is_empty(), "nothing else has happened");
    }
}
