use std::time::Duration;

use countersign_testkit::vendors::apple::{Account, Reason};
use serde_json::json;

use super::Sender;
use super::sender::{provider_token, refused, signed, taken, unix};
use crate::signing::{hs256, unsigned};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_token_that_the_team_did_not_sign_is_refused() {
    let mut sender = Sender::start();
    let (account, now) = (sender.apple.account().clone(), unix(&sender.hand));
    let claims = json!({"iss": account.team_id(), "iat": now});
    for token in [
        signed("OTHERKEY12", &claims, account.p8()),
        signed(account.key_id(), &json!({"iss": "OTHERTEAM1", "iat": now}), account.p8()),
        signed(account.key_id(), &claims, Account::default().p8()),
        signed(account.key_id(), &json!({"iss": account.team_id()}), account.p8()),
        signed(account.key_id(), &json!({"iss": account.team_id(), "iat": now + 60}), account.p8()),
        hs256(account.p8().as_bytes(), account.key_id(), &claims),
        unsigned(account.key_id(), &claims),
        "no.jwt".to_owned(),
        sender.token.replace('.', ""),
    ] {
        sender.token = token;
        refused(sender.request(), 403, "InvalidProviderToken").await;
    }
    assert_eq!(sender.apple.provider_tokens(), 0);
}

#[tokio::test]
async fn a_request_without_a_token_is_refused() {
    let sender = Sender::start();
    let url = format!("{}/3/device/{}", sender.apple.url(), sender.device);
    refused(sender.client.post(&url), 403, "MissingProviderToken").await;
    refused(sender.client.post(&url).basic_auth("me", Some("x")), 403, "MissingProviderToken")
        .await;
}

#[tokio::test]
async fn a_token_is_good_for_an_hour() {
    let mut sender = Sender::start();
    taken(sender.request()).await;
    sender.hand.advance(60 * MINUTE);
    taken(sender.request()).await;
    sender.hand.advance(Duration::from_secs(1));
    refused(sender.request(), 403, "ExpiredProviderToken").await;
    sender.token = provider_token(&sender.apple, unix(&sender.hand) - 3601);
    refused(sender.request(), 403, "ExpiredProviderToken").await;
    assert_eq!(sender.apple.provider_tokens(), 1);
}

#[tokio::test]
async fn a_second_token_within_twenty_minutes_is_one_too_many() {
    let mut sender = Sender::start();
    taken(sender.request()).await;
    let second = sender.new_token();
    let first = std::mem::replace(&mut sender.token, second);
    refused(sender.request(), 429, "TooManyProviderTokenUpdates").await;
    sender.hand.advance(20 * MINUTE);
    taken(sender.request()).await;
    sender.token = first;
    taken(sender.request()).await;
    assert_eq!(sender.apple.provider_tokens(), 2);
}

#[tokio::test]
async fn after_an_expired_one_one_new_token_is_let_through_at_once() {
    let mut sender = Sender::start();
    taken(sender.request()).await;
    sender.apple.disown_provider_tokens();
    refused(sender.request(), 403, "ExpiredProviderToken").await;
    let renewed = sender.new_token();
    let expired = std::mem::replace(&mut sender.token, renewed);
    taken(sender.request()).await;

    // A straggler changes nothing.
    let renewed = std::mem::replace(&mut sender.token, expired);
    refused(sender.request(), 403, "ExpiredProviderToken").await;
    sender.token = sender.new_token();
    refused(sender.request(), 429, "TooManyProviderTokenUpdates").await;
    sender.token = renewed;
    taken(sender.request()).await;
}

#[tokio::test]
async fn a_token_made_before_the_answer_is_no_answer_to_it() {
    let mut sender = Sender::start();
    taken(sender.request()).await;
    let made_before = sender.new_token();
    sender.hand.advance(MINUTE);
    sender.apple.disown_provider_tokens();
    refused(sender.request(), 403, "ExpiredProviderToken").await;
    sender.token = made_before;
    refused(sender.request(), 429, "TooManyProviderTokenUpdates").await;
}

#[tokio::test]
async fn a_scripted_expiry_lets_a_new_token_through_too() {
    let mut sender = Sender::start();
    taken(sender.request()).await;
    sender.apple.faults().next(1, Reason::ExpiredProviderToken);
    refused(sender.request(), 403, "ExpiredProviderToken").await;
    sender.token = sender.new_token();
    taken(sender.request()).await;
}
