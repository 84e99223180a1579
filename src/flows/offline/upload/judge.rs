//! An offline session held against the history of its secret.

use std::time::Duration;

use countersign_protocol::{
    Instant, SecretId, TechnicianId,
    offline::{Epochs, OfflineSession, SecretVersion, code},
    wire::{
        sessions::{Flag, Trust},
        state::StateVersion,
    },
};

use crate::{
    domain::{Failure, names::name_key},
    store::{
        Tx, absences,
        offline::{self, Delegate, epoch_of},
        sessions,
        states::{self, Place},
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
}

impl<'a> Judge<'a> {
    pub(super) const fn of(place: &'a Place, now: Instant) -> Self {
        Self { place, now, expected: place.uploaded + 1 }
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
        let corrected = corrected(one);
        self.clock(one, corrected, &mut flags);
        self.password(tx, one, &mut flags).await?;
        self.bounds(tx, one, corrected, &mut flags).await?;
        let who = self.who(tx, one, corrected, &mut flags).await?;
        self.account(one, who.as_ref(), &mut flags);
        let secret = self.secret(tx, one, corrected, who.as_ref(), &mut flags).await?;
        let trust = self.trust(tx, one, (secret, who.as_ref()), &mut flags).await?;
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

    /// Counted from the last contact before the session. The workstation says when that was; in a time in which the service
    /// knows it to have been away, there was none.
    async fn bounds(
        &self,
        tx: &mut Tx,
        one: &OfflineSession,
        corrected: Instant,
        flags: &mut Vec<Flag>,
    ) -> Result<(), Failure> {
        let away = self.place.away_since.zip(self.place.back_at);
        let contact = match away {
            Some((since, back)) if since < one.contact && one.contact < back => since,
            _ => one.contact,
        };
        if contact > corrected + LOOSE {
            flags.push(Flag::ImpossibleClock);
        }
        let bounds = self.place.offline.bounds;
        let before = sessions::offline_since(tx, self.place.workstation, contact).await?;
        let too_many = before >= u64::from(bounds.sessions);
        if too_many || corrected.since(contact) > bounds.span() + LOOSE {
            flags.push(Flag::BeyondBounds);
        }
        Ok(())
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
        if one.technician.is_some_and(|claimed| claimed != named.technician) {
            flags.push(Flag::UnknownName);
        }
        let tenant = self.place.tenant;
        if absences::was_away(tx, named.technician, tenant, corrected).await? {
            flags.push(Flag::AfterLeaving);
        }
        Ok(Some(named))
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

    /// The secret of the session's version, if there ever was one.
    async fn secret(
        &self,
        tx: &mut Tx,
        one: &OfflineSession,
        corrected: Instant,
        who: Option<&Delegate>,
        flags: &mut Vec<Flag>,
    ) -> Result<Option<SecretId>, Failure> {
        let place = self.place;
        let at = (place.tenant, place.workstation);
        let Some(row) = offline::of_version(tx, at, one.version).await? else {
            flags.push(Flag::UnknownVersion);
            return Ok(None);
        };
        if code::begins(one.step) + LOOSE < row.made_at {
            flags.push(Flag::BeforeSecret);
        }
        let over = row.accepted_until.is_none_or(|until| corrected > until + LOOSE);
        if over && self.had_applied(tx, row.ended(), corrected).await? {
            flags.push(Flag::ReplacedSecret);
        }
        if let SecretVersion::Derived(epochs) = one.version {
            self.epochs(tx, (row.id, epochs), corrected, who, flags).await?;
        }
        Ok(Some(row.id))
    }

    /// Epochs that never were, or whose end the workstation had applied.
    async fn epochs(
        &self,
        tx: &mut Tx,
        (root, epochs): (SecretId, Epochs),
        corrected: Instant,
        who: Option<&Delegate>,
        flags: &mut Vec<Flag>,
    ) -> Result<(), Failure> {
        let place = self.place;
        let Some(who) =
            who.filter(|who| epochs.workstation <= place.epoch && epochs.technician <= who.epoch())
        else {
            flags.push(Flag::UnknownVersion);
            return Ok(());
        };
        let raised = StateVersion { tenant: 0, own: place.epoch_since };
        let of_workstation = (epochs.workstation < place.epoch).then_some(raised);
        let of_technician = if epochs.technician < who.epoch() {
            offline::ended_for(tx, root, who.technician, epochs.technician).await?
        } else {
            None
        };
        for ended in [of_workstation, of_technician] {
            if self.had_applied(tx, ended, corrected).await? {
                flags.push(Flag::ReplacedSecret);
            }
        }
        Ok(())
    }

    /// True if the workstation had applied the end of something before.
    async fn had_applied(
        &self,
        tx: &mut Tx,
        ended: Option<StateVersion>,
        corrected: Instant,
    ) -> Result<bool, Failure> {
        let Some(ended) = ended else { return Ok(false) };
        let applied = states::had_applied(tx, self.place.workstation, ended).await?;
        Ok(applied.is_some_and(|applied| corrected > applied + LOOSE))
    }

    async fn trust(
        &self,
        tx: &mut Tx,
        one: &OfflineSession,
        (secret, who): (Option<SecretId>, Option<&Delegate>),
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
        if let Some((technician, secret)) = technician.zip(secret) {
            let code = (version.as_str(), step);
            let by = offline::shown_by(tx, technician, self.place.workstation, code).await?;
            if offline::received(tx, &by, secret, epoch_of(one.version)).await? {
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
