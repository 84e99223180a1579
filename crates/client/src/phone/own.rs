//! The phone's own affairs.

use countersign_protocol::wire::mobile::{OwnDevices, PushAddress, SetPushAddress};
use reqwest::Method;

use super::Phone;
use crate::{Request, Result};

impl Phone {
    /// Sets where the phone is told to look, and in which language (BCP 47); an address of `None` ends that.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn set_push_address(
        &self,
        push: Option<PushAddress>,
        language: Option<&str>,
    ) -> Result<()> {
        let body = SetPushAddress { push, language: language.map(str::to_owned) };
        let request = Request::new(Method::PUT, "/mobile/v1/push-address").json(&body);
        self.send(request).await?.done()
    }

    /// The technician's devices: a person looks here when told that one was added.
    ///
    /// # Errors
    /// See [`crate::Error`].
    pub async fn devices(&self) -> Result<OwnDevices> {
        self.send(Request::get("/mobile/v1/devices")).await?.json()
    }
}
