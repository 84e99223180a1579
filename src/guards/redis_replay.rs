//! Used proofs across nodes: in Redis, and in a SQL table while Redis is down.
//!
//! Neither memory knows what the other was told, and a Redis that comes back may have lost its own.
//! So each switch, in either direction, begins a new memory, and proofs issued before it are
//! refused: a client makes a new one. Nodes don't notice a return in the same instant: a
//! proof issued within [`RedisReplay::OVERLAP`] after this node's return may have been, or may yet
//! be, used on a node that still takes Redis for dead, so it is looked up in both memories.
//!
//! What remains: while one node is cut off from a Redis that others still reach, a proof can be
//! used once there and once here. It needs the proof and its token, within the proof's few seconds
//! of life.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use countersign_protocol::Instant;

use super::{Replay, ReplayTable, SharedKeys, Unavailable};
use crate::redis_link::State;

/// The used proofs of all nodes.
pub struct RedisReplay {
    keys: Arc<dyn SharedKeys>,
    table: Arc<dyn ReplayTable>,
    lead: Duration,
}

impl RedisReplay {
    /// For how long after one node's return another may still take Redis for dead: more than its
    /// longest back-off and a few attempts to connect.
    pub const OVERLAP: Duration = Duration::from_secs(5);

    /// A memory over `keys` that falls back to `table`. `lead` is how far ahead of the service's
    /// clock the caller lets `issued_at` lie: a proof from the future may have been used before a
    /// switch that it seems to follow. All proofs are refused for so long after a switch.
    #[must_use]
    pub fn new(keys: Arc<dyn SharedKeys>, table: Arc<dyn ReplayTable>, lead: Duration) -> Self {
        Self { keys, table, lead }
    }

    /// Whether a proof may have been used before the last switch. Its millisecond counts as before.
    fn may_predate_switch(&self, issued_at: Instant) -> bool {
        issued_at <= self.keys.state().since() + self.lead
    }
}

