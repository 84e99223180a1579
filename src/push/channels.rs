//! The channels that the settings name.

use std::sync::Arc;

use url::Url;

use super::{Channel, TokenStore, apns::Apns, fcm::Fcm, web_push::WebPush};
use crate::{ambient::Random, config};

/// A channel for each vendor that is set up. One whose keys can't be read is there too, and says so
/// ([`Channel::trouble`]): it may be able to work after the next [`Channel::reload`].
#[must_use]
pub fn channels(
    settings: &config::Push,
    public_url: &Url,
    store: Arc<dyn TokenStore>,
    random: Arc<dyn Random>,
) -> Vec<Arc<dyn Channel>> {
    let mut channels: Vec<Arc<dyn Channel>> = Vec::new();
    if settings.apns.is_set_up() {
        channels.push(Arc::new(Apns::new(settings, store)));
    }
    if settings.fcm.is_set_up() {
        channels.push(Arc::new(Fcm::new(settings)));
    }
    if settings.web_push.is_set_up() {
        channels.push(Arc::new(WebPush::new(settings, public_url, random)));
    }
    channels
}
