//! The push vendors of one story, by the story's clock.

use std::{path::PathBuf, sync::Arc, time::Duration};

use countersign::config::{Push, Settings};
use countersign_protocol::wire::mobile::PushAddress;
use countersign_testkit::vendors::{
    Authority, Clock, Faults,
    apple::{Account, Apple},
    google::{Google, ServiceAccount},
    webpush::{Subscriber, WebPush},
};
use tempfile::TempDir;

use super::StoryClock;

/// Apple, Google and a browser's push service, under one root.
pub struct Vendors {
    /// Apple's.
    pub apple: Apple,
    /// Google's.
    pub google: Google,
    /// A browser's.
    pub service: WebPush,
    /// Their keys.
    folder: TempDir,
}

impl Vendors {
    /// All three, on loopback.
    pub fn start(clock: &Arc<StoryClock>) -> Self {
        let clock = by(clock);
        let authority = Authority::new();
        let folder = TempDir::new().unwrap();
        authority.write_pem(&folder.path().join("roots.pem")).unwrap();
        Self {
            apple: Apple::start_with(Account::default(), authority.clone(), clock.clone()),
            google: Google::start_with(ServiceAccount::default(), authority.clone(), clock.clone()),
            service: WebPush::start_with(authority, clock),
            folder,
        }
    }

    /// The settings of a node that pushes through them.
    pub fn settings(&self) -> Push {
        let mut push = Settings::embedded().push;
        push.tls_roots = Some(self.folder.path().join("roots.pem"));
        let account = self.apple.account();
        push.apns.endpoint = self.apple.url().parse().unwrap();
        push.apns.key_file = Some(self.file("AuthKey.p8", account.p8()));
        push.apns.key_id = account.key_id().to_owned();
        push.apns.team_id = account.team_id().to_owned();
        push.apns.topic = account.topic().to_owned();
        push.fcm.endpoint = self.google.url().parse().unwrap();
        let key = self.google.key_file().to_string();
        push.fcm.service_account_file = Some(self.file("service-account.json", &key));
        push.web_push.key_file = Some(self.file("vapid.pem", Account::default().p8()));
        push.web_push.contact = "mailto:ops@example.com".to_owned();
        let loopback = ["127.0.0.0/8", "::1/128"];
        push.web_push.allowed_networks = loopback.map(|network| network.parse().unwrap()).to_vec();
        push
    }

    /// A file of this name beside the keys.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A new address of Apple's.
    pub fn apns(&self) -> PushAddress {
        PushAddress::Apns { token: self.apple.new_device(), sandbox: false }
    }

    /// A new address of Google's.
    pub fn fcm(&self) -> PushAddress {
        PushAddress::Fcm { token: self.google.new_device() }
    }

    /// A new address of the browser's.
    pub fn web_push(&self) -> PushAddress {
        subscribed(&self.service.subscribe())
    }

    /// The same, for this key alone.
    pub fn web_push_for(&self, application_server_key: &str) -> PushAddress {
        subscribed(&self.service.subscribe_for(application_server_key))
    }

    /// What goes wrong at each of them.
    pub fn faults(&self) -> [&Faults; 3] {
        [self.apple.faults(), self.google.faults(), self.service.faults()]
    }

    /// Nothing goes wrong any more.
    pub fn are_well_again(&self) {
        self.faults().into_iter().for_each(Faults::clear);
    }

    /// How many requests each of them got.
    pub fn requests(&self) -> [usize; 3] {
        [self.apple.requests(), self.google.requests(), self.service.requests()]
    }
}

fn subscribed(subscriber: &Subscriber) -> PushAddress {
    let subscription = subscriber.subscription();
    PushAddress::WebPush {
        endpoint: subscription.endpoint,
        p256dh: subscription.keys.p256dh,
        auth: subscription.keys.auth,
    }
}

/// The story's clock, as vendors know it.
fn by(clock: &Arc<StoryClock>) -> Clock {
    use countersign::ambient::Clock as _;
    let clock = Arc::clone(clock);
    Clock::new(move || {
        let millis = u64::try_from(clock.now().unix_millis()).unwrap();
        std::time::UNIX_EPOCH + Duration::from_millis(millis)
    })
}
