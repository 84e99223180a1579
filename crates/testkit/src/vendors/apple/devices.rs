use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::Reason;
use super::reason::Refusal;

/// The device tokens of one environment. The other's are unknown here.
#[derive(Debug, Default)]
pub(super) struct Devices(Mutex<HashMap<String, Device>>);

#[derive(Clone, Debug)]
struct Device {
    topic: String,
    dead: Option<(Reason, SystemTime)>,
}

impl Devices {
    /// A token of an app; one that was dead lives again.
    pub(super) fn register(&self, token: &str, topic: &str) {
        let device = Device { topic: topic.to_owned(), dead: None };
        self.devices().insert(token.to_owned(), device);
    }

    /// The token is dead since then, with this reason; unknown tokens stay unknown.
    pub(super) fn bury(&self, token: &str, reason: Reason, since: SystemTime) {
        if let Some(device) = self.devices().get_mut(token) {
            device.dead = Some((reason, since));
        }
    }

    /// Whether the app's notifications reach this token.
    pub(super) fn reach(&self, token: &str, topic: &str) -> Result<(), Refusal> {
        match self.devices().get(token) {
            None => Err(Reason::BadDeviceToken.into()),
            Some(device) if device.topic != topic => Err(Reason::DeviceTokenNotForTopic.into()),
            Some(&Device { dead: Some((reason, since)), .. }) => {
                Err(Refusal { reason, since: Some(since) })
            }
            Some(_) => Ok(()),
        }
    }

    fn devices(&self) -> MutexGuard<'_, HashMap<String, Device>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
