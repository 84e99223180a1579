//! Rounds of random commands.

use std::collections::HashSet;

use countersign::domain::Fact;
use countersign_protocol::wire::LoginState;

use super::{belief::Belief, chance::Chance, command::Command, world::World};

/// Plays so many commands, comparing everything after each; which states were reached.
async fn play(seed: u64, commands: usize) -> HashSet<LoginState> {
    let (mut world, mut belief, mut chance) = (World::new().await, Belief::new(), Chance::of(seed));
    let mut played = Vec::new();
    let mut approvals = 0;
    for _ in 0..commands {
        // So that no quota is used up: one second a command.
        belief.pass(1);
        world.pass(1).await;
        let command = Command::any(&mut chance, belief.logins.len(), belief.active);
        played.push(command);
        let (expected, happened) = (belief.obey(command), world.obey(command).await);
        let told = || format!("seed {seed}, after {played:?}");
        assert_eq!(happened, expected, "whether it succeeds; {}", told());
        let believed: Vec<_> =
            belief.logins.iter().map(|login| (login.state, login.version)).collect();
        assert_eq!(world.seen().await, believed, "states and versions; {}", told());
        approvals += usize::from(expected && matches!(command, Command::Approve(..)));
    }
    world.cast.whole(&format!("seed {seed}")).await;
    let events = world.cast.house.events().await;
    let approved = events.iter().filter(|event| matches!(event.fact, Fact::LoginApproved { .. }));
    assert_eq!(approved.count(), approvals, "seed {seed}: nothing else approves");
    belief.logins.iter().map(|login| login.state).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_is_where_a_plain_model_says_and_approved_by_nothing_else() {
    let mut reached = HashSet::new();
    for seed in 1..=3 {
        reached.extend(play(seed, 60).await);
    }
    assert_eq!(reached.len(), 6, "rounds that reach every state: {reached:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long round"]
async fn a_login_is_where_a_plain_model_says_in_many_long_rounds() {
    for seed in 100..140 {
        play(seed, 150).await;
    }
}
