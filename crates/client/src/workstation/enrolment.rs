//! Enrolling a workstation with a tenant's token.

use countersign_protocol::wire::desktop::{Enrol, Enrolment, WorkstationFacts};

use super::{Identity, Ledger, Workstation, WorkstationKeys};
use crate::{Error, Persist, Request, Result, Transport};

impl WorkstationKeys {
    /// Enrols the machine under these keys, or asks again what became of that: the same token and keys
    /// are the same enrolment, so a lost answer is asked for again and an
    /// [awaited](countersign_protocol::wire::desktop::EnrolmentState) consent is looked for.
    ///
    /// # Errors
    /// `invalid_enrolment_token`; see [`Error`].
    pub async fn enrol(
        &self,
        transport: &Transport,
        token: &str,
        facts: &WorkstationFacts,
    ) -> Result<Enrolment> {
        let body = Enrol {
            token: token.to_owned(),
            signing_key: self.signing.public().clone(),
            encryption_key: self.encryption.public().clone(),
            facts: facts.clone(),
        };
        transport
            .patiently(|| async {
                let request = Request::post("/desktop/v1/enrolments").json(&body);
                transport.send_proved(request, &self.signing, None).await?.json()
            })
            .await
    }
}

impl Workstation {
    /// The workstation that an enrolment made of these keys. Its first ledger is kept before anything is
    /// sent; the agent keeps the identity and the keys.
    ///
    /// # Errors
    /// [`Error::NotKept`].
    pub fn enrolled(
        transport: Transport,
        keys: WorkstationKeys,
        enrolment: &Enrolment,
        keep: impl Persist<Ledger>,
    ) -> Result<Self> {
        let ledger = Ledger::at(enrolment.counter);
        keep.persist(&ledger).map_err(Error::NotKept)?;
        Ok(Self::resume(transport, keys, Identity::from(enrolment), ledger, keep))
    }
}
