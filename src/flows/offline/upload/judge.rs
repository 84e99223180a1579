//! An offline session held against the history of its secret.

use std::time::Duration;

use countersign_protocol::{
    Instant, TechnicianId,
    offline::{OfflineSession, SecretVersion, code},
    wire::{
        accounts::AccountMode,
        sessions::{Flag, Trust},
    },
};

use crate::{
    domain::{Failure, names::name_key},
    flows::offline::OfflineMode,
    store::{
        Tx,
        offline::{self, Delegate, SecretKind, SecretRow},
        sessions,
        states::Place,
    },
};

/// How far a workstation's corrected clock and the code's step may lie apart: a step each side, and a minute.
const LOOSE: Duration = Duration::from_secs(120);
/// How long before a session its password may have been made.
const FRESH: Duration = Duration::from_secs(600);

/// What is believed of a session.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub(super) technician: Option<TechnicianId>,
    /// Whose the account is.
    pub(super) owner: Option<TechnicianId>,
    pub(super) name: Option<String>,
    pub(super) trust: Trust,
    pub(super) flags: Vec<Flag>,
}

/// Judges the sessions of one upload, in order.
pub(super) struct Judge<'a> {
    place: &'a Place,
    now: Instant,
    expected: u64,
    since_contact: u32,
}

impl<'a> Judge<'a> {
    pub(super) fn of(place: &'a Place, now: Instant) -> Self {
        Self { place, now, expected: place.uploaded + 1, since_contact: 0 }
    }

    pub(super) async fn judge(
        &mut self,
        tx: &mut Tx,
        one: &OfflineSession,
    ) -> Result<Judged, Failure> {
        let mut flags = Vec::new();
        if one.sequence != self.expected {
            flags.push(Flag::GapBefore);
        }
        self.expected = one.sequence + 1;
        self.since_contact += 1;
        let corrected = corrected(one);
        self.clock(one, corrected, &mut flags);
        self.bounds(corrected, &mut flags);
        let who = self.who(tx, one, &mut flags).await?;
        self.account(one, who.as_ref(), &mut flags);
        self.secret(tx, one, corrected, who.as_ref(), &mut flags).await?;
        let step = i64::try_from(one.step).unwrap_or(i64::MAX);
        let version = one.version.to_string();
        if !sessions::of_code(tx, self.place.workstation, &version, step).await?.is_empty() {
            flags.push(Flag::StepUsed);
        }
        flags.sort_unstable();
        let mut trust = match one.version {
            SecretVersion::Derived(_) => Trust::ShownByCode,
            SecretVersion::Named(_) | SecretVersion::Shared(_) => Trust::Claimed,
        };
        if flags.contains(&Flag::UnknownVersion) {
            trust = Trust::Claimed;
        }
        if let Some(who) = &who {
            let code = (version.as_str(), step);
            if offline::shown_by(tx, who.technician, self.place.workstation, code).await? {
                trust = Trust::Confirmed;
            }
        }
        let named = self.place.mode == AccountMode::Named;
        Ok(Judged {
            technician: who.as_ref().map(|who| who.technician),
            owner: who.as_ref().filter(|_| named).map(|who| who.technician),
            name: who.map(|who| who.email),
            trust,
            flags,
        })
    }

    fn clock(&self, one: &OfflineSession, corrected: Instant, flags: &mut Vec<Flag>) {
        let shown = code::begins(one.step);
        let apart = corrected.since(shown).max(shown.since(corrected));
        if apart > LOOSE || corrected > self.now + LOOSE {
            flags.push(Flag::ImpossibleClock);
        }
        let fresh = one
            .password_made_at
            .is_some_and(|made| made + FRESH >= one.accepted_at && made <= one.accepted_at + FRESH);
        if !fresh {
            flags.push(Flag::StalePassword);
        }
    }

    fn bounds(&self, corrected: Instant, flags: &mut Vec<Flag>) {
        let bounds = self.place.offline.bounds;
        let too_long = self
            .place
            .applied_at
            .is_some_and(|contact| corrected.since(contact) > bounds.span() + LOOSE);
        if self.since_contact > bounds.sessions || too_long {
            flags.push(Flag::BeyondBounds);
        }
    }

    /// Whom the typed name means, or whose row it was in derived mode.
    async fn who(
        &self,
        tx: &mut Tx,
        one: &OfflineSession,
        flags: &mut Vec<Flag>,
    ) -> Result<Option<Delegate>, Failure> {
        let key = name_key(&one.user_name);
        let Some((delegate, works_here)) = offline::names_here(tx, self.place.tenant, &key).await?
        else {
            flags.push(Flag::UnknownName);
            return Ok(None);
        };
        if one.technician.is_some_and(|claimed| claimed != delegate.technician) {
            flags.push(Flag::UnknownName);
        }
        if !works_here {
            flags.push(Flag::AfterLeaving);
        }
        Ok(Some(delegate))
    }

    fn account(&self, one: &OfflineSession, who: Option<&Delegate>, flags: &mut Vec<Flag>) {
        let right = match self.place.mode {
            AccountMode::Named => who.map(|who| who.account_name.as_str()),
            AccountMode::Shared => self.place.shared_account.as_deref(),
        };
        if right.is_some_and(|right| right != one.account) {
            flags.push(Flag::OtherAccount);
        }
    }

    async fn secret(
        &self,
        tx: &mut Tx,
        one: &OfflineSession,
        corrected: Instant,
        who: Option<&Delegate>,
        flags: &mut Vec<Flag>,
    ) -> Result<(), Failure> {
        let (kind, number) = match one.version {
            SecretVersion::Named(number) => (SecretKind::Named, number),
            SecretVersion::Shared(number) => (SecretKind::Shared, number),
            SecretVersion::Derived(epochs) => (SecretKind::Root, epochs.tenant),
        };
        let place = self.place;
        let history = offline::secret_history(tx, place.tenant, place.workstation, kind).await?;
        let row = history.iter().find(|row| row.number() == number);
        let Some(row) = row else {
            flags.push(Flag::UnknownVersion);
            return Ok(());
        };
        if let SecretVersion::Derived(epochs) = one.version
            && (epochs.workstation > place.epoch
                || who.is_some_and(|who| epochs.technician > who.epoch()))
        {
            flags.push(Flag::UnknownVersion);
        }
        if code::begins(one.step) + LOOSE < row.made_at {
            flags.push(Flag::BeforeSecret);
        }
        if self.was_replaced(row, &history, corrected) {
            flags.push(Flag::ReplacedSecret);
        }
        Ok(())
    }

    /// True if the workstation had applied the secret's replacement before, and its time was over.
    fn was_replaced(&self, row: &SecretRow, history: &[SecretRow], corrected: Instant) -> bool {
        let Some(replaced_at) = row.replaced_at else { return false };
        let until = row.accepted_until.unwrap_or(replaced_at);
        let successor = history.iter().find(|next| next.number() == row.number() + 1);
        let applied = successor.is_some_and(|next| self.place.applied.covers(next.since()))
            || OfflineMode::of(self.place.mode, self.place.offline.derived).kind() != row.kind;
        applied
            && corrected > until + LOOSE
            && self.place.applied_at.is_some_and(|applied_at| corrected > applied_at + LOOSE)
    }
}

/// When the code was accepted, by the service's clock as far as the workstation knew it.
fn corrected(one: &OfflineSession) -> Instant {
    let millis = one.offset.map_or(0, |offset| offset.millis);
    Instant::from_unix_millis(one.accepted_at.unix_millis().saturating_add(millis))
}
