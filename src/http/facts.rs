//! What the service says about itself, as its public routes need it.

use async_trait::async_trait;
use countersign_protocol::wire::service::{Discovery, Readiness, SignedKeySet};

use super::AndroidApp;
use crate::domain::Failure;

/// Knows the installation. As app data: `web::Data<dyn ServiceFacts>`.
#[async_trait]
pub trait ServiceFacts: Send + Sync + 'static {
    /// What this service takes.
    fn discovery(&self) -> Discovery;

    /// The key set, signed by the installation key.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] if the keys can't be read.
    async fn signed_key_set(&self) -> Result<SignedKeySet, Failure>;

    /// Whether the node's dependencies answer. It must be bounded in time; that the node is shutting down is
    /// added by the route.
    async fn readiness(&self) -> Readiness;

    /// The iOS apps of this installation: `TEAMID.bundle.id`.
    fn ios_app_ids(&self) -> &[String];

    /// The Android apps of this installation.
    fn android_apps(&self) -> &[AndroidApp];
}
