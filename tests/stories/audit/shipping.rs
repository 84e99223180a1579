//! Checkpoints leave the house, and nothing is signed that contradicts what others have.

use std::{path::PathBuf, sync::Arc, time::Duration};

use countersign::{
    audit::{
        Because, reopen, sign_checkpoints,
        verify::{Expected, Kind, notes_in},
    },
    config::Settings,
};
use countersign_protocol::wire::admin::CreateTenant;
use countersign_testkit::vendors::{Answer, hook::Hook};
use tempfile::TempDir;

use super::{
    Log,
    attack::{behind, keep, put_back, without_triggers},
    auditor::{first, verified},
};
use crate::house::{House, Place};

/// A house whose checkpoints go to a file, a webhook and a bucket.
struct Shipped {
    house: House,
    hook: Hook,
    file: PathBuf,
    _folder: TempDir,
}

impl Shipped {
    async fn at(place: Place) -> Self {
        Self::with(place, |_| {}).await
    }

    /// Checkpoints go to the bucket alone: nothing that this node keeps knows of them.
    async fn to_a_bucket(place: Place) -> Self {
        Self::with(place, |settings| {
            settings.audit.ship.file = None;
            settings.audit.ship.webhook = None;
        })
        .await
    }

    async fn with(place: Place, change: fn(&mut Settings)) -> Self {
        let (hook, folder) = (Hook::start(), TempDir::new().unwrap());
        let (roots, token) = (folder.path().join("roots.pem"), folder.path().join("token"));
        hook.authority().write_pem(&roots).unwrap();
        std::fs::write(&token, "a-token\n").unwrap();
        let file = folder.path().join("checkpoints");
        let (url, shipped_to) = (hook.url(), file.clone());
        let changed = move |settings: &mut Settings| {
            let audit = &mut settings.audit;
            audit.calls.tls_roots = Some(roots.clone());
            audit.calls.allowed_networks =
                ["127.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap()).to_vec();
            audit.ship.file = Some(shipped_to.clone());
            audit.ship.webhook = Some(format!("{url}/hook").as_str().into());
            audit.ship.s3_put = Some(format!("{url}/bucket/logs").as_str().into());
            audit.ship.bearer_file = Some(token.clone());
            // By the story alone.
            audit.ship.every_s = 3600;
            change(settings);
        };
        Self { house: House::at(place, changed).await, hook, file, _folder: folder }
    }

    async fn ship(&self) -> Result<usize, countersign::domain::Failure> {
        self.house.node.audit.shipper.ship().await
    }

    fn in_file(&self) -> Vec<String> {
        notes_in(&std::fs::read_to_string(&self.file).unwrap()).unwrap()
    }
}

macro_rules! shipping_story {
    (async fn $name:ident($shipped:ident: Shipped) $body:block) => {
        shipping_story! { at, async fn $name($shipped: Shipped) $body }
    };
    ($begin:ident, async fn $name:ident($shipped:ident: Shipped) $body:block) => {
        mod $name {
            use super::*;

            async fn tell($shipped: Shipped) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn embedded() {
                Box::pin(tell(Shipped::$begin(Place::embedded()).await)).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn large() {
                if let Some(place) = Place::shared().await {
                    Box::pin(tell(Shipped::$begin(place).await)).await;
                }
            }
        }
    };
}

shipping_story! {
    async fn the_newest_checkpoint_of_each_log_goes_to_each_place_once(shipped: Shipped) {
        let house = &shipped.house;
        house.workstation("W11-RECEPTION").await;
        let log = Log::flushed(house).await;
        shipped.ship().await.unwrap();
        let newest = log.notes.last().unwrap();
        let at_hook: Vec<_> = shipped.hook.sent().all();
        let ours: Vec<_> = at_hook.iter().filter(|sent| sent.body == newest.as_bytes()).collect();
        assert_eq!(ours.len(), 2, "{at_hook:?}");
        let [posted, put] = ours[..] else { unreachable!() };
        assert_eq!((posted.method.as_str(), posted.path.as_str()), ("POST", "/hook"));
        let expected = format!("/bucket/logs/{}/{:020}", log.opened(newest).origin, log.size);
        assert_eq!((put.method.as_str(), put.path.as_str()), ("PUT", expected.as_str()));
        assert_eq!(put.header("authorization"), Some("Bearer a-token"));
        assert!(shipped.in_file().contains(newest));
        // Once: nothing has grown.
        let before = (shipped.hook.sent().len(), shipped.in_file().len());
        assert_eq!(shipped.ship().await.unwrap(), 0);
        assert_eq!((shipped.hook.sent().len(), shipped.in_file().len()), before);
        let kept = Expected { notes: shipped.in_file(), keys: Vec::new() };
        assert_eq!(first(&verified(house, &kept).await), None);
    }
}

shipping_story! {
    async fn a_place_that_fails_is_tried_again_and_holds_up_no_other(shipped: Shipped) {
        let house = &shipped.house;
        house.workstation("W11-RECEPTION").await;
        let log = Log::flushed(house).await;
        let newest = log.notes.last().unwrap();
        shipped.hook.faults().at("/hook", Answer::empty(reqwest::StatusCode::SERVICE_UNAVAILABLE));
        assert!(shipped.ship().await.is_err());
        let took = |path: &str| {
            let sent = shipped.hook.sent().all();
            sent.iter().any(|sent| sent.path.starts_with(path) && sent.body == newest.as_bytes())
        };
        assert!(took("/bucket") && shipped.in_file().contains(newest) && !took("/hook"));
        shipped.hook.faults().clear();
        shipped.ship().await.unwrap();
        assert!(!took("/hook"), "it is left alone for a while");
        house.clock.advance(Duration::from_secs(6));
        shipped.ship().await.unwrap();
        assert!(took("/hook"));
    }
}

async fn tenant(house: &House, number: u32) {
    let name = format!("Tenant {number}");
    house.admin.create_tenant(&CreateTenant { name, settings: Default::default() }).await.unwrap();
}

shipping_story! {
    async fn nothing_is_signed_below_what_was_shipped_until_the_log_is_reopened(shipped: Shipped) {
        let mut shipped = shipped;
        let workstation = shipped.house.workstation("W11-RECEPTION").await;
        Log::flushed(&shipped.house).await;
        without_triggers(&shipped.house).await;
        keep(&shipped.house, "old").await;
        workstation.open_push("nobody").await.unwrap();
        workstation.open_push("nobody").await.unwrap();
        let lost = Log::flushed(&shipped.house).await;
        shipped.ship().await.unwrap();
        let newest = lost.notes.last().unwrap().clone();
        put_back(&shipped.house, "old").await;
        shipped.house.restart().await;
        let house = &shipped.house;
        // One entry more than the backup: still fewer than were shipped.
        tenant(house, 0).await;
        let audit = Arc::clone(&house.node.audit);
        while audit.flusher.step_from_outbox(Duration::ZERO).await.unwrap().looked_at > 0 {}
        let refused = sign_checkpoints(&audit.notary).await.unwrap_err();
        assert!(format!("{refused:?}").contains("audit reopen"), "{refused:?}");
        // Nor above it: the log is another one by then.
        for number in 1..5 {
            tenant(house, number).await;
        }
        while audit.flusher.step_from_outbox(Duration::ZERO).await.unwrap().looked_at > 0 {}
        let refused = sign_checkpoints(&audit.notary).await.unwrap_err();
        assert!(format!("{refused:?}").contains("audit reopen"), "{refused:?}");
        let kept = Expected { notes: vec![newest.clone()], keys: Vec::new() };
        let report = verified(house, &kept).await;
        assert_eq!(report.findings[0].kind, Kind::HistoryRewritten, "{report}");
        let because = Because { checkpoint: Some(newest), reason: None };
        reopen(&audit.notary, house.msp, because).await.unwrap();
        house.flush().await;
        shipped.ship().await.unwrap();
        let log = Log::read(&house.place, house.msp).await;
        assert!(log.opened(log.notes.last().unwrap()).origin.ends_with("/2"));
        assert!(shipped.in_file().contains(log.notes.last().unwrap()));
        // By then it had others in their places, as one that somebody rewrote: both are told alike, and as no sound log.
        let report = verified(house, &kept).await;
        let told: Vec<_> = report.findings.iter().map(|found| (found.position, found.through, found.kind)).collect();
        assert_eq!(told, [(Some(0), Some(lost.size - 1), Kind::RewritingAcknowledged)], "{report}");
        assert_eq!((report.sound, report.losses.len(), report.exit_code()), (false, 0, 29), "{report}");
    }
}

/// Everything that was decided stands in the log, and is not signed.
async fn recorded(house: &House) {
    let flusher = &house.node.audit.flusher;
    while flusher.step_from_outbox(Duration::ZERO).await.unwrap().looked_at > 0 {}
}

shipping_story! {
    to_a_bucket,
    async fn what_is_in_a_bucket_stays_and_nothing_is_signed_that_contradicts_it(shipped: Shipped) {
        let mut shipped = shipped;
        let before = Log::flushed(&shipped.house).await;
        without_triggers(&shipped.house).await;
        keep(&shipped.house, "old").await;
        for number in 0..3 {
            tenant(&shipped.house, number).await;
        }
        let lost = Log::flushed(&shipped.house).await;
        assert_eq!(lost.size, before.size + 3);
        let newest = lost.notes.last().unwrap().clone();
        let path = format!("/bucket/logs/{}/{:020}", lost.opened(&newest).origin, lost.size);
        // Again, since its own note of it was lost: the same is no contradiction.
        for _ in 0..2 {
            behind(&shipped.house, "DELETE FROM audit_shipments").await;
            assert!(shipped.ship().await.unwrap() > 0);
            assert_eq!(shipped.hook.object(&path).unwrap(), newest.as_bytes());
        }
        put_back(&shipped.house, "old").await;
        shipped.house.restart().await;
        for number in 10..13 {
            tenant(&shipped.house, number).await;
        }
        let second = Log::flushed(&shipped.house).await;
        assert!(second.size == lost.size && second.notes.last() != Some(&newest));
        // By itself or now, with the same end.
        let _ = shipped.ship().await;
        assert_eq!(shipped.hook.object(&path).unwrap(), newest.as_bytes(), "the evidence stays");
        for number in 20..22 {
            tenant(&shipped.house, number).await;
            recorded(&shipped.house).await;
            let refused = sign_checkpoints(&shipped.house.node.audit.notary).await.unwrap_err();
            assert!(format!("{refused:?}").contains("audit reopen"), "{refused:?}");
            shipped.house.restart().await;
        }
        let house = &shipped.house;
        let because = Because { checkpoint: Some(newest), reason: None };
        reopen(&house.node.audit.notary, house.msp, because).await.unwrap();
        let log = Log::flushed(house).await;
        let _ = shipped.ship().await;
        let newest = log.notes.last().unwrap();
        let origin = log.opened(newest).origin;
        let path = format!("/bucket/logs/{origin}/{:020}", log.size);
        assert!(origin.ends_with("/2"));
        assert_eq!(shipped.hook.object(&path).unwrap(), newest.as_bytes());
    }
}
