//! Entries that were never decided: an approval that nobody signed, a version that was lost or is there twice.

use std::time::Duration;

use countersign::{
    audit::verify::{Expected, Kind},
    store::audit::{NewEntry, append},
};
use countersign_protocol::{EventId, encoding::base64url};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Log,
    auditor::{first, verified},
    verify::two_mornings,
};
use crate::{house::House, story};

/// Adds an entry by the service's own means, as whoever has taken it over can.
async fn smuggle(house: &House, number: u128, mut event: Value) {
    let id = EventId(Uuid::from_u128(number));
    event["id"] = json!(id);
    let entry = NewEntry::parse(event.to_string(), id).unwrap();
    let context = &house.node.context;
    append(&context.store, &[entry], context.now()).await.unwrap();
}

/// The first event of this kind.
fn one(log: &Log, kind: &str) -> Value {
    let entry = log.entries.iter().find(|entry| entry.event.fact.word() == kind).unwrap();
    serde_json::from_str(&entry.body).unwrap()
}

story! {
    async fn an_approval_that_the_phone_did_not_sign_is_found_out(house: House) {
        let (_, log) = two_mornings(&house).await;
        let lena = house.technician("lena").await;
        house.admin.delegate(house.tenant.id, lena.id).await.unwrap();
        let hers = house.phone_of(&lena).await;
        let approved = one(&log, "login_approved");
        let mut forgeries = Vec::new();
        let mut forge = |name: &'static str, change: &dyn Fn(&mut Value)| {
            let mut event = approved.clone();
            // Another version, so that it is not only a double.
            event["version"] = json!(event["version"].as_i64().unwrap() + 1 + forgeries.len() as i64 + 1);
            change(&mut event);
            forgeries.push((name, event));
        };
        forge("another account", &|event| {
            event["statement"]["account"]["name"] = json!("root");
            event["about"]["account"] = json!("root");
        });
        forge("a statement that the entry contradicts", &|event| {
            event["about"]["account"] = json!("root");
        });
        forge("another machine's name", &|event| {
            event["sentence"] = json!("nik@example.com approved a login on W11-OTHER");
        });
        forge("another login", &|event| {
            let login = json!(Uuid::from_u128(77));
            event["statement"]["login"] = login.clone();
            event["entity"]["id"] = login;
        });
        forge("another phone", &|event| {
            let device = json!(hers.phone.ownership().device_id);
            event["statement"]["device"]["id"] = device.clone();
            event["actor"]["device"] = device;
        });
        forge("another signature", &|event| {
            event["assertion"]["response"]["signature"] = json!(base64url(&[48; 70]));
        });
        forge("another origin", &|event| {
            let data = event["assertion"]["response"]["clientDataJSON"].as_str().unwrap();
            let data = countersign_protocol::encoding::from_base64url(data).unwrap();
            let data = String::from_utf8(data).unwrap().replace("localhost", "evil.example");
            event["assertion"]["response"]["clientDataJSON"] = json!(base64url(data.as_bytes()));
        });
        forge("nobody was verified", &|event| {
            let data = event["assertion"]["response"]["authenticatorData"].as_str().unwrap();
            let mut data = countersign_protocol::encoding::from_base64url(data).unwrap();
            data[32] = 1;
            event["assertion"]["response"]["authenticatorData"] = json!(base64url(&data));
        });
        forge("no signature at all", &|event| event["assertion"] = Value::Null);
        // Everything that is sound comes first.
        let before = Log::flushed(&house).await;
        for (expected, (name, event)) in (before.size..).zip(forgeries) {
            smuggle(&house, 1000 + u128::from(expected), event).await;
            let report = verified(&house, &Expected::default()).await;
            let found = report.findings.iter().filter(|finding| finding.kind == Kind::ApprovalForged);
            let found: Vec<_> = found.map(|finding| finding.position).collect();
            assert_eq!(first(&report), Some((Some(before.size), Kind::ApprovalForged)), "{name}: {report}");
            assert_eq!(report.wrong, expected - before.size + 1, "{name}: {report}");
            assert!(found.contains(&Some(expected)) || found.len() == 3, "{name}: {report}");
        }
    }
}

story! {
    async fn a_version_that_is_missing_or_there_twice_is_found_out(house: House) {
        two_mornings(&house).await;
        house.expire().await;
        let log = Log::flushed(&house).await;
        let tenant = one(&log, "tenant_created");
        let with_version = |version: i64| {
            let mut event = tenant.clone();
            event["version"] = json!(version);
            event
        };
        // 3 overtook 2: nothing is wrong, and by the end of the log it is nowhere yet.
        smuggle(&house, 1, with_version(3)).await;
        let report = verified(&house, &Expected::default()).await;
        assert_eq!((first(&report), report.on_their_way), (None, 1), "{report}");
        house.clock.advance(Duration::from_secs(3600));
        house.expire().await;
        let later = Log::flushed(&house).await.size;
        smuggle(&house, 2, with_version(4)).await;
        let report = verified(&house, &Expected::default()).await;
        assert_eq!(first(&report), Some((Some(log.size), Kind::VersionMissing)), "{report}");
        smuggle(&house, 3, with_version(2)).await;
        let report = verified(&house, &Expected::default()).await;
        assert_eq!((first(&report), report.on_their_way), (None, 0), "{report}");
        smuggle(&house, 4, with_version(2)).await;
        let report = verified(&house, &Expected::default()).await;
        assert_eq!(first(&report), Some((Some(later + 2), Kind::VersionDoubled)), "{report}");
    }
}
