//! Every operation of the contract, and who may ask for it.

use countersign::http::whole_contract;
use countersign_client::{Admin, Answer, DeviceKey, Method, Request, Transport};
use countersign_testkit::{SoftPhone, SoftWorkstation};
use serde_json::Value;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Everyone, without credentials.
    Everyone,
    /// Whoever proves possession of a key: it is introduced here, or gets a token.
    Key,
    /// A technician's phone.
    Phone,
    /// A workstation.
    Workstation,
    /// An admin.
    Admin,
    /// Whoever reads the audit log: an admin or an auditor.
    Reader,
}

use By::{Admin as ByAdmin, Everyone, Key, Phone, Reader, Workstation};

/// Every route, and who may ask. A new route must be entered here: then it is tried with nobody's
/// credentials, with every id in its path that is another msp's or tenant's, and with bodies that are not
/// of the contract.
pub const TABLE: &[(&str, By)] = &[
    ("GET /.well-known/apple-app-site-association", Everyone),
    ("GET /.well-known/assetlinks.json", Everyone),
    ("GET /.well-known/countersign", Everyone),
    ("GET /.well-known/countersign-keys", Everyone),
    ("GET /healthz", Everyone),
    ("GET /q", Everyone),
    ("GET /enrol", Everyone),
    ("GET /readyz", Everyone),
    ("GET /admin/v1/audit/settings", ByAdmin),
    ("PATCH /admin/v1/audit/settings", ByAdmin),
    ("GET /admin/v1/audit/webhooks", ByAdmin),
    ("POST /admin/v1/audit/webhooks", ByAdmin),
    ("GET /admin/v1/audit/webhooks/{webhook}", ByAdmin),
    ("PATCH /admin/v1/audit/webhooks/{webhook}", ByAdmin),
    ("DELETE /admin/v1/audit/webhooks/{webhook}", ByAdmin),
    ("GET /admin/v1/audit/webhooks/{webhook}/dead-letters", ByAdmin),
    ("POST /admin/v1/audit/webhooks/{webhook}/dead-letters/{letter}/redeliver", ByAdmin),
    ("POST /admin/v1/audit/webhooks/{webhook}/move", ByAdmin),
    ("POST /admin/v1/audit/webhooks/{webhook}/rotate-secret", ByAdmin),
    ("POST /admin/v1/audit/webhooks/{webhook}/test", ByAdmin),
    ("GET /audit/{msp}/checkpoint", Everyone),
    ("GET /audit/{msp}/keys", Everyone),
    ("GET /audit/{msp}/tile/entries/{index}", Reader),
    ("GET /audit/{msp}/tile/{level}/{index}", Everyone),
    ("GET /admin/v1/audit", Reader),
    ("GET /admin/v1/audit/export", Reader),
    ("GET /admin/v1/audit/proofs/consistency", Reader),
    ("GET /admin/v1/audit/proofs/inclusion", Reader),
    ("GET /admin/v1/audit/tail", Reader),
    ("GET /admin/v1/audit/{position}", Reader),
    ("GET /admin/v1/devices/{device}", ByAdmin),
    ("POST /admin/v1/devices/{device}/resume", ByAdmin),
    ("POST /admin/v1/devices/{device}/suspend", ByAdmin),
    ("GET /admin/v1/technicians", ByAdmin),
    ("POST /admin/v1/technicians", ByAdmin),
    ("GET /admin/v1/technicians/{technician}", ByAdmin),
    ("GET /admin/v1/technicians/{technician}/devices", ByAdmin),
    ("POST /admin/v1/technicians/{technician}/resume", ByAdmin),
    ("POST /admin/v1/technicians/{technician}/suspend", ByAdmin),
    ("POST /admin/v1/technicians/{technician}/tickets", ByAdmin),
    ("GET /admin/v1/tenants", ByAdmin),
    ("POST /admin/v1/tenants", ByAdmin),
    ("GET /admin/v1/tenants/{tenant}", ByAdmin),
    ("PATCH /admin/v1/tenants/{tenant}", ByAdmin),
    ("GET /admin/v1/tenants/{tenant}/enrolment-tokens", ByAdmin),
    ("POST /admin/v1/tenants/{tenant}/enrolment-tokens", ByAdmin),
    ("DELETE /admin/v1/tenants/{tenant}/enrolment-tokens/{enrolment_token}", ByAdmin),
    ("GET /admin/v1/tenants/{tenant}/technicians", ByAdmin),
    ("PUT /admin/v1/tenants/{tenant}/technicians/{technician}", ByAdmin),
    ("DELETE /admin/v1/tenants/{tenant}/technicians/{technician}", ByAdmin),
    ("GET /admin/v1/tenants/{tenant}/workstations", ByAdmin),
    ("GET /admin/v1/tokens", ByAdmin),
    ("POST /admin/v1/tokens", ByAdmin),
    ("DELETE /admin/v1/tokens/{token}", ByAdmin),
    ("GET /admin/v1/workstations/{workstation}", ByAdmin),
    ("GET /admin/v1/workstations/{workstation}/accounts", ByAdmin),
    ("POST /admin/v1/workstations/{workstation}/confirm", ByAdmin),
    ("POST /admin/v1/workstations/{workstation}/release", ByAdmin),
    ("POST /admin/v1/workstations/{workstation}/resume", ByAdmin),
    ("POST /admin/v1/workstations/{workstation}/suspend", ByAdmin),
    ("POST /admin/v1/workstations/{workstation}/unfreeze", ByAdmin),
    ("POST /admin/v1/workstations/{workstation}/clear-offline-failures", ByAdmin),
    ("POST /admin/v1/workstations/{workstation}/retire", ByAdmin),
    ("GET /admin/v1/msp", ByAdmin),
    ("PATCH /admin/v1/msp", ByAdmin),
    ("GET /admin/v1/skewed-workstations", ByAdmin),
    ("DELETE /admin/v1/technicians/{technician}", ByAdmin),
    ("GET /admin/v1/open-sessions", ByAdmin),
    ("GET /admin/v1/recoveries", ByAdmin),
    ("GET /admin/v1/flagged-sessions", ByAdmin),
    ("GET /admin/v1/recoveries/{recovery}", ByAdmin),
    ("POST /admin/v1/recoveries/{recovery}/agree", ByAdmin),
    ("GET /admin/v1/sessions", ByAdmin),
    ("GET /admin/v1/sessions/{session}", ByAdmin),
    ("POST /admin/v1/sessions/{session}/end", ByAdmin),
    ("GET /admin/v1/state-changes/{change}", ByAdmin),
    ("GET /admin/v1/technicians/{technician}/blast-radius", ByAdmin),
    ("POST /admin/v1/devices/{device}/lost", ByAdmin),
    ("POST /admin/v1/tenants/{tenant}/rotate-offline-secrets", ByAdmin),
    ("GET /admin/v1/tenants/{tenant}/state-changes", ByAdmin),
    ("POST /admin/v1/workstations/{workstation}/recoveries", ByAdmin),
    ("POST /admin/v1/workstations/{workstation}/replace-offline-secrets", ByAdmin),
    ("POST /desktop/v1/offline-sessions", Workstation),
    ("POST /desktop/v1/recovery-used", Workstation),
    ("POST /desktop/v1/sessions", Workstation),
    ("POST /desktop/v1/sessions/{session}/end", Workstation),
    ("GET /desktop/v1/state", Workstation),
    ("POST /desktop/v1/state/applied", Workstation),
    ("GET /mobile/v1/offline-codes", Phone),
    ("POST /mobile/v1/offline-codes/shown", Phone),
    ("POST /desktop/v1/enrolments", Key),
    ("POST /desktop/v1/token", Key),
    ("GET /desktop/v1/self", Workstation),
    ("POST /desktop/v1/logins", Workstation),
    ("GET /desktop/v1/logins/{login}", Workstation),
    ("POST /desktop/v1/logins/{login}/cancel", Workstation),
    ("POST /desktop/v1/logins/{login}/resend", Workstation),
    ("POST /desktop/v1/logins/{login}/grant", Workstation),
    ("POST /desktop/v1/replacements/{replacement}/consent", Workstation),
    ("POST /mobile/v1/enrolments", Key),
    ("POST /mobile/v1/enrolments/finish", Key),
    ("POST /mobile/v1/sign-in", Key),
    ("POST /mobile/v1/sign-in/options", Key),
    ("POST /mobile/v1/token", Key),
    ("GET /mobile/v1/devices", Phone),
    ("PUT /mobile/v1/push-address", Phone),
    ("GET /mobile/v1/logins", Phone),
    ("GET /mobile/v1/logins/{login}", Phone),
    ("POST /mobile/v1/logins/{login}/approve", Phone),
    ("POST /mobile/v1/logins/{login}/claim", Phone),
    ("POST /mobile/v1/logins/{login}/deny", Phone),
    ("POST /mobile/v1/logins/{login}/options", Phone),
    ("POST /mobile/v1/logins/{login}/seen", Phone),
];

