//! The process beside: the vendors, and what they tell a sender.

use std::{
    io::{Read, Write},
    time::Duration,
};

use countersign_protocol::wire::mobile::PushAddress;
use countersign_testkit::vendors::{
    Authority, Clock,
    apple::{Account, Apple},
    google::{Google, ServiceAccount},
    webpush::{Subscriber, WebPush},
};
use serde::{Deserialize, Serialize};
use tokio::time::interval;

use crate::Failure;

/// How often the vendors forget what was delivered, so that a long run takes no more memory than it must.
const FORGET: Duration = Duration::from_millis(100);

/// What a sender must know.
#[derive(Serialize, Deserialize)]
pub struct Introduction {
    /// The root that vouches for all of them, in PEM.
    pub root: String,
    /// Apple's base URL.
    pub apple: String,
    /// Apple's key in PEM, its id, the team and the app.
    pub apple_key: [String; 4],
    /// FCM's base URL.
    pub google: String,
    /// The key file of a service account.
    pub google_key: String,
    /// A key to push over Web Push with, in PEM.
    pub web_push_key: String,
    /// The phones on APNs.
    pub apns: Vec<PushAddress>,
    /// The phones on FCM.
    pub fcm: Vec<PushAddress>,
    /// The subscriptions.
    pub web_push: Vec<PushAddress>,
}

/// Serves until the standard input ends.
pub async fn serve(devices: u32) -> Result<(), Failure> {
    let (authority, clock) = (Authority::new(), Clock::system());
    let apple = Apple::start_with(Account::default(), authority.clone(), clock.clone());
    let google = Google::start_with(ServiceAccount::default(), authority.clone(), clock.clone());
    let web_push = WebPush::start_with(authority, clock);
    let introduction = introduce(&apple, &google, &web_push, devices);
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&introduction)?)?;
    let forgetting = async {
        let mut forget = interval(FORGET);
        loop {
            forget.tick().await;
            apple.deliveries().clear();
            google.deliveries().clear();
            web_push.deliveries().clear();
        }
    };
    let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    tokio::select! {
        ended = end => Ok(ended?.map(drop)?),
        () = forgetting => Ok(()),
    }
}

fn introduce(apple: &Apple, google: &Google, web_push: &WebPush, devices: u32) -> Introduction {
    let account = apple.account();
    let apns = || PushAddress::Apns { token: apple.new_device(), sandbox: false };
    let fcm = || PushAddress::Fcm { token: google.new_device() };
    let subscription = || address(&web_push.subscribe());
    Introduction {
        root: apple.authority().pem().to_owned(),
        apple: apple.url(),
        apple_key: [account.p8(), account.key_id(), account.team_id(), account.topic()]
            .map(str::to_owned),
        google: google.url(),
        google_key: google.key_file().to_string(),
        // Apple hands its keys out in the form that this one has too.
        web_push_key: Account::default().p8().to_owned(),
        apns: (0..devices).map(|_| apns()).collect(),
        fcm: (0..devices).map(|_| fcm()).collect(),
        web_push: (0..devices).map(|_| subscription()).collect(),
    }
}

fn address(subscriber: &Subscriber) -> PushAddress {
    let subscription = subscriber.subscription();
    PushAddress::WebPush {
        endpoint: subscription.endpoint,
        p256dh: subscription.keys.p256dh,
        auth: subscription.keys.auth,
    }
}
