//! A whole installation for one story: databases of its own, one node or more, an msp with a tenant and a
//! technician, and a clock that the story moves.

mod clock;
mod events;
mod node;
mod place;

pub use clock::StoryClock;
pub use events::{StoredEvent, versions};
pub use node::Node;
pub use place::{Behind, Place};

use std::{sync::Arc, time::Duration};

use countersign::flows::admin as admin_flows;
use countersign_client::{Admin, ServiceClock, Transport};
use countersign_protocol::{
    Instant, MspId,
    wire::admin::{
        CreateEnrolmentToken, CreateTechnician, CreateTenant, Technician, Tenant, TenantSettings,
    },
};
use countersign_testkit::{SoftPhone, SoftWorkstation, loopback};

/// Tells one story twice: on the embedded default, and on PostgreSQL and Redis.
///
/// `story! { async fn a_sentence(house: House) { ... } }`
#[macro_export]
macro_rules! story {
    ($(#[$meta:meta])* async fn $name:ident($house:ident: House) $body:block) => {
        mod $name {
            use super::*;

            async fn tell($house: $crate::house::House) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn embedded() {
                Box::pin(tell($crate::house::House::embedded().await)).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn large() {
                if let Some(house) = $crate::house::House::large().await {
                    Box::pin(tell(house)).await;
                }
            }
        }
    };
}

/// The installation.
pub struct House {
    /// Its first node; [`House::another_node`] adds more.
    pub node: Node,
    /// The time that service and clients share.
    pub clock: Arc<StoryClock>,
    /// The msp.
    pub msp: MspId,
    /// Its admin.
    pub admin: Admin,
    /// The first tenant.
    pub tenant: Tenant,
    /// `nik@example.com`, delegated to the tenant, without a phone yet.
    pub nik: Technician,
    /// Where the data is. Last, so that it outlives the nodes.
    pub place: Place,
}

impl House {
    /// One node on SQLite.
    pub async fn embedded() -> Self {
        Self::at(Place::embedded()).await
    }

    /// One node on PostgreSQL and Redis; `None` where the run has no servers.
    pub async fn large() -> Option<Self> {
        Some(Self::at(Place::shared().await?).await)
    }

    /// One node where `place` says.
    pub async fn at(place: Place) -> Self {
        let clock = Arc::new(StoryClock::start());
        let node = Node::start(&place, &clock, None).await;
        let (msp, admin) = new_msp(&node, &clock, "Acme IT").await;
        let tenant = new_tenant(&admin, "Bakery Lane").await;
        let nik = new_technician(&admin, "nik").await;
        admin.delegate(tenant.id, nik.id).await.unwrap();
        Self { node, clock, msp, admin, tenant, nik, place }
    }

    /// A second node over the same data.
    pub async fn another_node(&self) -> Node {
        Node::start(&self.place, &self.clock, Some(&self.node.public_url)).await
    }

    /// A way to the first node.
    pub fn transport(&self) -> Transport {
        self.node.transport(&self.clock)
    }

    /// Another msp on the same installation, with an admin of its own.
    pub async fn another_msp(&self) -> (MspId, Admin) {
        new_msp(&self.node, &self.clock, "Rival IT").await
    }

    /// A technician of this user name, without tenants and without a phone.
    pub async fn technician(&self, user_name: &str) -> Technician {
        new_technician(&self.admin, user_name).await
    }

    /// A phone of this technician.
    pub async fn phone_of(&self, technician: &Technician) -> SoftPhone {
        self.phone_through(self.transport(), technician).await
    }

    /// A phone of this technician that speaks to another node.
    pub async fn phone_through(&self, transport: Transport, technician: &Technician) -> SoftPhone {
        let ticket = self.admin.create_ticket(technician.id).await.unwrap();
        let name = format!("{}'s phone", technician.user_name);
        SoftPhone::enrol_through(transport, &ticket.ticket, &name, None).await.unwrap()
    }

    /// An enrolment token of this tenant, for `uses` workstations that need no confirmation.
    pub async fn token(&self, tenant: &Tenant, uses: u32) -> String {
        let asked = CreateEnrolmentToken {
            uses,
            expires_in: 3600,
            auto_confirm: true,
            workstation_id: None,
        };
        let made = self.admin.create_enrolment_token(tenant.id, &asked).await.unwrap();
        made.token.expect("a new token is shown once")
    }

    /// A workstation of the first tenant.
    pub async fn workstation(&self, host_name: &str) -> SoftWorkstation {
        let token = self.token(&self.tenant, 1).await;
        let facts = SoftWorkstation::facts(host_name);
        SoftWorkstation::enrol_through(self.transport(), &token, facts).await.unwrap()
    }

    /// Changes the first tenant's settings.
    pub async fn settings(&self, settings: TenantSettings) {
        self.admin.set_tenant_settings(self.tenant.id, &settings).await.unwrap();
    }

    /// Moves the clock, and lets every node take note of the revocations' age.
    pub async fn pass(&self, span: Duration) {
        self.clock.advance(span);
        countersign::workers::read_revocations(&self.node.context).await.unwrap();
    }

    /// Stops the clock at this instant, and lets the node take note of the revocations' age.
    pub async fn stand_at(&self, at: Instant) {
        self.clock.stand_at(at);
        countersign::workers::read_revocations(&self.node.context).await.unwrap();
    }

    /// The events so far, oldest first.
    pub async fn events(&self) -> Vec<StoredEvent> {
        events::all(&self.place).await
    }

    /// The sentences of the events so far, oldest first.
    pub async fn sentences(&self) -> Vec<String> {
        self.events().await.into_iter().map(|event| event.sentence).collect()
    }
}

async fn new_msp(node: &Node, clock: &Arc<StoryClock>, name: &str) -> (MspId, Admin) {
    let made = admin_flows::bootstrap(&node.context, name, "msp-", "story").await;
    let (msp, secret) = made.unwrap();
    (msp, Admin::new(node.transport(clock), secret.reveal().as_str()))
}

async fn new_tenant(admin: &Admin, name: &str) -> Tenant {
    let settings = TenantSettings::default();
    admin.create_tenant(&CreateTenant { name: name.into(), settings }).await.unwrap()
}

async fn new_technician(admin: &Admin, user_name: &str) -> Technician {
    let email = format!("{user_name}@example.com");
    let technician = CreateTechnician { email, user_name: user_name.into() };
    admin.create_technician(&technician).await.unwrap()
}

impl Node {
    /// A way to this node, past the environment's proxies, by the story's clock.
    pub fn transport(&self, clock: &Arc<StoryClock>) -> Transport {
        let clock = ServiceClock::from(clock::Shared(Arc::clone(clock)));
        let through = loopback(self.public_url.as_str()).unwrap();
        through.through(self.url.clone()).with_clock(clock).with_patience(Duration::from_secs(5))
    }
}
