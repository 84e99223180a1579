//! What goes wrong on the way, over each channel alike.

use std::{sync::Arc, time::Duration};

use countersign::push::{Channel, Fault};
use countersign_protocol::wire::mobile::PushAddress;
use countersign_testkit::vendors::{
    Answer, Break, Fault as Breakage, Faults, Reach, apple::Apple, google::Google, webpush::WebPush,
};
use reqwest::StatusCode;
use serde_json::json;

use crate::setup::{Operator, apns, busy, fcm, later, web_push};

/// RFC 9113 section 7.
const NO_ERROR: u32 = 0;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;

/// The three vendors, each with a channel and an address, after a first alert.
struct Three {
    operator: Operator,
    apple: Apple,
    google: Google,
    service: WebPush,
    lanes: Vec<(Arc<dyn Channel>, PushAddress)>,
}

impl Three {
    async fn set_up(mut operator: Operator) -> Self {
        let (apple, google) = (operator.apple(), operator.google());
        let service = operator.push_service();
        let to =
            [apns(&apple.new_device()), fcm(&google.new_device()), web_push(&service.subscribe())];
        let lanes: Vec<_> = operator.channels().into_iter().zip(to).collect();
        assert_eq!(lanes.len(), 3);
        let three = Self { operator, apple, google, service, lanes };
        three.all_well().await;
        three
    }

    fn faults(&self) -> [&Faults; 3] {
        [self.apple.faults(), self.google.faults(), self.service.faults()]
    }

    fn delivered(&self) -> [usize; 3] {
        [
            self.apple.deliveries().len(),
            self.google.deliveries().len(),
            self.service.deliveries().len(),
        ]
    }

    async fn fates(&self) -> Vec<Result<(), Fault>> {
        let mut fates = Vec::new();
        for (channel, to) in &self.lanes {
            fates.push(self.operator.alert(&**channel, to).await);
        }
        fates
    }

    /// Each channel works, whatever befell it before.
    async fn all_well(&self) {
        assert_eq!(self.fates().await, [(); 3].map(Ok));
    }

    /// The next alert meets this, and the one after it nothing.
    async fn meets(&self, fault: impl Into<Breakage>, fate: Result<(), Fault>) {
        let fault = fault.into();
        for faults in self.faults() {
            faults.next(1, fault.clone());
        }
        let fates = self.fates().await;
        assert_eq!(fates, [fate.clone(), fate.clone(), fate], "{fault:?}");
        assert_eq!(self.faults().map(Faults::left), [0; 3]);
        self.all_well().await;
    }
}

#[tokio::test]
async fn a_busy_vendor_is_tried_again_when_it_says() {
    let three = Three::set_up(Operator::new()).await;
    let many = Answer::empty(StatusCode::TOO_MANY_REQUESTS).retry_after(Duration::from_secs(30));
    three.faults().into_iter().for_each(|faults| faults.next(1, many.clone()));
    let busy = busy("http_429", Some(30));
    assert_eq!(three.fates().await, [busy.clone(), later("http_429", Some(30)), busy]);
    for status in [500, 502, 503, 504] {
        let answer = Answer::empty(StatusCode::from_u16(status).unwrap());
        let fate = later(&format!("http_{status}"), Some(30));
        three.meets(answer.retry_after(Duration::from_secs(30)), fate).await;
    }
    let bare = Answer::empty(StatusCode::SERVICE_UNAVAILABLE);
    three.meets(bare, later("http_503", None)).await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_anew() {
    let three = Three::set_up(Operator::new()).await;
    for how in [
        Break::ResetConnection,
        Break::ResetStream(INTERNAL_ERROR),
        Break::GoAway(INTERNAL_ERROR),
        Break::GoAway(ENHANCE_YOUR_CALM),
    ] {
        three.meets(Breakage::Unprocessed(how), later("connection", None)).await;
        three.meets(Breakage::Unanswered(how), later("connection", None)).await;
    }
}

#[tokio::test]
async fn what_was_certainly_not_processed_is_sent_again_at_once_and_arrives_once() {
    let three = Three::set_up(Operator::new()).await;
    for how in [Break::GoAway(NO_ERROR), Break::ResetStream(REFUSED_STREAM)] {
        let before = three.delivered();
        three.meets(Breakage::Unprocessed(how), Ok(())).await;
        assert_eq!(three.delivered(), before.map(|before| before + 2), "{how:?}");
    }
}

#[tokio::test]
async fn silence_and_crumbs_end_in_bounded_time() {
    let three = Three::set_up(Operator::impatient()).await;
    three.meets(Breakage::Unprocessed(Break::Stall), later("timeout", None)).await;
    three.meets(Breakage::Unanswered(Break::Stall), later("timeout", None)).await;
    // It has been taken, whatever becomes of the answer's rest.
    three.meets(Breakage::Trickle(Duration::from_secs(60)), Ok(())).await;
}

#[tokio::test]
async fn a_last_answer_is_an_answer_and_the_next_connection_works() {
    let three = Three::set_up(Operator::new()).await;
    three.meets(Breakage::LastAnswer, Ok(())).await;
}

/// Whole, it would name a reason of each vendor's.
#[tokio::test]
async fn an_answer_is_read_up_to_its_bound() {
    let three = Three::set_up(Operator::new()).await;
    let fcm_error = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
    let body = json!({
        "reason": "ServiceUnavailable",
        "error": {"details": [{"@type": fcm_error, "errorCode": "UNAVAILABLE"}]},
        "then": "x".repeat(8 * 1024 * 1024),
    });
    let long = Answer::json(StatusCode::SERVICE_UNAVAILABLE, &body);
    three.meets(long, later("http_503", None)).await;
}

#[tokio::test]
async fn a_vendor_that_was_away_is_found_again_without_a_restart() {
    let three = Three::set_up(Operator::impatient()).await;
    for (reach, reason) in [(Reach::Reset, "connection"), (Reach::Silent, "timeout")] {
        three.apple.set_reach(reach);
        three.google.set_reach(reach);
        three.service.set_reach(reach);
        // What was on its way when the connections broke.
        let _ = three.fates().await;
        assert_eq!(three.fates().await, [(); 3].map(|()| later(reason, None)));
        three.apple.set_reach(Reach::Open);
        three.google.set_reach(Reach::Open);
        three.service.set_reach(Reach::Open);
        let _ = three.fates().await;
        three.all_well().await;
    }
}
