//! Each entity's events have the versions 1, 2, 3 ... without gaps and doubles, in whatever order they reached the
//! log. A gap shows an event that was lost before it reached the tree.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use uuid::Uuid;

use super::finding::{Finding, Kind};
use crate::domain::Entity;

/// How many ended logins are remembered, to find doubles.
const ENDED: usize = 100_000;
/// How far behind the last pruned entry an overtaken event may stand.
const NEAR_PRUNED: u64 = 1000;
/// How long an event may be on its way after one that came later: then a gap at the end is none.
const ON_ITS_WAY: Duration = Duration::from_secs(600);

/// The entities of a log.
#[derive(Default)]
pub(super) struct Entities {
    known: HashMap<Entity, Versions>,
    ended: VecDeque<Entity>,
    last_pruned: Option<u64>,
    /// When the entry was recorded that is the first one behind the last pruned text.
    after_pruned: Option<i64>,
    pruned: u64,
    /// Versions that were taken to be pruned.
    explained: u64,
    remember: Option<usize>,
}

#[derive(Default)]
struct Versions {
    /// All up to this one are accounted for.
    whole: i64,
    /// Where the last one stood.
    last: u64,
    ended: bool,
    odd: Option<Box<Odd>>,
}

/// What few entities have.
#[derive(Default)]
struct Odd {
    /// Versions above a gap, with position and instant.
    above: Vec<(i64, u64, i64)>,
    /// Versions that were taken to be pruned, and those of them that came after all.
    skipped: Vec<(i64, i64)>,
    came: Vec<i64>,
}

/// Where an event stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) position: u64,
    pub(super) recorded_at: i64,
}

impl Entities {
    /// A text was pruned here: whatever version it was.
    pub(super) fn pruned(&mut self, position: u64) {
        self.last_pruned = Some(position);
        self.after_pruned = None;
        self.pruned += 1;
    }

    /// An event of this entity and version; it is the entity's last one if it `ends`.
    pub(super) fn see(
        &mut self,
        entity: Entity,
        version: i64,
        ends: bool,
        place: Place,
    ) -> Option<Finding> {
        self.after_pruned.get_or_insert(place.recorded_at);
        // Observations change nothing.
        if version == 0 {
            return None;
        }
        let pruned = match self.known.get(&entity) {
            Some(known) => self.last_pruned.is_some_and(|last| known.last < last),
            None => self.may_have_begun_in_what_was_pruned(entity, place.position),
        };
        let versions = self.known.entry(entity).or_default();
        versions.last = place.position;
        versions.ended |= ends;
        if !versions.take(version, place, pruned, &mut self.explained) {
            let detail = format!("version {version} of {} stands there twice", told(entity));
            return Some(Finding::at(place.position, Kind::VersionDoubled, detail));
        }
        if versions.ended && versions.odd.as_ref().is_none_or(|odd| odd.above.is_empty()) {
            self.forget_after(entity);
        }
        None
    }

    /// Whether events of an entity that nothing was seen of can be among the pruned ones: it stands close behind them,
    /// or was made before they end. (What a pruning says of its time comes much later in the log than what it took.)
    fn may_have_begun_in_what_was_pruned(&self, entity: Entity, position: u64) -> bool {
        let Some(last) = self.last_pruned else { return false };
        let end = self.after_pruned.unwrap_or(i64::MAX);
        // Clocks of nodes differ a little.
        let end = end.saturating_add(i64::try_from(ON_ITS_WAY.as_millis()).unwrap_or(0));
        position <= last + NEAR_PRUNED || made_at(entity).is_some_and(|made| made <= end)
    }

