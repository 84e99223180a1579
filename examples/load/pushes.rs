//! `--push`: a vendor on loopback, that the service pushes to.

use std::{path::Path, sync::Arc, time::Duration};

use countersign_protocol::wire::mobile::PushAddress;
use countersign_testkit::vendors::google::Google;
use tokio::{task::JoinHandle, time::interval};

use crate::Failure;

/// How often the vendor forgets what was delivered, so that a long run takes no more memory than it must.
const FORGET: Duration = Duration::from_millis(100);

/// The vendor.
pub struct Pushes {
    google: Arc<Google>,
    forgetting: JoinHandle<()>,
}

impl Pushes {
    /// Starts it.
    pub fn start() -> Self {
        let google = Arc::new(Google::start());
        let forgetful = Arc::clone(&google);
        let forgetting = tokio::spawn(async move {
            let mut forget = interval(FORGET);
            loop {
                forget.tick().await;
                forgetful.deliveries().clear();
            }
        });
        Self { google, forgetting }
    }

    /// The settings of a service that pushes to it; its keys stand in the folder.
    pub fn settings(&self, folder: &Path) -> Result<[(&'static str, String); 3], Failure> {
        let (roots, key) = (folder.join("vendor.pem"), folder.join("service-account.json"));
        std::fs::write(&roots, self.google.authority().pem())?;
        std::fs::write(&key, self.google.key_file().to_string())?;
        Ok([
            ("PUSH__TLS_ROOTS", roots.display().to_string()),
            ("PUSH__FCM__SERVICE_ACCOUNT_FILE", key.display().to_string()),
            ("PUSH__FCM__ENDPOINT", self.google.url()),
        ])
    }

    /// The address of another phone.
    pub fn address(&self) -> PushAddress {
        PushAddress::Fcm { token: self.google.new_device() }
    }
}

impl Drop for Pushes {
    fn drop(&mut self) {
        self.forgetting.abort();
    }
}
