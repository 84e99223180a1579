//! An offline session held against the history of its secret.

use std::time::Duration;

use countersign_protocol::{
    Instant, TechnicianId,
    offline::{OfflineSession, SecretVersion, code},
    wire::sessions::{Flag, Trust},
};

use crate::{
    domain::{Failure, names::name_key},
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
    /// How many it had since it was away.
    sessions: u64,
}

impl<'a> Judge<'a> {
    pub(super) async fn of(tx: &mut Tx, place: &'a Place, now: Instant) -> Result<Self, Failure> {
        let since = place.away_since.unwrap_or(Instant::from_unix_millis(0));
        let sessions = sessions::offline_since(tx, place.workstation, since).await?;
        Ok(Self { place, now, expected: place.uploaded + 1, sessions })
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
        self.sessions += 1;
        let corrected = corrected(one);
        self.clock(one, corrected, &mut flags);
        self.password(tx, one, &mut flags).await?;
        self.bounds(corrected, &mut flags);
        let who = self.who(tx, one, corrected, &mut flags).await?;
        self.account(one, who.as_ref(), &mut flags);
        self.secret(tx, one, corrected, who.as_ref(), &mut flags).await?;
        let trust = self.trust(tx, one, who.as_ref(), &mut flags).await?;
        flags.sort_unstable();
        flags.dedup();
        let own = who.as_ref().filter(|who| who.account_name == one.account);
        Ok(Judged {
            technician: who.as_ref().map(|who| who.technician),
            owner: own.map(|who| who.technician),
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
    }

    /// Made for this session, by the workstation's clock, and no other session's too.
    async fn password(
        &self,
        tx: &mut Tx,
        one: &OfflineSession,
        flags: &mut Vec<Flag>,
    ) -> Result<(), Failure> {
        let fresh =
            |made: &Instant| *made + FRESH >= one.accepted_at && *made <= one.accepted_at + FRESH;
        let here = self.place.workstation;
        let stale = match one.password_made_at.filter(fresh) {
            Some(made) => sessions::password_is_used(tx, here, &one.account, made).await?,
            None => true,
        };
        if stale {
            flags.push(Flag::StalePassword);
        }
        Ok(())
    }

    fn bounds(&self, corrected: Instant, flags: &mut Vec<Flag>) {
        let bounds = self.place.offline.bounds;
        let too_long = self
            .place
            .away_since
            .is_some_and(|contact| corrected.since(contact) > bounds.span() + LOOSE);
        if self.sessions > u64::from(bounds.sessions) || too_long {
            flags.push(Flag::BeyondBounds);
        }
    }

    /// Whom the typed name means, or whose row it was in derived mode.
    async fn who(
        &self,
        tx: &mut Tx,
        one: &OfflineSession,
        corrected: Instant,
        flags: &mut Vec<Flag>,
    ) -> Result<Option<Delegate>, Failure> {
        let key = name_key(&one.user_name);
        let Some(named) = offline::names_here(tx, self.place.tenant, &key).await? else {
            flags.push(Flag::UnknownName);
            return Ok(None);
        };
        if one.technician.is_some_and(|claimed| claimed != named.who.technician) {
            flags.push(Flag::UnknownName);
        }
        if named.left_at.is_some_and(|left_at| corrected > left_at) {
            flags.push(Flag::AfterLeaving);
        }
        Ok(Some(named.who))
    }

    /// Modes change: of a workstation's own secret the account is the technician's, of a tenant's the tenant's.
    fn account(&self, one: &OfflineSession, who: Option<&Delegate>, flags: &mut Vec<Flag>) {
        let own = who.is_some_and(|who| who.account_name == one.account);
        let shared = self.place.shared_account.as_ref() == Some(&one.account);
        let right = match one.version {
            SecretVersion::Named(_) => own || who.is_none(),
            SecretVersion::Shared(_) => shared,
            SecretVersion::Derived(_) => own || shared,
        };
        if !right {
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
                || who.is_none_or(|who| epochs.technician > who.epoch()))
        {
            flags.push(Flag::UnknownVersion);
        }
        if code::begins(one.step) + LOOSE < row.made_at {
            flags.push(Flag::BeforeSecret);
        }
        if self.was_replaced(row, corrected) {
            flags.push(Flag::ReplacedSecret);
        }
        Ok(())
    }

    /// True if the workstation had applied the end of the secret before, and its time was over.
    fn was_replaced(&self, row: &SecretRow, corrected: Instant) -> bool {
        let Some(ended) = row.ended() else { return false };
        let over = row.accepted_until.is_none_or(|until| corrected > until + LOOSE);
        let applied = self.place.applied.covers(ended)
            && self.place.applied_at.is_some_and(|applied_at| corrected > applied_at + LOOSE);
        applied && over
    }

    async fn trust(
        &self,
        tx: &mut Tx,
        one: &OfflineSession,
        who: Option<&Delegate>,
        flags: &mut Vec<Flag>,
    ) -> Result<Trust, Failure> {
        let derived = matches!(one.version, SecretVersion::Derived(_));
        let technician = who.map(|who| who.technician);
        let step = i64::try_from(one.step).unwrap_or(i64::MAX);
        let version = one.version.to_string();
        // In derived mode each technician has steps of their own.
        let whose = derived.then_some(technician);
        if sessions::step_is_used(tx, self.place.workstation, whose, step).await? {
            flags.push(Flag::StepUsed);
        }
        if let Some(technician) = technician {
            let code = (version.as_str(), step);
            if offline::shown_by(tx, technician, self.place.workstation, code).await? {
                return Ok(Trust::Confirmed);
            }
        }
        let doubtful = [Flag::UnknownVersion, Flag::UnknownName];
        let proves = derived && !flags.iter().any(|flag| doubtful.contains(flag));
        Ok(if proves { Trust::ShownByCode } else { Trust::Claimed })
    }
}

/// When the code was accepted, by the service's clock as far as the workstation knew it.
fn corrected(one: &OfflineSession) -> Instant {
    let millis = one.offset.map_or(0, |offset| offset.millis);
    Instant::from_unix_millis(one.accepted_at.unix_millis().saturating_add(millis))
}
