use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::{Account, Reason};
use crate::vendors::clock::seconds;
use crate::vendors::jws::{Algorithm, Jws};

/// "APNs reports an error if you use a token whose timestamp is more than one hour old."
const LONGEST_AGE: u64 = 60 * 60;
/// "Update the authentication token no more than once every 20 minutes."
const SHORTEST_TURN: Duration = Duration::from_secs(20 * 60);

/// The provider tokens of a team ("Establishing a token-based connection to APNs").
#[derive(Debug)]
pub(super) struct ProviderTokens {
    account: Account,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Accepted once, with their `iat`: no signature is checked twice.
    accepted: HashMap<String, u64>,
    /// Refused from now on, whatever their age.
    disowned: HashSet<String>,
    /// The last of the accepted, and when it came.
    newest: Option<(String, SystemTime)>,
    /// When the newest was answered to be expired, in seconds.
    called_expired: Option<u64>,
}

impl ProviderTokens {
    pub(super) fn new(account: Account) -> Self {
        Self { account, seen: Mutex::default() }
    }

    /// Lets a request with this token in.
    pub(super) fn accept(&self, token: &str, now: SystemTime) -> Result<(), Reason> {
        let mut seen = self.seen();
        let known = seen.accepted.get(token).copied();
        let issued = known
            .or_else(|| self.verified(token))
            .filter(|&issued| issued <= seconds(now))
            .ok_or(Reason::InvalidProviderToken)?;
        if seconds(now) - issued > LONGEST_AGE || seen.disowned.contains(token) {
            seen.call_expired(token, now);
            return Err(Reason::ExpiredProviderToken);
        }
        if known.is_none() {
            seen.renew(token, issued, now)?;
        }
        Ok(())
    }

    /// All that were accepted so far are expired.
    pub(super) fn disown(&self) {
        let mut seen = self.seen();
        let accepted: Vec<_> = seen.accepted.keys().cloned().collect();
        seen.disowned.extend(accepted);
    }

    /// The newest token was answered to be expired, by a fault: its successor may come at once.
    pub(super) fn called_expired(&self, now: SystemTime) {
        self.seen().called_expired = Some(seconds(now));
    }

    /// How many different ones were accepted.
    pub(super) fn count(&self) -> usize {
        self.seen().accepted.len()
    }

    /// When it was issued, if it is a token of this team.
    fn verified(&self, token: &str) -> Option<u64> {
        let jws = Jws::parse(token)?;
        let ours = jws.header("kid") == Some(self.account.key_id())
            && jws.text("iss") == Some(self.account.team_id())
            && jws.is_signed(Algorithm::Es256, self.account.public_key());
        if ours { jws.date("iat") } else { None }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn call_expired(&mut self, token: &str, now: SystemTime) {
        // A straggler with an older token is no reason to take yet another one.
        let newest = self.newest.as_ref().is_none_or(|(newest, _)| newest == token);
        if newest {
            self.called_expired = Some(seconds(now));
        }
    }

    fn renew(&mut self, token: &str, issued: u64, now: SystemTime) -> Result<(), Reason> {
        let asked_for = self.called_expired.is_some_and(|called| issued >= called);
        let too_soon = self.newest.as_ref().is_some_and(|(_, since)| {
            now.duration_since(*since).unwrap_or_default() < SHORTEST_TURN
        });
        if too_soon && !asked_for {
            return Err(Reason::TooManyProviderTokenUpdates);
        }
        self.called_expired = None;
        self.accepted.insert(token.to_owned(), issued);
        self.newest = Some((token.to_owned(), now));
        Ok(())
    }
}
