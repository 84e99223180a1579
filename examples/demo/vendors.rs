//! Apple and Google on loopback: they speak the real protocols and check what the real ones check.

use std::{io, path::Path};

use countersign::config;
use countersign_protocol::wire::mobile::PushAddress;
use countersign_testkit::vendors::{
    Authority, Clock, Deliveries,
    apple::{Account, Apple},
    google::{Google, ServiceAccount},
};
use serde_json::Value;

/// Apple, in the timeline.
pub const APPLE: &str = "Apple";
/// Google, in the timeline.
pub const GOOGLE: &str = "Google";

/// The vendors; dropped, they are gone.
pub struct Vendors {
    apple: Apple,
    google: Google,
}

/// What a phone is handed: all that its app or its screen can know before it asks the service.
pub struct Handed {
    /// `alert` or `withdraw`.
    pub kind: String,
    /// The login's id.
    pub login: String,
    /// What the screen shows.
    pub title: Option<String>,
    /// The whole payload.
    pub payload: String,
}

impl Vendors {
    /// Starts them, with an account each and one root.
    pub fn start() -> Self {
        let (authority, clock) = (Authority::new(), Clock::system());
        let apple = Apple::start_with(Account::default(), authority.clone(), clock.clone());
        let google = Google::start_with(ServiceAccount::default(), authority, clock);
        Self { apple, google }
    }

    /// Apple's and Google's base URLs.
    pub fn urls(&self) -> [String; 2] {
        [self.apple.url(), self.google.url()]
    }

    /// What an operator does: the vendors' key files in the folder, and settings that name them.
    pub fn set_up(&self, push: &mut config::Push, folder: &Path) -> io::Result<()> {
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).map(|()| Some(path))
        };
        let account = self.apple.account();
        push.tls_roots = file("vendors.pem", self.apple.authority().pem())?;
        push.apns.key_file = file("AuthKey.p8", account.p8())?;
        account.key_id().clone_into(&mut push.apns.key_id);
        account.team_id().clone_into(&mut push.apns.team_id);
        account.topic().clone_into(&mut push.apns.topic);
        push.apns.endpoint = self.apple.url().parse().map_err(io::Error::other)?;
        let key_file = self.google.key_file().to_string();
        push.fcm.service_account_file = file("service-account.json", &key_file)?;
        push.fcm.endpoint = self.google.url().parse().map_err(io::Error::other)?;
        Ok(())
    }

    /// The address of another phone with Apple.
    pub fn apples_address(&self) -> PushAddress {
        PushAddress::Apns { token: self.apple.new_device(), sandbox: false }
    }

    /// The address of another phone with Google.
    pub fn googles_address(&self) -> PushAddress {
        PushAddress::Fcm { token: self.google.new_device() }
    }

    /// What Apple hands to a phone next.
    pub async fn apple_hands(&self) -> Result<Handed, String> {
        let payload = next(self.apple.deliveries()).await?.payload;
        Ok(Handed {
            kind: text(&payload, "/kind").unwrap_or_default(),
            login: text(&payload, "/login").unwrap_or_default(),
            title: text(&payload, "/aps/alert/title"),
            payload: payload.to_string(),
        })
    }

    /// What Google hands to a phone next.
    pub async fn google_hands(&self) -> Result<Handed, String> {
        let message = next(self.google.deliveries()).await?.message;
        Ok(Handed {
            kind: text(&message, "/data/kind").unwrap_or_default(),
            login: text(&message, "/data/login").unwrap_or_default(),
            title: text(&message, "/notification/title"),
            payload: message.to_string(),
        })
    }

    /// How often each of them woke a phone.
    pub fn alerts(&self) -> [usize; 2] {
        let apples = self.apple.deliveries().all();
        let googles = self.google.deliveries().all();
        [
            apples.iter().filter(|sent| sent.payload["kind"] == "alert").count(),
            googles.iter().filter(|sent| sent.message["data"]["kind"] == "alert").count(),
        ]
    }
}

async fn next<T: Clone>(deliveries: &Deliveries<T>) -> Result<T, String> {
    deliveries.next().await.ok_or_else(|| "nothing came for ten seconds".to_owned())
}

fn text(payload: &Value, pointer: &str) -> Option<String> {
    payload.pointer(pointer)?.as_str().map(str::to_owned)
}
