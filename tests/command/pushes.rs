//! What an operator sets up and asks for pushes, against Apple and Google on loopback.

use std::time::Duration;

use countersign_client::Admin;
use countersign_protocol::wire::{
    admin::CreateTechnician, mobile::PushAddress, service::Readiness,
};
use countersign_testkit::{
    SoftPhone, loopback,
    vendors::{
        Authority, Clock,
        apple::{Account, Apple},
        google::{Google, ServiceAccount},
    },
};

use crate::{
    bootstrapped,
    installation::{Installation, Said, Serving},
};

const APPLES_KEY: &str = "COUNTERSIGN__PUSH__APNS__KEY_FILE";
const GOOGLES_KEY: &str = "COUNTERSIGN__PUSH__FCM__SERVICE_ACCOUNT_FILE";
const NO_KEY: &str = "-----BEGIN PRIVATE KEY-----\nbm8ga2V5\n-----END PRIVATE KEY-----\n";

/// An installation whose settings name both vendors.
struct SetUp {
    installation: Installation,
    apple: Apple,
    google: Google,
}

impl SetUp {
    fn new() -> Self {
        let (authority, clock) = (Authority::new(), Clock::system());
        let apple = Apple::start_with(Account::default(), authority.clone(), clock.clone());
        let google = Google::start_with(ServiceAccount::default(), authority.clone(), clock);
        let mut installation = Installation::new();
        let file = |name: &str, text: &str| {
            std::fs::write(installation.folder().join(name), text).unwrap();
            name.to_owned()
        };
        let account = apple.account();
        let settings = [
            ("COUNTERSIGN__PUSH__TLS_ROOTS", file("vendors.pem", authority.pem())),
            (APPLES_KEY, file("AuthKey.p8", account.p8())),
            ("COUNTERSIGN__PUSH__APNS__KEY_ID", account.key_id().to_owned()),
            ("COUNTERSIGN__PUSH__APNS__TEAM_ID", account.team_id().to_owned()),
            ("COUNTERSIGN__PUSH__APNS__TOPIC", account.topic().to_owned()),
            ("COUNTERSIGN__PUSH__APNS__ENDPOINT", apple.url()),
            (GOOGLES_KEY, file("service-account.json", &google.key_file().to_string())),
            ("COUNTERSIGN__PUSH__FCM__ENDPOINT", google.url()),
        ];
        for (key, value) in settings {
            installation.set(key, value);
        }
        Self { installation, apple, google }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.installation.folder().join(name), text).unwrap();
    }

    /// Enrols a phone of nik's with each of these addresses: the admin's token and the phones' ids.
    async fn phones<const N: usize>(
        &self,
        serving: &Serving,
        addresses: [PushAddress; N],
    ) -> (String, [String; N]) {
        let token = bootstrapped(&self.installation).await;
        let admin = Admin::new(loopback(&serving.url).unwrap(), &token);
        let nik = CreateTechnician { email: "nik@example.com".into(), user_name: "nik".into() };
        let nik = admin.create_technician(&nik).await.unwrap();
        let mut ids = Vec::new();
        for push in addresses {
            let ticket = admin.create_ticket(nik.id).await.unwrap().ticket;
            let transport = admin.transport().clone();
            let phone = SoftPhone::enrol_through(transport, &ticket, "Phone", Some(push)).await;
            ids.push(phone.unwrap().phone.ownership().device_id.to_string());
        }
        (token, ids.try_into().unwrap())
    }

    async fn check(&self, token: &str, device: &str, settings: &[(&str, &str)]) -> Said {
        let asked = ["push", "check", "--token", token, "--device", device];
        self.installation.run_with(&asked, settings).await
    }
}

/// The steps that were printed, each with whether it went well.
fn steps(said: &Said) -> Vec<(bool, String)> {
    let lines = said.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let steps = lines.filter_map(|words| match words[..] {
        ["ok", step, ..] => Some((true, step.to_owned())),
        ["FAILED", step, ..] => Some((false, step.to_owned())),
        _ => None,
    });
    steps.collect()
}

