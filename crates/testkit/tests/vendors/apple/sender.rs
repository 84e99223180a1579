use countersign_testkit::vendors::apple::{Account, Apple};
use countersign_testkit::vendors::{Authority, Clock, Hand};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use crate::client::{Reply, client};
use crate::signing::{es256, p256};

/// A provider of the account, on one connection to one environment.
pub struct Sender {
    pub apple: Apple,
    pub client: Client,
    pub hand: Hand,
    pub device: String,
    pub token: String,
}

impl Sender {
    pub fn start() -> Self {
        let (clock, hand) = Clock::by_hand();
        let apple = Apple::start_with(Account::default(), Authority::new(), clock);
        let client = client(apple.authority());
        let (device, token) = (apple.new_device(), provider_token(&apple, unix(&hand)));
        Self { apple, client, hand, device, token }
    }

    /// A request that Apple would take.
    pub fn request(&self) -> RequestBuilder {
        self.request_to(&self.device)
    }

    pub fn request_to(&self, device: &str) -> RequestBuilder {
        self.bare(device).body(json!({"aps": {"alert": "a login waits"}}).to_string())
    }

    /// The same without a body.
    pub fn bare(&self, device: &str) -> RequestBuilder {
        self.client
            .post(format!("{}/3/device/{device}", self.apple.url()))
            .bearer_auth(&self.token)
            .header("apns-topic", self.apple.account().topic())
            .header("apns-push-type", "alert")
    }

    /// A token made now.
    pub fn new_token(&self) -> String {
        provider_token(&self.apple, unix(&self.hand))
    }
}

pub fn unix(hand: &Hand) -> u64 {
    hand.now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// A provider token of the account, made at that second. No two are alike, since ES256 is randomized.
pub fn provider_token(apple: &Apple, issued: u64) -> String {
    let account = apple.account();
    signed(account.key_id(), &json!({"iss": account.team_id(), "iat": issued}), account.p8())
}

pub fn signed(key_id: &str, claims: &Value, p8: &str) -> String {
    es256(&p256(p8), key_id, claims)
}

pub async fn refused(request: RequestBuilder, status: u16, reason: &str) {
    let reply = Reply::to(request).await;
    assert_eq!((reply.status, reply.body["reason"].as_str()), (status, Some(reason)), "{reply:?}");
    assert_eq!(reply.header("apns-id").unwrap().len(), 36);
}

pub async fn taken(request: RequestBuilder) -> Reply {
    let reply = Reply::to(request).await;
    assert_eq!((reply.status, &reply.body), (200, &Value::Null), "{reply:?}");
    reply
}