/// Variables of paths that are no ids, and a place that the log has once anything was recorded.
const PLACES: [(&str, &str); 3] = [("position", "0"), ("level", "0"), ("index", "000.p/1")];

/// What queries must have, of the operations that need one.
const QUERIES: [(&str, &str); 2] = [
    ("GET /admin/v1/audit/proofs/consistency", "?old=1&new=1"),
    ("GET /admin/v1/audit/proofs/inclusion", "?position=0&size=1"),
];

/// An operation of the contract.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Method and path, as in the table.
    pub name: String,
    /// Who may ask.
    pub by: Option<By>,
    /// The contract's example of its body.
    pub body: Option<Value>,
}

/// Every operation of the contract, in its order.
pub fn operations() -> Vec<Operation> {
    let contract = serde_json::to_value(whole_contract()).unwrap();
    let mut found = Vec::new();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{} {path}", method.to_uppercase());
            let by = TABLE.iter().find(|(known, _)| *known == name).map(|(_, by)| *by);
            let body = operation.get("requestBody");
            let body = body.map(|body| body["content"]["application/json"]["example"].clone());
            found.push(Operation { name, by, body });
        }
    }
    found
}

/// The operations that these callers may ask for.
pub fn operations_by(by: By) -> Vec<Operation> {
    operations().into_iter().filter(|operation| operation.by == Some(by)).collect()
}

