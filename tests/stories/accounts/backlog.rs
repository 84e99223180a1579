//! While the audit log can't be added to, no secret is handed over.

use std::time::Duration;

use super::{shared, tenant};
use crate::{audit::its_log_is_stuck, story};

story! {
    |settings| {
        settings.audit.behind_s = 10;
        settings.audit.promise_s = 20;
    }
    async fn a_secret_whose_hand_over_can_t_be_recorded_is_not_handed_over(house: House) {
        let _mill = tenant(&house, "Mill Lane", shared()).await;
        let phone = house.phone_of(&house.nik).await;
        let at = house.workstation("W11-RECEPTION").await;
        at.sync().await.unwrap();
        its_log_is_stuck(&house).await;
        house.technician("ann").await;
        house.pass(Duration::from_secs(21)).await;
        house.node.audit.measure().await.unwrap();
        let refused = phone.phone.offline_codes().await.unwrap_err();
        assert_eq!(refused.status(), Some(503));
        let refused = house.admin.ask_for_recovery(at.workstation.id(), "storm").await.unwrap_err();
        assert_eq!(refused.status(), Some(503));
        let handed = "a phone received offline secret s1";
        assert!(!house.sentences().await.iter().any(|line| line == handed));
        house.admin.suspend_technician(house.nik.id).await.unwrap();
    }
}