#[async_trait]
impl Replay for RedisReplay {
    async fn first_use(
        &self,
        key: [u8; 32],
        issued_at: Instant,
        keep: Duration,
        now: Instant,
    ) -> Result<bool, Unavailable> {
        if self.may_predate_switch(issued_at) {
            return Ok(false);
        }
        let fresh_in_redis = match self.keys.state() {
            State::Up { .. } => self.keys.mark_used(key, keep).await.ok(),
            State::Down { .. } => None,
        };
        // The link may have switched during the command: only the state after it counts.
        if fresh_in_redis == Some(false) || self.may_predate_switch(issued_at) {
            return Ok(false);
        }
        match (self.keys.state(), fresh_in_redis) {
            (State::Up { since }, Some(true)) if issued_at > since + self.lead + Self::OVERLAP => {
                Ok(true)
            }
            // Up, but this command failed or was not tried: no memory has been asked.
            (State::Up { .. }, None) => Err(Unavailable),
            _ => self.table.insert(key, now + keep).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{HashSet, VecDeque},
        sync::Mutex,
    };

    use super::*;

    const KEEP: Duration = Duration::from_secs(60);
    const PROOF: [u8; 32] = [1; 32];

    fn at(seconds: i64) -> Instant {
        Instant::from_unix_millis(seconds * 1000)
    }

    fn up(since: i64) -> State {
        State::Up { since: at(since) }
    }

    fn down(since: i64) -> State {
        State::Down { since: at(since) }
    }

    /// A link whose state is set by the test, also by what happens during a command.
    struct Script {
        state: Mutex<State>,
        during_command: Mutex<VecDeque<(State, bool)>>,
        used: Mutex<HashSet<[u8; 32]>>,
    }

    #[async_trait]
    impl SharedKeys for Script {
        fn state(&self) -> State {
            *self.state.lock().unwrap()
        }

        async fn mark_used(&self, proof: [u8; 32], _: Duration) -> Result<bool, Unavailable> {
            let fresh = self.used.lock().unwrap().insert(proof);
            match self.during_command.lock().unwrap().pop_front() {
                Some((state, answers)) => {
                    *self.state.lock().unwrap() = state;
                    if answers { Ok(fresh) } else { Err(Unavailable) }
                }
                None => Ok(fresh),
            }
        }

        async fn take(
            &self,
            _: &str,
            _: Duration,
            _: Duration,
        ) -> Result<Option<Duration>, Unavailable> {
            Err(Unavailable)
        }
    }

    #[derive(Default)]
    struct Table(Mutex<HashSet<[u8; 32]>>);

    #[async_trait]
    impl ReplayTable for Table {
        async fn insert(&self, key: [u8; 32], _: Instant) -> Result<bool, Unavailable> {
            Ok(self.0.lock().unwrap().insert(key))
        }
    }

    struct World {
        link: Arc<Script>,
        table: Arc<Table>,
        replay: RedisReplay,
    }

    impl World {
        fn new(state: State) -> Self {
            let link = Arc::new(Script {
                state: Mutex::new(state),
                during_command: Mutex::default(),
                used: Mutex::default(),
            });
            let table = Arc::new(Table::default());
            let replay =
                RedisReplay::new(Arc::clone(&link) as _, Arc::clone(&table) as _, Duration::ZERO);
            Self { link, table, replay }
        }

        fn switch(&self, state: State) {
            *self.link.state.lock().unwrap() = state;
        }

        fn switches_during_command(&self, state: State, answers: bool) {
            self.link.during_command.lock().unwrap().push_back((state, answers));
        }

        async fn first_use(&self, issued_at: i64, now: i64) -> Result<bool, Unavailable> {
            self.replay.first_use(PROOF, at(issued_at), KEEP, at(now)).await
        }

        fn table_rows(&self) -> usize {
            self.table.0.lock().unwrap().len()
        }
    }

    #[tokio::test]
    async fn while_redis_is_up_a_proof_is_used_once_and_costs_no_sql() {
        let world = World::new(up(0));
        assert_eq!(world.first_use(100, 100).await, Ok(true));
        assert_eq!(world.first_use(100, 101).await, Ok(false));
        assert_eq!(world.table_rows(), 0);
    }

    #[tokio::test]
    async fn while_redis_is_down_a_proof_is_used_once_by_the_table() {
        let world = World::new(down(0));
        assert_eq!(world.first_use(100, 100).await, Ok(true));
        assert_eq!(world.first_use(100, 101).await, Ok(false));
        assert_eq!(world.table_rows(), 1);
    }

    #[tokio::test]
    async fn a_proof_used_before_redis_went_down_is_refused_after() {
        let world = World::new(up(0));
        assert_eq!(world.first_use(100, 100).await, Ok(true));
        world.switch(down(101));
        assert_eq!(world.first_use(100, 102).await, Ok(false));
        assert_eq!(world.table_rows(), 0, "it was refused by its age");
    }

    #[tokio::test]
    async fn a_proof_used_before_redis_came_back_is_refused_after() {
        let world = World::new(down(0));
        assert_eq!(world.first_use(100, 100).await, Ok(true));
        world.switch(up(101));
        assert_eq!(world.first_use(100, 110).await, Ok(false));
        assert!(world.link.used.lock().unwrap().is_empty(), "it was refused by its age");
    }

    #[tokio::test]
    async fn a_proof_whose_command_found_redis_dead_is_refused() {
        let world = World::new(up(0));
        world.switches_during_command(down(101), false);
        assert_eq!(world.first_use(100, 101).await, Ok(false));
        assert_eq!(world.table_rows(), 0);
    }

    #[tokio::test]
    async fn a_proof_whose_command_was_answered_by_a_server_that_came_back_is_refused() {
        let world = World::new(up(0));
        world.switches_during_command(up(101), true);
        assert_eq!(world.first_use(100, 101).await, Ok(false));
    }

    #[tokio::test]
    async fn a_command_that_fails_while_the_link_stays_up_lets_nothing_through() {
        let world = World::new(up(0));
        world.switches_during_command(up(0), false);
        assert_eq!(world.first_use(100, 100).await, Err(Unavailable));
    }

    #[tokio::test]
    async fn a_proof_issued_just_after_a_return_is_sought_in_both_memories_however_late() {
        let world = World::new(up(100));
        world.table.0.lock().unwrap().insert(PROOF); // by a node that still took Redis for dead
        assert_eq!(world.first_use(102, 102).await, Ok(false));
        let late = World::new(up(100));
        late.table.0.lock().unwrap().insert(PROOF);
        assert_eq!(late.first_use(102, 130).await, Ok(false));
    }

    #[tokio::test]
    async fn a_proof_from_the_future_is_refused_for_the_lead_after_a_switch() {
        let mut world = World::new(up(100));
        world.replay.lead = Duration::from_secs(5);
        assert_eq!(world.first_use(105, 101).await, Ok(false));
        assert_eq!(world.first_use(106, 106).await, Ok(true));
    }
}