impl Operation {
    /// The names of the ids in its path.
    pub fn ids(&self) -> Vec<String> {
        let named = self.name.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        let id = |name: &&str| PLACES.iter().all(|(place, _)| place != name);
        named.map(|(name, _)| name).filter(id).map(str::to_owned).collect()
    }

    /// A request without a body, with these ids in its path.
    pub fn bare(&self, ids: impl Fn(&str) -> String) -> Request {
        let (method, path) = self.name.split_once(' ').expect("method and path");
        let path = self
            .ids()
            .iter()
            .fold(path.to_owned(), |path, name| path.replace(&format!("{{{name}}}"), &ids(name)));
        let path = PLACES
            .iter()
            .fold(path, |path, (name, place)| path.replace(&format!("{{{name}}}"), place));
        let query = QUERIES.iter().find(|(name, _)| *name == self.name);
        let path = query.map_or(path.clone(), |(_, query)| format!("{path}{query}"));
        let request = Request::new(Method::from_bytes(method.as_bytes()).unwrap(), path);
        request.header("idempotency-key", "b1d6a4de-5f0f-4a55")
    }

    /// The same with the body of the contract's example, if it takes one.
    pub fn request(&self, ids: impl Fn(&str) -> String) -> Request {
        let bare = self.bare(ids);
        self.body.iter().fold(bare, Request::json)
    }
}

/// One caller of each kind.
pub struct Callers<'a> {
    /// The way to the service.
    pub transport: Transport,
    /// A key that nobody knows.
    pub key: DeviceKey,
    /// A phone.
    pub phone: &'a SoftPhone,
    /// A workstation.
    pub workstation: &'a SoftWorkstation,
    /// An admin.
    pub admin: &'a Admin,
}

impl Callers<'_> {
    /// Sends a request with the credentials of this kind of caller.
    pub async fn send(&self, by: By, request: Request) -> Answer {
        let answer = match by {
            Everyone => self.transport.send(request).await,
            Key => self.transport.send_proved(request, &self.key, None).await,
            Phone => self.phone.phone.send(request).await,
            Workstation => self.workstation.workstation.send(request).await,
            ByAdmin | Reader => self.admin.send(request).await,
        };
        answer.unwrap()
    }
}

#[test]
fn every_route_of_the_contract_stands_in_the_table() {
    let operations = operations();
    let missing: Vec<_> =
        operations.iter().filter(|found| found.by.is_none()).map(|found| &found.name).collect();
    assert!(missing.is_empty(), "enter these routes in the table, and who may ask: {missing:?}");
    let gone: Vec<_> = TABLE
        .iter()
        .filter(|(name, _)| !operations.iter().any(|found| found.name == *name))
        .collect();
    assert!(gone.is_empty(), "these are no routes any more: {gone:?}");
}
