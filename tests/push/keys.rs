//! Key files: missing, wrong, changed.

use countersign::push::Fault;
use countersign_testkit::vendors::{
    apple::Account,
    google::{Google, ServiceAccount},
};

use crate::setup::{Operator, apns, fcm, ours};

#[test]
fn only_the_channels_that_are_set_up_are_there() {
    assert!(Operator::new().channels().is_empty());
    let mut operator = Operator::new();
    operator.settings.apns.key_file = Some("AuthKey.p8".into());
    operator.settings.fcm.service_account_file = Some("service-account.json".into());
    operator.settings.web_push.key_file = Some("vapid.pem".into());
    let names: Vec<_> = operator.channels().iter().map(|channel| channel.name()).collect();
    assert_eq!(names, ["apns", "fcm", "web_push"]);
}

#[tokio::test]
async fn a_missing_key_is_trouble_until_it_is_there() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let file = operator.settings.apns.key_file.clone().unwrap();
    std::fs::remove_file(&file).unwrap();
    let (channel, to) = (operator.channel(), apns(&apple.new_device()));
    let trouble = channel.trouble().unwrap();
    let whole = trouble.to_string();
    assert!(whole.starts_with("push.apns.key_file: ") && whole.contains("AuthKey.p8"), "{whole}");
    assert_eq!(trouble.told(), "push.apns.key_file can't be used; the log says why");
    assert_eq!(operator.alert(&*channel, &to).await, ours("unreadable_keys"));
    assert_eq!(channel.reload(), Err(trouble));
    operator.file("AuthKey.p8", apple.account().p8());
    channel.reload().unwrap();
    assert_eq!(channel.trouble(), None);
    operator.alert(&*channel, &to).await.unwrap();
}

#[tokio::test]
async fn a_key_that_can_t_be_read_leaves_the_old_one_in_force() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    let (channel, to) = (operator.channel(), apns(&apple.new_device()));
    operator.alert(&*channel, &to).await.unwrap();
    operator.file("AuthKey.p8", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assert!(channel.reload().unwrap_err().to_string().contains("not a P-256 key"));
    assert_eq!(channel.trouble(), None);
    operator.alert(&*channel, &to).await.unwrap();
    assert_eq!((apple.provider_tokens(), apple.connections()), (1, 1));
}

#[tokio::test]
async fn a_key_that_apple_does_not_know_is_trouble_until_the_right_one_is_read() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    operator.file("AuthKey.p8", Account::default().p8());
    let (channel, to) = (operator.channel(), apns(&apple.new_device()));
    assert_eq!(channel.trouble(), None);
    assert_eq!(operator.alert(&*channel, &to).await, ours("InvalidProviderToken"));
    assert_eq!(
        channel.trouble().map(|it| it.told()).as_deref(),
        Some("refused: InvalidProviderToken")
    );
    operator.file("AuthKey.p8", apple.account().p8());
    channel.reload().unwrap();
    operator.alert(&*channel, &to).await.unwrap();
    assert_eq!(channel.trouble(), None);
}

#[tokio::test]
async fn a_new_service_account_is_used_after_it_was_read() {
    let mut operator = Operator::new();
    let google: Google = operator.google();
    let right = google.key_file();
    let mut wrong = right.clone();
    wrong["private_key"] = ServiceAccount::default().private_key().into();
    operator.file("service-account.json", &wrong.to_string());
    let (channel, to) = (operator.channel(), fcm(&google.new_device()));
    assert_eq!(operator.alert(&*channel, &to).await, ours("invalid_grant"));
    operator.file("service-account.json", &right.to_string());
    channel.reload().unwrap();
    operator.alert(&*channel, &to).await.unwrap();
}

#[test]
fn what_is_wrong_with_a_key_file_is_told_without_the_key() {
    let account = ServiceAccount::default();
    let key = account.private_key().lines().nth(1).unwrap();
    let good = serde_json::json!({
        "type": "service_account", "project_id": "p", "private_key_id": "k",
        "private_key": account.private_key(), "client_email": "e", "token_uri": "https://t/token",
    });
    for (member, value, told) in [
        ("type", "authorized_user", "not a service account's"),
        ("token_uri", "http://t/token", "not https"),
        ("token_uri", "nowhere", "no service account's key file"),
        ("project_id", "../p", "project_id"),
        ("private_key", "none", "no private key in PEM"),
        ("private_key", Account::default().p8(), "not an RSA key"),
    ] {
        let mut file = good.clone();
        file[member] = value.into();
        let mut operator = Operator::new();
        let path = operator.file("service-account.json", &file.to_string());
        operator.settings.fcm.service_account_file = Some(path);
        let trouble = operator.channel().trouble().unwrap().to_string();
        assert!(trouble.starts_with("push.fcm.service_account_file: "), "{trouble}");
        assert!(trouble.contains(told) && !trouble.contains(key), "{member}: {trouble}");
    }
}

#[tokio::test]
async fn roots_that_can_t_be_read_are_trouble() {
    let mut operator = Operator::new();
    let apple = operator.apple();
    for (file, told) in [("", "no certificate"), ("nothing", "no certificate")] {
        operator.settings.tls_roots = Some(operator.file("roots.pem", file));
        let trouble = operator.channel().trouble().unwrap().to_string();
        assert!(trouble.starts_with("push.tls_roots: ") && trouble.contains(told), "{trouble}");
    }
    operator.settings.tls_roots = Some("/nowhere/roots.pem".into());
    let channel = operator.channel();
    assert!(channel.trouble().unwrap().to_string().contains("/nowhere/roots.pem"));
    let fate = operator.alert(&*channel, &apns(&apple.new_device())).await;
    assert!(matches!(fate, Err(Fault::Ours { .. })));
}

#[tokio::test]
async fn an_address_of_another_channel_is_refused() {
    let mut operator = Operator::new();
    let (apple, google) = (operator.apple(), operator.google());
    let _service = operator.push_service();
    let to = [fcm(&google.new_device()), apns(&apple.new_device()), apns(&apple.new_device())];
    for (channel, to) in operator.channels().iter().zip(&to) {
        let fate = operator.alert(&**channel, to).await;
        assert_eq!(fate, crate::setup::never("wrong_channel"), "{}", channel.name());
    }
}
