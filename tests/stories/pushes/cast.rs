//! Phones with addresses, and what a story asks of their vendors and of the record.

use countersign::domain::{Entity, Event, Fact};
use countersign_client::{OpenedLogin, random_bytes};
use countersign_protocol::{
    Bytes, DeviceId, LoginId, Purpose,
    wire::{
        LoginState,
        admin::Technician,
        desktop::{LoginView, OpenBy, OpenLogin, Reach},
        mobile::PushAddress,
    },
};
use countersign_testkit::{SoftPhone, SoftWorkstation};
use serde_json::Value;

use crate::house::{House, Node, Vendors, soon};

/// What a vendor brought to a phone: what the phone reads.
pub struct Brought {
    /// `apns`, `fcm`, `web_push` by their places.
    pub channel: usize,
    /// What the app reads.
    pub kind: String,
    /// The login, or whatever stands in its place.
    pub login: String,
    /// All that the phone gets.
    pub content: Value,
}

/// All that the vendors brought.
pub fn brought(vendors: &Vendors) -> Vec<Brought> {
    let apple = vendors.apple.deliveries().all().into_iter().map(|sent| (0, sent.payload));
    let google = vendors.google.deliveries().all().into_iter().map(|sent| {
        let mut message = sent.message;
        message.as_object_mut().unwrap().remove("token");
        (1, message)
    });
    let service = vendors.service.deliveries().all().into_iter();
    let service =
        service.map(|sent| (2, serde_json::from_slice(&sent.plaintext.unwrap()).unwrap()));
    let all = apple.chain(google).chain(service);
    all.map(|(channel, content): (usize, Value)| {
        let read = if channel == 1 { &content["data"] } else { &content };
        let word = |name: &str| read[name].as_str().unwrap_or_default().to_owned();
        Brought { channel, kind: word("kind"), login: word("login"), content }
    })
    .collect()
}

/// How often each vendor brought a notice of this kind about this login.
pub fn told(vendors: &Vendors, kind: &str, login: LoginId) -> [usize; 3] {
    let mut told = [0; 3];
    for one in brought(vendors) {
        told[one.channel] += usize::from(one.kind == kind && one.login == login.to_string());
    }
    told
}

/// Returns once this holds.
pub async fn until(holds: impl Fn() -> bool) {
    soon(async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Returns once the vendors have brought as many notices of this kind about this login.
pub async fn until_told(vendors: &Vendors, kind: &str, login: LoginId, times: [usize; 3]) {
    until(|| {
        let so_far = told(vendors, kind, login);
        let more = so_far.iter().zip(&times).any(|(so_far, times)| so_far > times);
        assert!(!more, "{kind}: {so_far:?} of {times:?}");
        so_far == times
    })
    .await;
}

/// A phone of this technician at this address.
pub async fn phone_at(house: &House, technician: &Technician, push: PushAddress) -> SoftPhone {
    let phone = house.phone_of(technician).await;
    phone.phone.set_push_address(Some(push), Some("de")).await.unwrap();
    phone
}

/// The phone.
pub fn id_of(phone: &SoftPhone) -> DeviceId {
    phone.phone.ownership().device_id
}

/// Whether its list asks the phone for an address.
pub async fn address_is_wanted(phone: &SoftPhone) -> bool {
    phone.phone.pending().await.unwrap().pending.push_address_wanted
}

/// The events of an entity, once one of them is so.
pub async fn events_until(house: &House, entity: Entity, so: impl Fn(&Fact) -> bool) -> Vec<Event> {
    soon(async {
        loop {
            let mut events = house.events().await;
            events.retain(|event| event.entity == entity);
            if events.iter().any(|event| so(&event.fact)) {
                return events;
            }
        }
    })
    .await
}

/// What became of a login's notice to this phone: `accepted`, or why not.
pub async fn fate(house: &House, login: LoginId, phone: &SoftPhone) -> String {
    let device = id_of(phone);
    let of = |fact: &Fact| match fact {
        Fact::PushAccepted { device: at, .. } if *at == device => Some("accepted".to_owned()),
        Fact::PushFailed { device: at, reason, .. } if *at == device => Some(reason.clone()),
        _ => None,
    };
    let events = events_until(house, Entity::Login(login), |fact| of(fact).is_some()).await;
    events.iter().find_map(|event| of(&event.fact)).unwrap()
}

/// Why a login's phones were not told.
pub async fn held_back(house: &House, login: LoginId) -> String {
    let of = |fact: &Fact| match fact {
        Fact::PushHeldBack { reason, .. } => Some(reason.clone()),
        _ => None,
    };
    let events = events_until(house, Entity::Login(login), |fact| of(fact).is_some()).await;
    events.iter().find_map(|event| of(&event.fact)).unwrap()
}

/// A login for this name in another session of this workstation, beside the others.
pub async fn open_beside(at: &SoftWorkstation, name: &str, os_session: &str) -> OpenedLogin {
    let opening = OpenLogin {
        by: OpenBy::Push { name: name.into() },
        purpose: Purpose::SignIn,
        os_session: os_session.into(),
        nonce: Bytes(random_bytes()),
    };
    let key = format!("beside-{}", countersign_protocol::encoding::base64url(&random_bytes::<8>()));
    at.workstation.open_as(&key, &opening).await.unwrap()
}

/// Approves a login from the app's list, as somebody does whose phone stayed dark.
pub async fn approve_from_the_list(
    phone: &SoftPhone,
    at: &SoftWorkstation,
    login: &mut OpenedLogin,
) {
    let listed = phone.pending().await.unwrap();
    assert!(listed.iter().any(|listed| listed.statement.login == login.id()), "not on the list");
    phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
    assert_eq!(soon(at.wait_decided(login)).await.unwrap(), LoginState::Approved);
}

/// The workstation sees of this login what it sees of a name that means nobody, after the first seconds.
pub async fn looks_like_nobody_s(house: &House, at: &SoftWorkstation, login: &OpenedLogin) {
    let decoy = open_beside(at, "nobody", "rdp-of-nobody").await;
    house.pass(std::time::Duration::from_secs(Reach::TRYING_SECONDS)).await;
    let view = at.workstation.login(login.id()).await.unwrap();
    let decoy = at.workstation.login(decoy.id()).await.unwrap();
    assert_eq!(view.reach, Some(Reach::Unconfirmed));
    let LoginView { id, expires_at, server_time, .. } = view;
    assert_eq!(view, LoginView { id, expires_at, server_time, ..decoy });
}

/// What a node counted of notices with this fate, by channel.
pub async fn counted(node: &Node, fate: &str) -> [u64; 3] {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let text = http.get(node.metrics.clone()).send().await.unwrap().text().await.unwrap();
    ["apns", "fcm", "web_push"].map(|channel| {
        let start = "countersign_push_notices_total{";
        let (one, other) = (format!("channel=\"{channel}\""), format!("fate=\"{fate}\""));
        let is_it =
            |line: &&str| line.starts_with(start) && line.contains(&one) && line.contains(&other);
        let line = text.lines().find(is_it);
        line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
    })
}

/// Returns once a node has counted as many.
pub async fn until_counted(node: &Node, fate: &str, times: [u64; 3]) {
    soon(async { while counted(node, fate).await != times {} }).await;
}
