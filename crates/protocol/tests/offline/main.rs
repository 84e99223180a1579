//! Offline codes through rotations, lost answers, leavers, restarts and wrong clocks, in any order: whatever
//! happens, the rules of phone and workstation hold.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test fails by panicking
#![allow(clippy::disallowed_methods)] // new secrets in each run

mod guessing;
mod oathtool;
mod service;
mod world;

use proptest::prelude::*;

use service::Mode;
use world::{Step, World};

const TECHNICIANS: usize = 3;
const WORKSTATIONS: usize = 2;

fn step() -> impl Strategy<Value = Step> {
    let (t, w) = (0..TECHNICIANS, 0..WORKSTATIONS);
    let both = (t.clone(), w.clone());
    prop_oneof![
        2 => both.clone().prop_map(|(t, w)| Step::Visit(t, w)),
        4 => (t.clone(), any::<bool>()).prop_map(|(t, arrives)| Step::Sync(t, arrives)),
        4 => w.clone().prop_map(Step::Ask),
        5 => (w.clone(), any::<prop::sample::Index>(), any::<bool>())
            .prop_map(|(w, which, acknowledged)| Step::Answer(w, which, acknowledged)),
        2 => w.clone().prop_map(Step::Rotate),
        1 => t.clone().prop_map(Step::LosePhone),
        1 => w.clone().prop_map(Step::Steal),
        1 => t.prop_map(Step::Leave),
        3 => (1..200_u64).prop_map(Step::Pass),
        1 => Just(Step::Pass(2 * 86_400)),
        1 => (w.clone(), -5000..5000_i64).prop_map(|(w, seconds)| Step::SetClock(w, seconds)),
        2 => w.clone().prop_map(Step::Restart),
        8 => (both, any::<bool>()).prop_map(|((t, w), again)| Step::Enter(t, w, again)),
        2 => (0..TECHNICIANS, w.clone()).prop_map(|(t, w)| Step::Resynchronise(t, w)),
        1 => (w, 1..8_u32).prop_map(|(w, times)| Step::Guess(w, times)),
    ]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Named), Just(Mode::Shared), Just(Mode::Derived)]
}

proptest! {
    /// The invariants are asserted by [`World`]: a phone shows a code only where it holds the
    /// version that the prompt names; what a leaver can make opens no workstation that applied the change, and
    /// those that have not are known; no step is accepted twice; failures are forgiven by success and service only.
    #[test]
    fn offline_codes_keep_their_rules_in_any_order(
        mode in mode(),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world = World::new(mode, TECHNICIANS, WORKSTATIONS);
        for step in steps {
            world.take(&step);
            if matches!(step, Step::Answer(..) | Step::Resynchronise(..) | Step::SetClock(..)) {
                world.no_leaver_enters();
            }
        }
        world.no_leaver_enters();
        world.whoever_is_left_enters_once_all_is_synchronised();
    }
}
