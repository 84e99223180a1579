//! No route shows one msp or tenant to another: another's id answers like an id that never was.

use countersign_client::{Answer, Method, Paging, Request};
use countersign_protocol::{
    ProblemCode,
    wire::{
        admin::{CreateEnrolmentToken, CreateTechnician, CreateTenant, TenantSettings},
        mobile::StartSignIn,
    },
};
use countersign_testkit::{SoftPhone, SoftWorkstation};
use uuid::{Uuid, uuid};

use crate::{
    accounts::{shared, visit},
    audit::with_a_letter,
    house::House,
    operations::{By, Callers, Operation, operations, operations_by},
    pending::{Pending, open},
    refusal::refusal,
    story,
};

/// An id that never was.
const NEVER: Uuid = uuid!("01890a5d-ac96-774b-bcce-b302099a8057");

/// The ids of one msp's things, as paths name them.
struct Ids(Vec<(&'static str, Uuid)>);

impl Ids {
    fn of(&self, name: &str) -> Uuid {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.unwrap_or_else(|| panic!("these stories know no id named {name}: make one")).1
    }
}

/// What an answer says, whoever asked and whenever.
fn said(answer: &Answer) -> (u16, String, Vec<String>) {
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id", "countersign-time"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    (answer.status.as_u16(), body, headers)
}

/// Checks that two answers are the same 404.
#[track_caller]
fn are_one_404(name: &str, foreign: &Answer, never: &Answer) {
    assert_eq!(said(foreign), said(never), "{name}");
    refusal(foreign, ProblemCode::NotFound);
}

/// Each choice of ids in an operation's path that are to be another's.
fn choices(operation: &Operation) -> Vec<Vec<String>> {
    let ids = operation.ids();
    let chosen = |mask: usize| {
        let in_mask = |(at, _): &(usize, &String)| mask & (1 << at) != 0;
        ids.iter().enumerate().filter(in_mask).map(|(_, name)| name.clone()).collect()
    };
    (1..1 << ids.len()).map(chosen).collect()
}

/// How many changes of this msp are on record: a refused request is too, and changes nothing.
async fn recorded(house: &House) -> usize {
    let events = house.events().await;
    events.iter().filter(|event| event.msp == house.msp && event.version > 0).count()
}

/// Everything of nik's msp that has an id, with a pending login, a spare admin token, a pending change of keys,
/// a session, a change of state and a recovery that was asked for.
async fn everything(house: &House) -> (Ids, Pending) {
    let visited = house.workstation("W11-OFFICE").await;
    visited.sync().await.unwrap();
    let phone = house.phone_of(&house.nik).await;
    let session = visit(&phone, "nik", &visited).await;
    house.settings(shared()).await;
    let pending = Pending::at(house, "W11-RECEPTION").await;
    let device = pending.phone.phone.ownership().device_id;
    let workstation = pending.workstation.workstation.id();
    let spare = countersign_protocol::wire::admin::CreateAdminToken {
        name: "spare".into(),
        ..Default::default()
    };
    let spare = house.admin.create_token(&spare).await.unwrap();
    let token = house.token(&house.tenant, 2).await;
    let facts = pending.workstation.facts.clone();
    let rebuilt = SoftWorkstation::enrol_through(house.transport(), &token, facts).await.unwrap();
    let replacement = rebuilt.enrolment.replacement_id.expect("a pending replacement");
    let tokens = house.admin.enrolment_tokens(house.tenant.id, &Paging::default()).await.unwrap();
    let enrolment_token = tokens.items.last().unwrap().id;
    let changes = house.admin.state_changes(house.tenant.id, &Paging::default()).await.unwrap();
    let recovery = house.admin.ask_for_recovery(visited.workstation.id(), "Offline").await.unwrap();
    let (webhook, letter) = with_a_letter(house, house.msp, &house.admin).await;
    house.flush().await;
    let ids = Ids(vec![
        ("msp", house.msp.0),
        ("tenant", house.tenant.id.0),
        ("technician", house.nik.id.0),
        ("device", device.0),
        ("workstation", workstation.0),
        ("token", spare.id.0),
        ("enrolment_token", enrolment_token.0),
        ("login", pending.id().0),
        ("replacement", replacement.0),
        ("session", session.id.0),
        ("change", changes.items[0].id.0),
        ("recovery", recovery.id.0),
        ("webhook", webhook.0),
        ("letter", letter.0),
    ]);
    (ids, pending)
}

/// The other msp: its admin, a workstation, a phone, and the ids that stand in paths beside another's.
struct Rival {
    admin: countersign_client::Admin,
    workstation: SoftWorkstation,
    phone: SoftPhone,
    ids: Ids,
}

async fn rival(house: &House) -> Rival {
    let (msp, admin) = house.another_msp().await;
    let (webhook, letter) = with_a_letter(house, msp, &admin).await;
    let asked = CreateTenant { name: "Mill Lane".into(), settings: TenantSettings::default() };
    let tenant = admin.create_tenant(&asked).await.unwrap();
    let asked = CreateTechnician { email: "eva@example.net".into(), user_name: "eva".into() };
    let eva = admin.create_technician(&asked).await.unwrap();
    admin.delegate(tenant.id, eva.id).await.unwrap();
    let asked =
        CreateEnrolmentToken { uses: 2, expires_in: 600, auto_confirm: true, workstation_id: None };
    let token = admin.create_enrolment_token(tenant.id, &asked).await.unwrap();
    let facts = SoftWorkstation::facts("MILL-1");
    let secret = token.token.unwrap();
    let workstation = SoftWorkstation::enrol_through(house.transport(), &secret, facts).await;
    let ticket = admin.create_ticket(eva.id).await.unwrap().ticket;
    let phone = SoftPhone::enrol_through(house.transport(), &ticket, "eva's phone", None).await;
    let ids = Ids(vec![
        ("tenant", tenant.id.0),
        ("technician", eva.id.0),
        ("enrolment_token", token.id.0),
        ("webhook", webhook.0),
        ("letter", letter.0),
    ]);
    Rival { admin, workstation: workstation.unwrap(), phone: phone.unwrap(), ids }
}

/// A workstation of another tenant of the same msp.
async fn neighbour(house: &House) -> SoftWorkstation {
    let asked = CreateTenant { name: "Mill Lane".into(), settings: TenantSettings::default() };
    let tenant = house.admin.create_tenant(&asked).await.unwrap();
    let token = house.token(&tenant, 1).await;
    let facts = SoftWorkstation::facts("MILL-1");
    SoftWorkstation::enrol_through(house.transport(), &token, facts).await.unwrap()
}

story! {
    async fn without_credentials_every_route_but_the_public_ones_answers_401(house: House) {
        let (ids, _) = everything(&house).await;
        for operation in operations() {
            let request = operation.request(|name| ids.of(name).to_string());
            let answer = house.transport().send(request).await.unwrap();
            if operation.by == Some(By::Everyone) {
                assert!(answer.status.is_success(), "{}: {}", operation.name, answer.status);
                continue;
            }
            let name = &operation.name;
            assert_eq!(answer.status, 401, "{name}: {}", String::from_utf8_lossy(&answer.body));
            assert!(answer.headers.contains_key("www-authenticate"), "{name}");
        }
    }
}

story! {
    async fn an_admin_of_another_msp_finds_nothing_here(house: House) {
        let (ids, _pending) = everything(&house).await;
        let rival = rival(&house).await;
        let before = recorded(&house).await;
        for operation in operations_by(By::Admin) {
            for chosen in choices(&operation) {
                let asked = |of: &dyn Fn(&str) -> Uuid| {
                    let id = |name: &str| {
                        let foreign = chosen.iter().any(|chosen| chosen == name);
                        if foreign { of(name) } else { rival.ids.of(name) }.to_string()
                    };
                    rival.admin.send(operation.request(id))
                };
                let foreign = asked(&|name| ids.of(name)).await.unwrap();
                let never = asked(&|_| NEVER).await.unwrap();
                are_one_404(&format!("{} {chosen:?}", operation.name), &foreign, &never);
            }
        }
        for list in ["tenants", "technicians", "tokens"] {
            let asked = Request::get(format!("/admin/v1/{list}")).query("limit", "100");
            let seen = String::from_utf8(rival.admin.send(asked).await.unwrap().body).unwrap();
            let foreign = ids.0.iter().find(|(_, id)| seen.contains(&id.to_string()));
            assert_eq!(foreign, None, "{seen}");
        }
        assert_eq!(recorded(&house).await, before, "nothing happened here");

        // The same ids are there for their own admin.
        for operation in operations_by(By::Admin) {
            let request = operation.request(|name| ids.of(name).to_string());
            let answer = house.admin.send(request).await.unwrap();
            assert_ne!(answer.status, 404, "{}", operation.name);
        }
    }
}

story! {
    async fn a_phone_of_another_msp_or_of_a_technician_without_delegation_finds_no_login(house: House) {
        let (ids, pending) = everything(&house).await;
        let elsewhere = house.workstation("W11-STORAGE").await;
        let qr = elsewhere.open_qr().await.unwrap();
        let rival = rival(&house).await;
        let ann = house.technician("ann").await;
        let anns = house.phone_of(&ann).await;
        let before = recorded(&house).await;
        for phone in [&rival.phone, &anns] {
            for operation in operations_by(By::Phone) {
                if operation.ids().is_empty() {
                    continue;
                }
                let asked = |id: Uuid| phone.phone.send(operation.request(move |_| id.to_string()));
                let never = asked(NEVER).await.unwrap();
                for login in [ids.of("login"), qr.id().0] {
                    let foreign = asked(login).await.unwrap();
                    are_one_404(&operation.name, &foreign, &never);
                }
            }
            assert_eq!(phone.pending().await.unwrap().len(), 0);
        }
        assert_eq!(recorded(&house).await, before, "nothing happened here");
        pending.phone.look_at(pending.id()).await.unwrap();
    }
}

story! {
    async fn a_colleague_with_delegation_can_not_decide_another_s_login(house: House) {
        let (ids, pending) = everything(&house).await;
        let ann = house.technician("ann").await;
        house.admin.delegate(house.tenant.id, ann.id).await.unwrap();
        let anns = house.phone_of(&ann).await;
        for operation in operations_by(By::Phone) {
            if operation.ids().is_empty() {
                continue;
            }
            let asked = |id: Uuid| anns.phone.send(operation.request(move |_| id.to_string()));
            let foreign = asked(ids.of("login")).await.unwrap();
            are_one_404(&operation.name, &foreign, &asked(NEVER).await.unwrap());
        }
        pending.phone.approve(pending.id(), &pending.code).await.unwrap();
    }
}

story! {
    async fn a_workstation_of_another_tenant_or_msp_or_beside_it_finds_nothing(house: House) {
        let (ids, pending) = everything(&house).await;
        let (rival, neighbour) = (rival(&house).await, neighbour(&house).await);
        let beside = house.workstation("W11-STORAGE").await;
        let stranger = [&rival.workstation, &neighbour, &beside];
        for workstation in stranger {
            workstation.workstation.own().await.unwrap();
        }
        let before = recorded(&house).await;
        for workstation in stranger {
            for operation in operations_by(By::Workstation) {
                if operation.ids().is_empty() {
                    continue;
                }
                let asked = |of: &dyn Fn(&str) -> Uuid| {
                    let request = operation.request(|name| of(name).to_string());
                    workstation.workstation.send(request)
                };
                let foreign = asked(&|name| ids.of(name)).await.unwrap();
                let never = asked(&|_| NEVER).await.unwrap();
                are_one_404(&operation.name, &foreign, &never);
            }
        }
        assert_eq!(recorded(&house).await, before, "nothing happened here");
        pending.workstation.workstation.login(pending.id()).await.unwrap();
    }
}

story! {
    async fn ids_in_bodies_are_behind_the_same_walls(house: House) {
        let (ids, pending) = everything(&house).await;
        let rival = rival(&house).await;
        let tenant = format!("/admin/v1/tenants/{}/enrolment-tokens", rival.ids.of("tenant"));
        let token_for = |workstation: Uuid| {
            let asked = CreateEnrolmentToken {
                uses: 1,
                expires_in: 600,
                auto_confirm: true,
                workstation_id: Some(workstation.into()),
            };
            rival.admin.send(Request::post(tenant.as_str()).json(&asked))
        };
        let foreign = token_for(ids.of("workstation")).await.unwrap();
        assert_eq!(said(&foreign), said(&token_for(NEVER).await.unwrap()));
        assert!(foreign.status.is_client_error());

        let key = pending.phone.phone.key();
        let sign_in = |msp, device: Uuid| {
            let body = StartSignIn { msp_id: msp, device_id: device.into() };
            let asked = Request::new(Method::POST, "/mobile/v1/sign-in/options").json(&body);
            let transport = house.transport();
            async move { transport.send_proved(asked, key, None).await.unwrap() }
        };
        let theirs = rival.phone.phone.ownership();
        let foreign = sign_in(theirs.msp_id, theirs.device_id.0).await;
        refusal(&foreign, ProblemCode::InvalidGrant);
        assert_eq!(said(&foreign), said(&sign_in(house.msp, NEVER).await));
        let crossed = sign_in(theirs.msp_id, ids.of("device")).await;
        assert_eq!(said(&foreign), said(&crossed));
    }
}

story! {
    async fn one_tenant_s_names_are_nothing_in_another(house: House) {
        // Nik works for the bakery only: at the mill, the name opens a decoy.
        let phone = house.phone_of(&house.nik).await;
        let workstation = neighbour(&house).await;
        let (login, code) = open(&workstation).await;
        assert_eq!(phone.pending().await.unwrap().len(), 0);
        let callers = Callers {
            transport: house.transport(),
            key: countersign_client::DeviceKey::generate().unwrap(),
            phone: &phone,
            workstation: &workstation,
            admin: &house.admin,
        };
        let asked = Request::get(format!("/mobile/v1/logins/{}", login.id()));
        refusal(&callers.send(By::Phone, asked).await, ProblemCode::NotFound);
        assert_eq!(code.len(), 6);
    }
}
