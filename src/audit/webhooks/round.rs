//! Who is delivered to next: whoever waits longest, but of one msp a few at once. Whoever has many servers that keep
//! their callers waiting delays nobody else.

use std::collections::HashMap;

use countersign_protocol::{MspId, WebhookId};

use super::Webhooks;

/// Webhooks that are picked beside those that are in hand.
pub(super) struct Round {
    of_msps: HashMap<MspId, usize>,
    room: usize,
    picked: Vec<(WebhookId, MspId)>,
}

impl Round {
    /// A round beside those of these msps that are in hand, an msp for each.
    pub(super) fn beside(in_hand: &[MspId]) -> Self {
        let room = Webhooks::AT_ONCE.saturating_sub(in_hand.len());
        let mut round = Self { of_msps: HashMap::new(), room, picked: Vec::new() };
        in_hand.iter().for_each(|msp| *round.of_msps.entry(*msp).or_default() += 1);
        round
    }

    /// True if no more are picked.
    pub(super) fn is_full(&self) -> bool {
        self.picked.len() >= self.room
    }

    /// The msps that have as many in hand as one may.
    pub(super) fn sated(&self) -> Vec<MspId> {
        let sated = self.of_msps.iter().filter(|(_, many)| **many >= Webhooks::AT_ONCE_OF_ONE);
        sated.map(|(msp, _)| *msp).collect()
    }

    /// Picks of what is due whom there is room for; whether it was anybody.
    pub(super) fn pick(&mut self, due: Vec<(WebhookId, MspId)>) -> bool {
        let before = self.picked.len();
        for (webhook, msp) in due {
            let many = self.of_msps.entry(msp).or_default();
            let is_new = self.picked.iter().all(|(picked, _)| *picked != webhook);
            if is_new && *many < Webhooks::AT_ONCE_OF_ONE && self.picked.len() < self.room {
                *many += 1;
                self.picked.push((webhook, msp));
            }
        }
        self.picked.len() > before
    }

    pub(super) fn picked(self) -> Vec<(WebhookId, MspId)> {
        self.picked
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn msp(number: u128) -> MspId {
        MspId(Uuid::from_u128(number))
    }

    /// This many webhooks of an msp.
    fn due(of: u128, many: u128) -> Vec<(WebhookId, MspId)> {
        let ids = (0..many).map(|number| WebhookId(Uuid::from_u128(of * 1000 + number)));
        ids.map(|id| (id, msp(of))).collect()
    }

    #[test]
    fn one_msp_has_its_share_and_the_others_have_the_rest() {
        let mut round = Round::beside(&[msp(1), msp(1), msp(1)]);
        assert!(round.pick([due(1, 16), due(2, 2)].concat()));
        assert_eq!(round.sated(), [msp(1)]);
        // Those that were picked are due until they are in hand.
        assert!(!round.pick(due(2, 2)));
        assert!(round.pick([due(2, 2), due(3, 1)].concat()));
        let picked = [due(1, 1), due(2, 2), due(3, 1)].concat();
        assert_eq!(round.picked(), picked);
    }

    #[test]
    fn no_more_are_in_hand_than_one_node_may_have() {
        let in_hand: Vec<_> = (1..=14).map(msp).collect();
        let mut round = Round::beside(&in_hand);
        assert!(!round.is_full() && round.pick(due(99, 4)) && round.is_full());
        assert_eq!(round.picked(), due(99, 2));
        assert!(Round::beside(&(1..=16).map(msp).collect::<Vec<_>>()).is_full());
    }
}
