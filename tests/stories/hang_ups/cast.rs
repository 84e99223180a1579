//! Who takes part, and what must hold after each of them has hung up.

use std::{collections::BTreeMap, future::Future, time::Duration};

use countersign::{
    domain::Failure,
    flows::{
        AdminCaller, Context, DeviceCaller, WorkstationCaller,
        login::{self, Asked},
    },
    store::Scope,
};
use countersign_protocol::{
    AdminTokenId, Bytes, LoginId, ProblemCode, Purpose, qr,
    wire::{
        desktop::{OpenBy, OpenLogin, Opened},
        mobile::{Approve, Claim},
    },
};
use countersign_testkit::{SoftPhone, SoftWorkstation};
use uuid::Uuid;

use super::polls::HangUp;
use crate::house::{House, StoredEvent, entity_key, versions};

/// The cast of one round.
pub struct Cast {
    pub house: House,
    pub phone: SoftPhone,
    pub machine: SoftWorkstation,
    pub admin: AdminCaller,
}

impl Cast {
    pub async fn of(house: House) -> Self {
        let phone = house.phone_of(&house.nik).await;
        let machine = house.workstation("W11-RECEPTION").await;
        let (scope, token) = (Scope::msp(house.msp), AdminTokenId(Uuid::nil()));
        let admin = AdminCaller { scope, token };
        Self { house, phone, machine, admin }
    }

    pub fn ctx(&self) -> &Context {
        &self.house.node.context
    }

    pub fn device(&self) -> DeviceCaller {
        let device = self.phone.phone.ownership().device_id;
        let scope = Scope::msp(self.house.msp);
        let (technician, token_issued_at) = (self.house.nik.id, self.ctx().now());
        DeviceCaller { scope, technician, device, token_issued_at }
    }

    pub fn workstation(&self) -> WorkstationCaller {
        let workstation = self.machine.enrolment.workstation_id;
        let scope = Scope::tenant(self.house.msp, self.house.tenant.id);
        let (tenant, token_issued_at) = (self.house.tenant.id, self.ctx().now());
        WorkstationCaller { scope, tenant, workstation, token_issued_at }
    }

    pub fn asked(&self, by: OpenBy) -> Asked {
        let nonce = Bytes([7; 32]);
        let purpose = Purpose::SignIn;
        let request = OpenLogin { by, purpose, os_session: "console".into(), nonce };
        let idempotency_key =
            format!("{:032x}", self.ctx().random.id::<Uuid>(self.ctx().now()).as_u128());
        Asked { request, idempotency_key, network_address: "127.0.0.1".into() }
    }

    async fn opened(&self, by: OpenBy) -> Opened {
        login::open(self.ctx(), self.workstation(), self.asked(by)).await.unwrap().0
    }

    /// A pending push login of Nik's.
    pub async fn push(&self) -> Opened {
        self.opened(OpenBy::Push { name: "nik".into() }).await
    }

    /// A pending QR login and what its screen shows.
    pub async fn qr(&self) -> (LoginId, Claim) {
        let opened = self.opened(OpenBy::Qr {}).await;
        let (id, key) = (opened.login.id, opened.qr.unwrap().claim_key);
        (id, Claim { secret: Bytes(qr::secret(&key, id, qr::step(self.ctx().now()))) })
    }

    pub async fn approval(&self, opened: &Opened, code: &str) -> Approve {
        let options = login::options(self.ctx(), self.device(), opened.login.id).await.unwrap();
        let origin = self.house.transport().origin();
        let assertion = self.phone.passkey.assert(&options.public_key, &origin);
        Approve { assertion, code: Some(code.to_owned()) }
    }

    /// A login that was approved and not taken.
    pub async fn approved(&self) -> LoginId {
        let opened = self.push().await;
        let approval = self.approval(&opened, opened.code.as_deref().unwrap()).await;
        login::approve(self.ctx(), self.device(), opened.login.id, approval, "127.0.0.1")
            .await
            .unwrap();
        opened.login.id
    }

    /// Tries `change` again and again, hanging up after one poll, two polls, and so on until one comes to its
    /// end; after each, every row has its events and no others, and no connection is lost.
    pub async fn hang_up<'a, T, F>(&'a self, what: &str, mut change: impl AsyncFnMut() -> F)
    where
        F: Future<Output = Result<T, Failure>> + 'a,
    {
        // What was tried before counts against nobody's quota any more.
        self.house.pass(Duration::from_secs(60)).await;
        for polls in 1..200 {
            let attempt = HangUp::after(polls, change().await);
            let ended = attempt.await;
            self.settled().await;
            self.whole(&format!("{what}, hung up after {polls} polls")).await;
            if let Some(result) = ended {
                result.unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
                return;
            }
        }
        panic!("{what} never came to its end");
    }

    /// Waits until nothing that was begun is under way, and every connection is back in its pool.
    pub async fn settled(&self) {
        let quiet = async {
            // The workers use connections too: a moment in which none is in use is enough, twice.
            for _ in 0..2 {
                while self.ctx().store.busy() > 0 {
                    tokio::task::yield_now().await;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), quiet).await.expect("no connection is lost");
    }

    /// All events and, of the same moment, every row's version: the workers go on meanwhile, so both are read
    /// again until no version has risen between.
    async fn record(&self) -> (Vec<StoredEvent>, BTreeMap<String, i64>) {
        let mut before = versions(&self.house.place).await;
        loop {
            let events = self.house.events().await;
            let after = versions(&self.house.place).await;
            if before == after {
                return (events, after);
            }
            before = after;
        }
    }

    /// Every row has as many events as its version says, one for each version; observations have none.
    pub async fn whole(&self, when: &str) {
        let mut told = BTreeMap::<String, Vec<i64>>::new();
        let (events, versions) = self.record().await;
        for event in events.into_iter().filter(|event| !event.fact.is_observation()) {
            told.entry(entity_key(event.entity)).or_default().push(event.version);
        }
        told.values_mut().for_each(|versions| versions.sort_unstable());
        let whole = versions.into_iter().map(|(entity, version)| (entity, (1..=version).collect()));
        assert_eq!(told, whole.collect(), "{when}: events on the left, rows on the right");
    }
}

/// What was refused for this reason, as it had to be, is a success of the story.
pub fn had_to_be<T>(code: ProblemCode, result: Result<T, Failure>) -> Result<(), Failure> {
    match result.map(drop) {
        Err(Failure::Refused(refusal)) if refusal.code() == code => Ok(()),
        other => panic!("{code:?} was to be: {other:?}"),
    }
}