    fn forget_after(&mut self, entity: Entity) {
        self.ended.push_back(entity);
        if self.ended.len() > self.remember.unwrap_or(ENDED)
            && let Some(oldest) = self.ended.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    /// What is missing at the end of the log, and how many events may still be on their way.
    pub(super) fn missing(&self, end: i64) -> (Vec<Finding>, u64) {
        let (mut found, mut on_their_way, mut explained) = (Vec::new(), 0, self.explained);
        for (entity, versions) in &self.known {
            let above = versions.odd.as_ref().and_then(|odd| odd.above.iter().min());
            let Some((version, position, recorded_at)) = above.copied() else { continue };
            let missing = versions.whole + 1;
            if self.last_pruned.is_some_and(|last| position <= last + NEAR_PRUNED) {
                explained += (version - missing).unsigned_abs();
                continue;
            }
            if i128::from(end - recorded_at) <= ON_ITS_WAY.as_millis().cast_signed() {
                on_their_way += 1;
                continue;
            }
            let detail = format!(
                "version {version} of {} stands here, and version {missing} nowhere",
                told(*entity)
            );
            found.push(Finding::at(position, Kind::VersionMissing, detail));
        }
        found.sort_by_key(|finding| finding.position);
        if explained > self.pruned {
            let detail =
                format!("{explained} versions are missing where {} texts were pruned", self.pruned);
            found.push(Finding::of(Kind::VersionMissing, detail));
        }
        (found, on_their_way)
    }
}

impl Versions {
    /// False if it was there before. What is missing in front of it may be `pruned`, and is counted as `explained` then.
    fn take(&mut self, version: i64, place: Place, pruned: bool, explained: &mut u64) -> bool {
        if version == self.whole + 1 {
            self.whole = version;
            self.close();
            return true;
        }
        if version <= self.whole {
            let Some(odd) = &mut self.odd else { return false };
            let skipped = odd.skipped.iter().any(|(from, to)| (from..=to).contains(&&version));
            if !skipped || odd.came.contains(&version) {
                return false;
            }
            odd.came.push(version);
            // It was overtaken, and not pruned.
            *explained -= 1;
            return true;
        }
        let odd = self.odd.get_or_insert_default();
        if odd.above.iter().any(|(above, ..)| *above == version) {
            return false;
        }
        if pruned && odd.above.is_empty() {
            odd.skipped.push((self.whole + 1, version - 1));
            *explained += (version - 1 - self.whole).unsigned_abs();
            self.whole = version;
        } else {
            odd.above.push((version, place.position, place.recorded_at));
        }
        true
    }

    /// Takes in those that were above the gap which has just closed.
    fn close(&mut self) {
        let Some(odd) = &mut self.odd else { return };
        while let Some(next) = odd.above.iter().position(|(above, ..)| *above == self.whole + 1) {
            odd.above.swap_remove(next);
            self.whole += 1;
        }
        if odd.above.is_empty() && odd.skipped.is_empty() {
            self.odd = None;
        }
    }
}

/// When an entity was made, in Unix milliseconds: its id says so (UUIDv7, RFC 9562 section 5.7). A delegation is younger
/// than both of its ids.
fn made_at(entity: Entity) -> Option<i64> {
    let of = |id: Uuid| {
        let millis = i64::try_from(id.as_u128() >> 80).ok();
        millis.filter(|_| id.get_version_num() == 7)
    };
    match entity {
        Entity::Delegation(tenant, technician) => Some(of(tenant.0)?.max(of(technician.0)?)),
        one => of(one.id()),
    }
}

/// The entity for people.
pub(super) fn told(entity: Entity) -> String {
    let written = serde_json::to_value(entity).unwrap_or_default();
    let kind = written.get("kind").and_then(|kind| kind.as_str()).unwrap_or("entity");
    match entity {
        Entity::Delegation(tenant, technician) => format!("{kind} {technician} at {tenant}"),
        one => format!("{kind} {}", one.id()),
    }
}

#[cfg(test)]
mod tests {
    use countersign_protocol::LoginId;

    use super::*;

    const HOUR: i64 = 3_600_000;
    const NOON: i64 = 1_795_340_460_000;

    fn login(number: u128) -> Entity {
        Entity::Login(LoginId(Uuid::from_u128(number)))
    }

    /// A login that was made then.
    fn login_of(millis: i64, number: u8) -> Entity {
        let millis = u64::try_from(millis).unwrap();
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &[number; 10]).into_uuid();
        Entity::Login(LoginId(id))
    }

    fn seen(entities: &mut Entities, versions: &[i64]) -> Vec<Option<Kind>> {
        let place = |at: usize| Place { position: at as u64, recorded_at: at as i64 };
        let see = |(at, version): (usize, &i64)| {
            entities.see(login(1), *version, false, place(at)).map(|finding| finding.kind)
        };
        versions.iter().enumerate().map(see).collect()
    }

