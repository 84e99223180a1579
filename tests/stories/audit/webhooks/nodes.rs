//! Several nodes, and nodes that die.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use countersign::{
    config::Settings,
    store::audit::webhooks::{self, Letter},
};
use countersign_client::Paging;
use countersign_testkit::vendors::{Answer, Break, Fault};
use reqwest::StatusCode;

use super::receiver::{Receiver, by_itself, ids, numbered, sentences, webhook_story};
use crate::{
    audit::cast::record_many,
    house::{Place, soon},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_nodes_one_delivers() {
    let Some(place) = Place::shared().await else { return };
    let receiver = Receiver::at(place, |_| {}).await;
    receiver.webhook("/siem").await;
    let other = receiver.house.another_node().await;
    for round in 0..10 {
        record_many(&receiver.house, round * 10..round * 10 + 10).await;
        let nodes = [&receiver.house.node.audit.webhooks, &other.audit.webhooks];
        let mut tries = Vec::new();
        for webhooks in nodes.iter().cycle().take(6) {
            let webhooks = Arc::clone(webhooks);
            tries.push(tokio::spawn(async move { webhooks.step().await.unwrap() }));
        }
        for tried in tries {
            tried.await.unwrap();
        }
        receiver.deliver().await;
    }
    let took = receiver.took("/siem");
    assert_eq!(took.iter().flat_map(sentences).collect::<Vec<_>>(), numbered(0..100));
    let mut ids = ids(&took);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), took.len(), "nothing was sent twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_recorded_another_one_finds_and_delivers() {
    let Some(place) = Place::shared().await else { return };
    // The first node waits for others to gather, for longer than the story goes on; the second one does not.
    let nodes = AtomicUsize::new(0);
    let change = move |settings: &mut Settings| {
        if nodes.fetch_add(1, Ordering::SeqCst) > 0 {
            by_itself(settings);
        }
    };
    let receiver = Receiver::at(place, change).await;
    receiver.webhook("/siem").await;
    let _other = receiver.house.another_node().await;
    // The second time at the latest, nothing of its own makes it look: nobody tells it of what others record.
    for first in [0, 2] {
        record_many(&receiver.house, first..first + 2).await;
        let sent = soon(receiver.hook.sent().next()).await.unwrap();
        assert_eq!((sent.path.as_str(), sentences(&sent)), ("/siem", numbered(first..first + 2)));
    }
}

webhook_story! {
    async fn what_a_node_had_in_hand_when_it_died_is_sent_with_the_same_id_once_its_time_is_over(receiver: Receiver) {
        let webhook = receiver.webhook("/siem").await;
        record_many(&receiver.house, 0..2).await;
        // It dies with the request under way.
        receiver.hook.faults().next(1, Fault::Unanswered(Break::Stall));
        let dying = Arc::clone(&receiver.house.node.audit.webhooks);
        let dying = tokio::spawn(async move { dying.deliver(webhook.id).await });
        soon(receiver.hook.sent().next()).await.unwrap();
        dying.abort();
        record_many(&receiver.house, 2..3).await;
        assert_eq!(receiver.deliver().await, [], "somebody else may have it in hand");
        receiver.house.clock.advance(Duration::from_secs(60));
        receiver.deliver().await;
        let took = receiver.took("/siem");
        let told: Vec<_> = took.iter().map(sentences).collect();
        assert_eq!(told, [numbered(0..2), numbered(0..2), numbered(2..3)]);
        assert_eq!((ids(&took)[0] == ids(&took)[1], took[0].body == took[1].body), (true, true));
    }
}

webhook_story! {
    async fn who_was_away_for_too_long_notes_nothing(receiver: Receiver) {
        let webhook = receiver.webhook("/siem").await;
        record_many(&receiver.house, 0..2).await;
        let context = &receiver.house.node.context;
        let (now, slow) = (context.now(), context.id(context.now()));
        let mut across = context.store.across().await.unwrap();
        let times = (now, now + Duration::from_secs(40));
        let taken = webhooks::claim(&mut across, webhook.id, slow, times).await.unwrap().unwrap();
        assert!(webhooks::claim(&mut across, webhook.id, slow, times).await.unwrap().is_none(), "it is in hand");
        drop(across);
        receiver.house.clock.advance(Duration::from_secs(41));
        receiver.deliver().await;
        let mut across = context.store.across().await.unwrap();
        let noted = webhooks::settle(&mut across, (webhook.id, slow), &taken.standing, false).await;
        assert!(!noted.unwrap());
        drop(across);
        // Nor does it give up what somebody else has delivered.
        let letter = Letter {
            id: context.id(now),
            webhook: webhook.id,
            msp: receiver.house.msp,
            from: taken.standing.next,
            through: taken.standing.next,
            filter: taken.filter,
            attempts: 1,
            reason: "http_500".to_owned(),
            first_tried_at: now,
            given_up_at: now,
        };
        let key = (webhook.id, slow);
        let given_up = webhooks::give_up(&context.store, key, &taken.standing, &letter).await;
        assert!(!given_up.unwrap());
        let letters = receiver.house.admin.webhook_dead_letters(webhook.id, &Paging::default()).await;
        assert_eq!(letters.unwrap().items, []);
        receiver.deliver().await;
        assert_eq!(receiver.took("/siem").len(), 1);
    }
}

webhook_story! {
    by_itself,
    async fn a_service_that_starts_again_goes_on_where_it_was(receiver: Receiver) {
        let mut receiver = receiver;
        receiver.webhook("/siem").await;
        record_many(&receiver.house, 0..2).await;
        receiver.house.node.audit.webhooks.look();
        assert_eq!(sentences(&soon(receiver.hook.sent().next()).await.unwrap()), numbered(0..2));
        receiver.hook.faults().at("/siem", Answer::empty(StatusCode::BAD_GATEWAY));
        record_many(&receiver.house, 2..4).await;
        receiver.house.clock.advance(Duration::from_secs(3600));
        receiver.house.restart().await;
        receiver.hook.faults().clear();
        // Perhaps it was tried in vain meanwhile.
        receiver.house.clock.advance(Duration::from_secs(3600));
        receiver.house.node.audit.webhooks.look();
        assert_eq!(sentences(&soon(receiver.hook.sent().next()).await.unwrap()), numbered(2..4));
        receiver.deliver().await;
        let took: Vec<_> = receiver.took("/siem").iter().map(sentences).collect();
        assert_eq!(took, [numbered(0..2), numbered(2..4)]);
    }
}
