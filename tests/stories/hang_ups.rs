//! Clients hang up at any moment: of every state change all is found, or none, and the pool is healthy.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    task::{Context as Waker, Poll},
    time::Duration,
};

use countersign::{
    domain::{Entity, Failure},
    flows::{
        AdminCaller, Context, DeviceCaller, WorkstationCaller,
        admin::technicians,
        login::{self, Asked},
    },
    store::Scope,
};
use countersign_protocol::{
    AdminTokenId, Bytes, LoginId, Purpose,
    wire::{
        desktop::{OpenBy, OpenLogin, Opened},
        mobile::{Approve, Claim, Deny, DenyReason},
    },
};
use countersign_testkit::{SoftPhone, SoftWorkstation};
use uuid::Uuid;

use crate::{
    house::{House, StoredEvent, versions},
    story,
};

/// Polls a future so many times, and then hangs up.
struct HangUp<F> {
    inner: Pin<Box<F>>,
    polls: usize,
}

impl<F: Future> Future for HangUp<F> {
    type Output = Option<F::Output>;
    fn poll(mut self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        match self.inner.as_mut().poll(waker) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // Hang up at once after the last poll, while whatever it began is under way.
            Poll::Pending if self.polls == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// The cast of one round.
struct Cast {
    house: House,
    phone: SoftPhone,
    machine: SoftWorkstation,
    admin: AdminCaller,
}

impl Cast {
    fn ctx(&self) -> &Context {
        &self.house.node.context
    }

    fn device(&self) -> DeviceCaller {
        let device = self.phone.phone.ownership().device_id;
        let scope = Scope::msp(self.house.msp);
        let (technician, token_issued_at) = (self.house.nik.id, self.ctx().now());
        DeviceCaller { scope, technician, device, token_issued_at }
    }

    fn workstation(&self) -> WorkstationCaller {
        let workstation = self.machine.enrolment.workstation_id;
        let scope = Scope::tenant(self.house.msp, self.house.tenant.id);
        let (tenant, token_issued_at) = (self.house.tenant.id, self.ctx().now());
        WorkstationCaller { scope, tenant, workstation, token_issued_at }
    }

    fn asked(&self, by: OpenBy) -> Asked {
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

    async fn push(&self) -> Opened {
        self.opened(OpenBy::Push { name: "nik".into() }).await
    }

    async fn approval(&self, opened: &Opened, code: &str) -> Approve {
        let options = login::options(self.ctx(), self.device(), opened.login.id).await.unwrap();
        let origin = self.house.transport().origin();
        let assertion = self.phone.passkey.assert(&options.public_key, &origin);
        Approve { assertion, code: Some(code.to_owned()) }
    }

    async fn approved(&self) -> LoginId {
        let opened = self.push().await;
        let approval = self.approval(&opened, opened.code.as_deref().unwrap()).await;
        login::approve(self.ctx(), self.device(), opened.login.id, approval, "127.0.0.1")
            .await
            .unwrap();
        opened.login.id
    }

    /// Tries `change` again and again, hanging up after one poll, two polls, and so on until one comes to its
    /// end; after each, every entity's row has the version of its last event, and no connection is lost.
    async fn hang_up<'a, T, F>(&'a self, what: &str, mut change: impl AsyncFnMut() -> F)
    where
        F: Future<Output = Result<T, Failure>> + 'a,
    {
        for polls in 1..200 {
            let attempt = HangUp { inner: Box::pin(change().await), polls };
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
    async fn settled(&self) {
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
    async fn record(&self) -> (Vec<StoredEvent>, HashMap<Uuid, i64>) {
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

    async fn whole(&self, when: &str) {
        let mut last = HashMap::<Uuid, i64>::new();
        let mut counted = HashMap::<Uuid, i64>::new();
        let (events, versions) = self.record().await;
        for event in events {
            if let Entity::Login(_)
            | Entity::Technician(_)
            | Entity::Workstation(_)
            | Entity::Device(_) = event.entity
            {
                let id = event.entity.id();
                *counted.entry(id).or_default() += 1;
                let newest = last.entry(id).or_default();
                *newest = event.version.max(*newest);
            }
        }
        assert_eq!(last, counted, "{when}: an event is missing or doubled");
        assert_eq!(last, versions, "{when}: a row without its event");
    }
}

async fn cast(house: House) -> Cast {
    let phone = house.phone_of(&house.nik).await;
    let machine = house.workstation("W11-RECEPTION").await;
    let (scope, token) = (Scope::msp(house.msp), AdminTokenId(Uuid::nil()));
    let admin = AdminCaller { scope, token };
    Cast { house, phone, machine, admin }
}

story! {
    async fn a_hang_up_leaves_all_of_a_change_or_none(house: House) {
        let cast = cast(house).await;
        let ctx = cast.ctx();
        let (device, workstation) = (cast.device(), cast.workstation());
        cast.hang_up("open", async || {
            login::open(ctx, workstation, cast.asked(OpenBy::Push { name: "nik".into() }))
        }).await;
        cast.hang_up("withdraw", async || login::withdraw(ctx, workstation, cast.push().await.login.id)).await;
        cast.hang_up("deny", async || {
            let id = cast.push().await.login.id;
            async move { login::deny(ctx, device, id, &Deny { reason: DenyReason::Mistake }).await }
        }).await;
        cast.hang_up("approve", async || {
            let opened = cast.push().await;
            let approval = cast.approval(&opened, opened.code.as_deref().unwrap()).await;
            login::approve(ctx, device, opened.login.id, approval, "127.0.0.1")
        }).await;
        cast.hang_up("take", async || {
            let id = cast.approved().await;
            login::take(ctx, workstation, id)
        }).await;
        cast.hang_up("claim", async || {
            let opened = cast.opened(OpenBy::Qr {}).await;
            let key = opened.qr.unwrap().claim_key;
            let step = countersign_protocol::qr::step(ctx.now());
            let secret = Bytes(countersign_protocol::qr::secret(&key, opened.login.id, step));
            async move { login::claim(ctx, device, opened.login.id, &Claim { secret }, "127.0.0.1").await }
        }).await;
        cast.hang_up("wrong code", async || {
            let opened = cast.push().await;
            let approval = cast.approval(&opened, "000000x").await;
            async move {
                match login::approve(ctx, device, opened.login.id, approval, "127.0.0.1").await {
                    Err(Failure::Refused(_)) => Ok(()),
                    other => panic!("a wrong code was taken: {other:?}"),
                }
            }
        }).await;
        cast.hang_up("expire", async || {
            cast.push().await;
            cast.house.pass(Duration::from_secs(121)).await;
            login::expire_due(ctx)
        }).await;
        let (caller, nik) = (cast.admin, cast.house.nik.id);
        cast.hang_up("suspend", async || {
            technicians::resume(ctx, caller, nik).await.unwrap();
            cast.push().await;
            technicians::suspend(ctx, caller, nik)
        }).await;
    }
}