#[tokio::test]
async fn push_check_prints_each_step_and_the_phone_gets_a_test() {
    let set_up = SetUp::new();
    let serving = Serving::start(&set_up.installation);
    let apples = PushAddress::Apns { token: set_up.apple.new_device(), sandbox: false };
    let googles = PushAddress::Fcm { token: set_up.google.new_device() };
    let (token, devices) = set_up.phones(&serving, [apples, googles]).await;
    for device in devices {
        let said = set_up.check(&token, &device, &[]).await;
        let all = ["keys", "token", "connection", "answer"].map(|step| (true, step.to_owned()));
        assert_eq!(steps(&said), all, "{}{}", said.stdout, said.stderr);
        assert!(said.success);
    }
    assert_eq!(set_up.apple.deliveries().next().await.unwrap().payload["kind"], "test");
    assert_eq!(set_up.google.deliveries().next().await.unwrap().data["kind"], "test");
}

#[tokio::test]
async fn push_check_with_a_wrong_key_file_names_the_step_and_the_setting() {
    let set_up = SetUp::new();
    let serving = Serving::start(&set_up.installation);
    let push = PushAddress::Apns { token: set_up.apple.new_device(), sandbox: false };
    let (token, [device]) = set_up.phones(&serving, [push]).await;
    set_up.write("wrong.p8", NO_KEY);
    let said = set_up.check(&token, &device, &[(APPLES_KEY, "wrong.p8")]).await;
    assert_eq!(steps(&said), [(false, "keys".to_owned())], "{}", said.stdout);
    assert!(said.stdout.contains("push.apns.key_file: wrong.p8"), "{}", said.stdout);
    assert!(!said.success);
    assert!(set_up.apple.deliveries().is_empty());

    // A key that can be read, and is another's: Apple says so.
    set_up.write("another.p8", Account::default().p8());
    let said = set_up.check(&token, &device, &[(APPLES_KEY, "another.p8")]).await;
    assert_eq!(steps(&said).last(), Some(&(false, "answer".to_owned())), "{}", said.stdout);
    assert!(said.stdout.contains("403: InvalidProviderToken"), "{}", said.stdout);
    assert!(!said.success);
}

#[tokio::test]
async fn push_check_of_a_phone_that_is_not_there_sends_nothing() {
    let set_up = SetUp::new();
    let token = bootstrapped(&set_up.installation).await;
    let nobody = "0197c0de-0000-7000-8000-000000000001";
    let said = set_up.check(&token, nobody, &[]).await;
    assert!(!said.success && steps(&said).is_empty(), "{}", said.stdout);
}

#[tokio::test]
async fn a_wrong_key_file_keeps_nothing_from_starting_and_hangup_reads_the_right_one() {
    let set_up = SetUp::new();
    let right = set_up.apple.account().p8();
    set_up.write("AuthKey.p8", NO_KEY);
    let serving = Serving::start(&set_up.installation);
    let (ok, detail) = told_of("apns", &serving).await;
    assert!(!ok && detail.starts_with("push.apns.key_file "), "{detail}");
    assert!(
        !detail.contains("AuthKey"),
        "anybody may ask, and files are nobody's business: {detail}"
    );
    assert_eq!(told_of("fcm", &serving).await, (true, String::new()));

    set_up.write("AuthKey.p8", right);
    assert!(!told_of("apns", &serving).await.0, "nobody has asked to read it");
    serving.signal("HUP").await;
    until_ok("apns", &serving).await;

    // What can't be read doesn't take the place of what works.
    set_up.write("AuthKey.p8", NO_KEY);
    serving.signal("HUP").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(told_of("apns", &serving).await.0);
    assert!(serving.terminated().await.success());
}

async fn until_ok(channel: &str, serving: &Serving) {
    for _ in 0..100 {
        if told_of(channel, serving).await.0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{channel} is not ok: {:?}", told_of(channel, serving).await);
}

/// What readiness says of a channel, and that the node is ready whatever it says.
async fn told_of(channel: &str, serving: &Serving) -> (bool, String) {
    let answer = serving.get("/readyz").await;
    assert_eq!(answer.status(), 200, "a channel alone turns no node away");
    let readiness: Readiness = answer.json().await.unwrap();
    let found = readiness.dependencies.into_iter().find(|found| found.name == channel);
    let found = found.expect("a channel that is set up is told of");
    (found.ok, found.detail.unwrap_or_default())
}
