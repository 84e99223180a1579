//! Enrolling a phone with a one-time ticket.

use countersign_protocol::{
    ceremony::registration_challenge,
    ticket_link,
    wire::mobile::{
        DeviceFacts, Enrolled, EnrolmentOptions, FinishEnrolment, PushAddress, StartEnrolment,
    },
};

use url::Url;

use super::{HeldTokens, Ownership, Phone};
use crate::{
    Authenticator, DeviceKey, Error, Persist, Request, Result, Transport,
    passkey::require_challenge,
};

/// An enrolment that has begun: the app shows whose phone this becomes, then finishes it.
pub struct Enrolling {
    transport: Transport,
    key: DeviceKey,
    ticket: String,
    origin: String,
    language: Option<String>,
    options: EnrolmentOptions,
}

impl Enrolling {
    /// The service and the ticket of a scanned link; show its host to the person before going on.
    ///
    /// # Errors
    /// [`Error::ForeignLink`].
    pub fn scanned(link: &str) -> Result<(Url, String)> {
        ticket_link::read(link).ok_or(Error::ForeignLink)
    }

    /// Binds the ticket to this key. The same key may start again; another may not.
    ///
    /// # Errors
    /// `invalid_ticket`; see [`Error`].
    pub async fn start(transport: Transport, key: DeviceKey, ticket: &str) -> Result<Self> {
        let body = StartEnrolment { ticket: ticket.to_owned() };
        let options = transport
            .patiently(|| async {
                let request = Request::post("/mobile/v1/enrolments").json(&body);
                transport.send_proved(request, &key, None).await?.json()
            })
            .await?;
        let origin = transport.origin();
        Ok(Self { transport, key, ticket: body.ticket, origin, language: None, options })
    }

    /// Names another origin to the passkey, as [`Phone::with_origin`].
    #[must_use]
    pub fn with_origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = origin.into();
        self
    }

    /// Says which language the phone speaks (BCP 47): what it is told to look at is written in it.
    #[must_use]
    pub fn in_language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// What to show before the person goes on: the provider and the technician.
    #[must_use]
    pub fn options(&self) -> &EnrolmentOptions {
        &self.options
    }

    /// Makes the passkey and consumes the ticket.
    ///
    /// # Errors
    /// [`Error::ChallengeMismatch`] before anything is signed, if the challenge does not commit to this
    /// ticket and this phone's key; `invalid_ticket`, `invalid_credential`; see [`Error`].
    pub async fn finish(
        self,
        authenticator: &impl Authenticator,
        device: DeviceFacts,
        push: Option<PushAddress>,
        keep: impl Persist<HeldTokens>,
    ) -> Result<Phone> {
        let EnrolmentOptions { nonce, ticket_id, public_key, .. } = &self.options;
        let computed = registration_challenge(nonce, *ticket_id, &self.key.thumbprint());
        require_challenge(public_key, &computed)?;
        let credential =
            authenticator.register(public_key, &self.origin).await.map_err(Error::Authenticator)?;
        let (ticket, language) = (self.ticket, self.language);
        let body = FinishEnrolment { ticket, credential, device, push, language };
        let request = Request::post("/mobile/v1/enrolments/finish").json(&body);
        let enrolled: Enrolled =
            self.transport.send_proved(request, &self.key, None).await?.json()?;
        let ownership = Ownership::from(&enrolled);
        let held = HeldTokens::received(enrolled.tokens, self.transport.clock().now());
        keep.persist(&held).map_err(Error::NotKept)?;
        Ok(Phone::resume(self.transport, self.key, ownership, held, keep).with_origin(self.origin))
    }
}
