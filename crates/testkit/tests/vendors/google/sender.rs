use countersign_testkit::vendors::google::{Google, ServiceAccount};
use countersign_testkit::vendors::{Authority, Clock, Hand};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::client::{Reply, client};
use crate::signing::rs256;

pub const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";

/// A holder of the project's key file.
pub struct Sender {
    pub google: Google,
    pub client: Client,
    pub hand: Hand,
    pub device: String,
    pub access_token: String,
}

impl Sender {
    pub async fn start() -> Self {
        let (clock, hand) = Clock::by_hand();
        let google = Google::start_with(ServiceAccount::default(), Authority::new(), clock);
        let client = client(google.authority());
        let device = google.new_device();
        let mut sender = Self { google, client, hand, device, access_token: String::new() };
        sender.renew().await;
        sender
    }

    /// Exchanges a new assertion.
    pub async fn renew(&mut self) {
        let reply = Reply::to(self.exchange(&self.assertion(&self.claims()))).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body["access_token"].as_str().unwrap().clone_into(&mut self.access_token);
    }

    pub fn claims(&self) -> Value {
        let now = crate::apple::unix(&self.hand);
        json!({
            "iss": self.google.account().email(), "aud": self.google.token_uri(), "scope": SCOPE,
            "iat": now, "exp": now + 3600,
        })
    }

    pub fn assertion(&self, claims: &Value) -> String {
        let account = self.google.account();
        rs256(account.private_key(), account.key_id(), claims)
    }

    pub fn exchange(&self, assertion: &str) -> RequestBuilder {
        let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        self.form(&[("grant_type", grant), ("assertion", assertion)])
    }

    pub fn form(&self, fields: &[(&str, &str)]) -> RequestBuilder {
        let form =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.client
            .post(self.google.token_uri())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
    }

    /// A message of that body.
    pub fn send(&self, body: &Value) -> RequestBuilder {
        self.client
            .post(self.url(self.google.account().project()))
            .bearer_auth(&self.access_token)
            .json(body)
    }

    pub fn url(&self, project: &str) -> String {
        format!("{}/v1/projects/{project}/messages:send", self.google.url())
    }

    /// A message that Google would take.
    pub fn message(&self) -> Value {
        json!({"message": {
            "token": self.device,
            "data": {"login": "1"},
            "android": {"priority": "HIGH", "ttl": "60s", "collapse_key": "login-1"},
        }})
    }
}
