//! A whole installation for one story: databases of its own, one node or more, an msp with a tenant and a
//! technician, and a clock that the story moves.

mod clock;
mod events;
mod node;
mod place;
mod vendors;

pub use clock::StoryClock;
pub use events::{StoredEvent, VERSIONED, entity_key, versions};
pub use node::Node;
pub use place::{Behind, Place};
pub use vendors::Vendors;

use std::{net::IpAddr, sync::Arc, time::Duration};

use countersign::{config::Settings, flows::admin as admin_flows};
use countersign_client::{Admin, Error, ServiceClock, Transport};
use countersign_protocol::{
    Instant, MspId, ProblemCode,
    wire::admin::{
        CreateEnrolmentToken, CreateTechnician, CreateTenant, Technician, Tenant, TenantSettings,
    },
};
use countersign_testkit::{SoftPhone, SoftWorkstation, loopback};
use uuid::Uuid;

/// Tells one story twice: on the embedded default, and on PostgreSQL and Redis.
///
/// `story! { async fn a_sentence(house: House) { ... } }`, or with settings of its own
/// `story! { |settings| { settings.login.pause_s = 60; } async fn a_sentence(house: House) { ... } }`, and either
/// with push vendors `async fn a_sentence(house: House, vendors: Vendors)`
#[macro_export]
macro_rules! story {
    ($(#[$meta:meta])* async fn $($rest:tt)*) => {
        $crate::story! { |_settings| {} $(#[$meta])* async fn $($rest)* }
    };
    (|$settings:ident| $change:block $(#[$meta:meta])* async fn $name:ident($house:ident: House) $body:block) => {
        mod $name {
            #[allow(unused_imports, reason = "some need nothing of their neighbours")]
            use super::*;

            async fn tell($house: $crate::house::House) $body

            fn change($settings: &mut countersign::config::Settings) $change

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn embedded() {
                Box::pin(tell($crate::house::House::embedded_with(change).await)).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn large() {
                if let Some(house) = $crate::house::House::large_with(change).await {
                    Box::pin(tell(house)).await;
                }
            }
        }
    };
    (|$settings:ident| $change:block $(#[$meta:meta])*
        async fn $name:ident($house:ident: House, $vendors:ident: Vendors) $body:block) => {
        mod $name {
            #[allow(unused_imports, reason = "some need nothing of their neighbours")]
            use super::*;

            async fn tell($house: $crate::house::House, $vendors: $crate::house::Vendors) $body

            fn change($settings: &mut countersign::config::Settings) $change

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn embedded() {
                let place = $crate::house::Place::embedded();
                let (house, vendors) = $crate::house::House::with_vendors(place, change).await;
                Box::pin(tell(house, vendors)).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn large() {
                let Some(place) = $crate::house::Place::shared().await else { return };
                let (house, vendors) = $crate::house::House::with_vendors(place, change).await;
                Box::pin(tell(house, vendors)).await;
            }
        }
    };
}

/// What a story changes of every node's settings.
pub type Change = Arc<dyn Fn(&mut Settings) + Send + Sync>;

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
    /// The settings that every node shares.
    pub change: Change,
    /// Where the data is. Last, so that it outlives the nodes.
    pub place: Place,
}

impl House {
    /// One node on SQLite with these changes to its settings.
    pub async fn embedded_with(change: impl Fn(&mut Settings) + Send + Sync + 'static) -> Self {
        Self::at(Place::embedded(), change).await
    }

    /// One node on PostgreSQL and Redis; `None` where the run has no servers.
    pub async fn large() -> Option<Self> {
        Self::large_with(|_| {}).await
    }

    /// The same with these changes to its settings.
    pub async fn large_with(
        change: impl Fn(&mut Settings) + Send + Sync + 'static,
    ) -> Option<Self> {
        Some(Self::at(Place::shared().await?, change).await)
    }

    /// One node where `place` says, with these changes to its settings.
    pub async fn at(place: Place, change: impl Fn(&mut Settings) + Send + Sync + 'static) -> Self {
        Self::by(Arc::new(StoryClock::start()), place, Arc::new(change)).await
    }

    /// One node that tells phones through vendors of its own, with these changes to its settings besides.
    pub async fn with_vendors(
        place: Place,
        change: impl Fn(&mut Settings) + Send + Sync + 'static,
    ) -> (Self, Vendors) {
        let clock = Arc::new(StoryClock::start());
        let vendors = Vendors::start(&clock);
        let push = vendors.settings();
        let change = move |settings: &mut Settings| {
            settings.push = push.clone();
            change(settings);
        };
        (Self::by(clock, place, Arc::new(change)).await, vendors)
    }

    async fn by(clock: Arc<StoryClock>, place: Place, change: Change) -> Self {
        let node = Node::start_with(&place, &clock, None, &*change).await;
        let (msp, admin) = new_msp(&node, &clock, "Acme IT").await;
        let tenant = new_tenant(&admin, "Bakery Lane").await;
        let nik = new_technician(&admin, "nik").await;
        admin.delegate(tenant.id, nik.id).await.unwrap();
        Self { node, clock, msp, admin, tenant, nik, change, place }
    }

    /// A second node over the same data.
    pub async fn another_node(&self) -> Node {
        let url = Some(&self.node.public_url);
        Node::start_with(&self.place, &self.clock, url, &*self.change).await
    }

    /// Shuts the first node down and starts it again over its data, on its port.
    pub async fn restart(&mut self) {
        self.node.shut_down().await;
        let (url, port) = (self.node.public_url.clone(), self.node.url.port().unwrap());
        let Self { place, clock, change, .. } = &*self;
        self.node = Node::listening_at(port, place, clock, Some(&url), &**change).await;
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
        self.workstation_through(self.transport(), host_name).await
    }

    /// A workstation of the first tenant that speaks to another node.
    pub async fn workstation_through(
        &self,
        transport: Transport,
        host_name: &str,
    ) -> SoftWorkstation {
        let token = self.token(&self.tenant, 1).await;
        let facts = SoftWorkstation::facts(host_name);
        SoftWorkstation::enrol_through(transport, &token, facts).await.unwrap()
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

    /// Ends every login whose time is over, and brings that into the audit log: a story that counts entries does not
    /// meet the worker that would do it somewhere in between.
    pub async fn expire(&self) {
        while countersign::flows::login::expire_due(&self.node.context).await.unwrap() > 0 {}
        self.flush().await;
    }

    /// Brings everything that was decided so far into the audit log, and signs its head.
    pub async fn flush(&self) {
        let audit = &self.node.audit;
        while audit.flusher.step_from_outbox(Duration::ZERO).await.unwrap().looked_at > 0 {}
        countersign::audit::sign_checkpoints(&audit.notary).await.unwrap();
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

/// The refusal's code, if it was refused.
pub fn code_of<T>(result: Result<T, Error>) -> Option<ProblemCode> {
    result.err().and_then(|error| error.code())
}

/// The outcome of what must come by itself: a story that waits longer than this has lost a wake-up.
pub async fn soon<T>(outcome: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), outcome).await.expect("this comes by itself")
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
    /// Returns once a client is parked here behind this topic.
    pub async fn parks(&self, topic: impl Into<Uuid>) {
        let topic = topic.into();
        let parked = async {
            while !self.context.hub.parked_topics().contains(&topic) {
                tokio::task::yield_now().await;
            }
        };
        soon(parked).await;
    }

    /// A way to this node, past the environment's proxies, by the story's clock.
    pub fn transport(&self, clock: &Arc<StoryClock>) -> Transport {
        self.through(loopback(self.public_url.as_str()).unwrap(), clock)
    }

    /// The same from this address of the machine.
    pub fn transport_from(&self, address: IpAddr, clock: &Arc<StoryClock>) -> Transport {
        let http = reqwest::Client::builder().no_proxy().local_address(address).build();
        self.through(Transport::over(http.unwrap(), self.public_url.clone()), clock)
    }

    fn through(&self, transport: Transport, clock: &Arc<StoryClock>) -> Transport {
        let clock = ServiceClock::from(clock::Shared(Arc::clone(clock)));
        transport.through(self.url.clone()).with_clock(clock).with_patience(Duration::from_secs(5))
    }
}