    #[test]
    fn versions_in_any_order_are_whole() {
        let mut entities = Entities::default();
        assert!(seen(&mut entities, &[3, 0, 1, 4, 0, 2]).iter().all(Option::is_none));
        assert_eq!(entities.missing(HOUR), (vec![], 0));
        assert!(entities.known[&login(1)].odd.is_none());
    }

    #[test]
    fn a_double_is_found_above_and_below_a_gap() {
        let mut entities = Entities::default();
        let found = seen(&mut entities, &[1, 1, 3, 3]);
        let double = Some(Kind::VersionDoubled);
        assert_eq!(found, [None, double, None, double]);
    }

    #[test]
    fn a_gap_is_found_once_nothing_can_be_on_its_way_any_more() {
        let mut entities = Entities::default();
        seen(&mut entities, &[1, 2, 4]);
        let (found, waiting) = entities.missing(HOUR);
        assert_eq!((found[0].position, found[0].kind, waiting), (Some(2), Kind::VersionMissing, 0));
        assert!(found[0].detail.contains("version 3 nowhere"), "{}", found[0].detail);
        assert_eq!(entities.missing(10), (vec![], 1));
    }

    #[test]
    fn what_was_pruned_is_no_gap_and_what_came_after_it_is() {
        let mut entities = Entities::default();
        let place = |position| Place { position, recorded_at: 0 };
        (0..10).for_each(|position| entities.pruned(position));
        // 4 overtook 3 where the pruning ended.
        for (version, position) in [(4, 10), (3, 11), (5, 12), (7, 5000)] {
            assert_eq!(entities.see(login(1), version, false, place(position)), None);
        }
        assert!(entities.see(login(1), 3, false, place(5001)).is_some(), "twice");
        let (found, _) = entities.missing(HOUR);
        assert_eq!((found.len(), found[0].position), (1, Some(5000)));
        // No more than was pruned.
        entities.see(login(2), 100, false, place(10));
        assert_eq!(entities.missing(HOUR).0.len(), 2);
    }

    /// Ten pruned texts, and an entry of noon behind them.
    fn pruned_until_noon() -> Entities {
        let mut entities = Entities::default();
        (0..10).for_each(|position| entities.pruned(position));
        let place = Place { position: 10, recorded_at: NOON };
        assert_eq!(entities.see(login(1), 0, false, place), None);
        entities
    }

    #[test]
    fn a_gap_of_what_was_made_long_after_a_pruning_is_one() {
        let mut entities = pruned_until_noon();
        let far = Place { position: 100_000, recorded_at: NOON + 48 * HOUR };
        entities.see(login_of(NOON + 47 * HOUR, 1), 2, false, far);
        let (found, _) = entities.missing(far.recorded_at + HOUR);
        assert_eq!((found.len(), found[0].position), (1, Some(100_000)), "{found:?}");
    }

    #[test]
    fn a_gap_of_what_was_made_before_a_pruning_s_end_is_none_however_late_it_is_heard_of() {
        let mut entities = pruned_until_noon();
        let far = Place { position: 100_000, recorded_at: NOON + 48 * HOUR };
        entities.see(login_of(NOON - HOUR, 1), 2, false, far);
        assert_eq!(entities.missing(far.recorded_at + HOUR), (vec![], 0));
        // No more than was pruned.
        entities.see(login_of(NOON - HOUR, 2), 11, false, far);
        assert_eq!(entities.missing(far.recorded_at + HOUR).0.len(), 1);
    }

    #[test]
    fn what_was_overtaken_behind_a_pruning_is_not_counted_as_pruned() {
        let mut entities = Entities::default();
        entities.pruned(0);
        for number in 0..5 {
            let at = |position| Place { position, recorded_at: NOON };
            assert_eq!(entities.see(login_of(NOON, number), 2, false, at(1)), None);
            assert_eq!(entities.see(login_of(NOON, number), 1, false, at(2)), None);
        }
        assert_eq!(entities.missing(NOON + HOUR), (vec![], 0));
    }

    #[test]
    fn ended_logins_are_forgotten_in_time() {
        let mut entities = Entities { remember: Some(2), ..Entities::default() };
        for number in 1..=5 {
            let place = Place { position: 0, recorded_at: 0 };
            assert_eq!(entities.see(login(number), 2, true, place), None);
            assert_eq!(entities.see(login(number), 1, false, place), None);
        }
        assert_eq!(entities.known.len(), 2);
    }
}
