//! What changes nothing and still tells something is in the log: refusals, and floods of them.

use std::time::Duration;

use countersign::domain::{Actor, Event, Fact};
use countersign_protocol::LoginId;
use uuid::Uuid;

use crate::{
    house::{House, soon},
    story,
};

/// The refusals on record, once there are as many.
async fn refusals(house: &House, expected: usize) -> Vec<Event> {
    soon(async {
        loop {
            let events = house.events().await.into_iter();
            let refused: Vec<Event> = events
                .filter(|event| {
                    matches!(
                        event.fact,
                        Fact::RequestRefused { .. } | Fact::ObservationsCounted { .. }
                    )
                })
                .collect();
            if refused.len() >= expected {
                return refused;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

fn a_guess() -> LoginId {
    Uuid::from_bytes(countersign_client::random_bytes()).into()
}

story! {
    async fn a_guessed_id_is_on_the_record_of_whoever_guessed(house: House) {
        let phone = house.phone_of(&house.nik).await;
        phone.phone.login(a_guess()).await.unwrap_err();
        let refused = refusals(&house, 1).await;
        assert_eq!(refused.len(), 1);
        let (technician, device) = (house.nik.id, phone.phone.ownership().device_id);
        assert_eq!(refused[0].actor, Actor::Technician { technician, device });
        assert_eq!(refused[0].about.outcome.as_deref(), Some("not_found"));
        assert_eq!(refused[0].version, 0);
    }
}

story! {
    async fn a_flood_of_refusals_is_counted_in_one_event(house: House) {
        let phone = house.phone_of(&house.nik).await;
        for _ in 0..50 {
            phone.phone.login(a_guess()).await.unwrap_err();
        }
        assert_eq!(refusals(&house, 20).await.len(), 20);
        // The window ends with the first observation after it.
        house.pass(Duration::from_secs(61)).await;
        phone.phone.login(a_guess()).await.unwrap_err();
        let refused = refusals(&house, 22).await;
        let more: Vec<u64> = refused
            .iter()
            .filter_map(|event| match &event.fact {
                Fact::ObservationsCounted { more, .. } => Some(*more),
                _ => None,
            })
            .collect();
        assert_eq!((refused.len(), more), (22, vec![30]));
    }
}
