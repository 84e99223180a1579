//! Vendors, their keys in files, and channels that know both.

use std::{path::PathBuf, sync::Arc, time::Duration};

use countersign::{
    ambient::SystemRandom,
    config::{Push, Settings},
    push::{Channel, Fault, Kind, Language, Notice, TokensInMemory, Wanted, channels},
};
use countersign_protocol::{Instant, LoginId, wire::mobile::PushAddress};
use countersign_testkit::vendors::{
    Authority, Clock, Hand,
    apple::{Account, Apple},
    google::{Google, ServiceAccount},
    webpush::{Subscriber, WebPush},
};
use futures_util::future::join_all;
use tempfile::TempDir;

pub const LOGIN: &str = "0197c0de-0000-7000-8000-000000000001";
pub const PUBLIC_URL: &str = "https://sign.example.com";

/// An operator with a clock, whose vendors share one root.
pub struct Operator {
    pub settings: Push,
    pub store: Arc<TokensInMemory>,
    pub hand: Hand,
    clock: Clock,
    authority: Authority,
    folder: TempDir,
}

impl Operator {
    pub fn new() -> Self {
        let (clock, hand) = Clock::by_hand();
        let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
        let mut settings = Settings::embedded().push;
        let roots = folder.path().join("roots.pem");
        authority.write_pem(&roots).unwrap();
        settings.tls_roots = Some(roots);
        let store = Arc::default();
        Self { settings, store, hand, clock, authority, folder }
    }

    /// Where a wait is what is tested: shorter than anybody's patience, and long enough for loopback.
    pub fn impatient() -> Self {
        let mut operator = Self::new();
        operator.settings.timeout_ms = 1_500;
        operator
    }

    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn apple(&mut self) -> Apple {
        let apple = self.apple_of(Account::default());
        self.settings.apns.endpoint = apple.url().parse().unwrap();
        self.settings.apns.key_file = Some(self.file("AuthKey.p8", apple.account().p8()));
        self.settings.apns.key_id = apple.account().key_id().to_owned();
        self.settings.apns.team_id = apple.account().team_id().to_owned();
        self.settings.apns.topic = apple.account().topic().to_owned();
        assert_eq!(self.settings.validate(), []);
        apple
    }

    /// The sandbox of the same account.
    pub fn sandbox(&mut self, apple: &Apple) -> Apple {
        let sandbox = self.apple_of(apple.account().clone());
        self.settings.apns.sandbox_endpoint = sandbox.url().parse().unwrap();
        sandbox
    }

    fn apple_of(&self, account: Account) -> Apple {
        Apple::start_with(account, self.authority.clone(), self.clock.clone())
    }

    pub fn google(&mut self) -> Google {
        let (authority, clock) = (self.authority.clone(), self.clock.clone());
        let google = Google::start_with(ServiceAccount::default(), authority, clock);
        self.settings.fcm.endpoint = google.url().parse().unwrap();
        let file = self.file("service-account.json", &google.key_file().to_string());
        self.settings.fcm.service_account_file = Some(file);
        assert_eq!(self.settings.validate(), []);
        google
    }

    pub fn push_service(&mut self) -> WebPush {
        let service = WebPush::start_with(self.authority.clone(), self.clock.clone());
        // Apple hands its keys out in the form that this one has too.
        let key = self.file("vapid.pem", Account::default().p8());
        self.settings.web_push.key_file = Some(key);
        self.settings.web_push.contact = "mailto:ops@example.com".to_owned();
        self.settings.web_push.allowed_networks =
            ["127.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap()).to_vec();
        assert_eq!(self.settings.validate(), []);
        service
    }

    pub fn channels(&self) -> Vec<Arc<dyn Channel>> {
        let random = Arc::new(SystemRandom::new());
        channels(&self.settings, &PUBLIC_URL.parse().unwrap(), self.store.clone(), random)
    }

    /// The only channel that is set up.
    pub fn channel(&self) -> Arc<dyn Channel> {
        let mut channels = self.channels();
        assert_eq!(channels.len(), 1);
        channels.remove(0)
    }

    pub fn now(&self) -> Instant {
        let since = self.hand.now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Instant::from_unix_millis(since.as_millis().try_into().unwrap())
    }

    /// A notice of a login that has two minutes left, in German.
    pub fn notice(&self, kind: Kind) -> Notice {
        let (login, language) = (LOGIN.parse::<LoginId>().unwrap(), Language::German);
        let expires_at = self.now() + Duration::from_secs(120);
        Notice { kind, login, expires_at, language, wanted: Wanted::default() }
    }

    pub async fn alert(&self, channel: &dyn Channel, to: &PushAddress) -> Result<(), Fault> {
        channel.send(to, &self.notice(Kind::Alert), self.now()).await
    }

    /// All of them at once, each on a task of its own.
    pub async fn alerts(
        &self,
        channel: &Arc<dyn Channel>,
        to: &[PushAddress],
    ) -> Vec<Result<(), Fault>> {
        let sends = to.iter().cloned().map(|to| {
            let (channel, notice, now) = (channel.clone(), self.notice(Kind::Alert), self.now());
            tokio::spawn(async move { channel.send(&to, &notice, now).await })
        });
        let sends: Vec<_> = sends.collect();
        join_all(sends).await.into_iter().map(Result::unwrap).collect()
    }
}

pub fn apns(token: &str) -> PushAddress {
    PushAddress::Apns { token: token.to_owned(), sandbox: false }
}

pub fn fcm(token: &str) -> PushAddress {
    PushAddress::Fcm { token: token.to_owned() }
}

pub fn web_push(subscriber: &Subscriber) -> PushAddress {
    let subscription = subscriber.subscription();
    PushAddress::WebPush {
        endpoint: subscription.endpoint,
        p256dh: subscription.keys.p256dh,
        auth: subscription.keys.auth,
    }
}

pub fn many<T>(n: usize, mut make: impl FnMut() -> T) -> Vec<T> {
    (0..n).map(|_| make()).collect()
}

pub fn all_taken(fates: &[Result<(), Fault>]) {
    let lost: Vec<_> = fates.iter().filter(|fate| fate.is_err()).collect();
    assert!(lost.is_empty(), "{} of {}: {:?}", lost.len(), fates.len(), lost.first());
}

pub fn later(reason: &str, after: Option<u64>) -> Result<(), Fault> {
    Err(Fault::Later { reason: reason.to_owned(), after: after.map(Duration::from_secs) })
}

pub fn busy(reason: &str, after: Option<u64>) -> Result<(), Fault> {
    Err(Fault::Busy { reason: reason.to_owned(), after: after.map(Duration::from_secs) })
}

pub fn suspicious(reason: &str) -> Result<(), Fault> {
    Err(Fault::Suspicious { reason: reason.to_owned() })
}

pub fn never(reason: &str) -> Result<(), Fault> {
    Err(Fault::Never { reason: reason.to_owned() })
}

pub fn ours(reason: &str) -> Result<(), Fault> {
    Err(Fault::Ours { reason: reason.to_owned() })
}

pub fn gone(reason: &str, as_of: Option<Instant>) -> Result<(), Fault> {
    Err(Fault::Gone { reason: reason.to_owned(), as_of })
}
