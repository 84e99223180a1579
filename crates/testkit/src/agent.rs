//! A workstation's agent in software: it follows its state document, makes accounts and passwords, and checks offline
//! codes by the rules that it applied last.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use countersign_client::HeardState;
use countersign_protocol::{
    Instant, Purpose, SessionId, TechnicianId,
    offline::{Attempt, Contact, Ledger, OfflineSession, Prompt, Reading, Refusal, Rows},
    wire::{
        offline::Uploaded,
        sessions::{ReportSession, Session},
        state::{AccountOrder, Applied, StateVersion},
    },
};

use crate::SoftWorkstation;

type Result<T, E = countersign_client::Error> = std::result::Result<T, E>;

/// Why the agent lets nobody in.
#[derive(Debug, thiserror::Error)]
pub enum NotIn {
    /// There is an account of this name that the agent did not make.
    #[error("account_taken: {0}")]
    AccountTaken(String),
    /// The code is not accepted.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The agent knows no account for this name.
    #[error("no account for this name")]
    NoAccount,
    /// The service said something else.
    #[error(transparent)]
    Client(#[from] countersign_client::Error),
}

/// What an agent has on its disk.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// The state document that was applied last.
    pub state: Option<HeardState>,
    /// The book of offline codes.
    pub book: Ledger,
    /// The accounts that the agent made, each with the sessions that run under it.
    pub accounts: BTreeMap<String, BTreeSet<SessionId>>,
    /// Accounts on the machine that it did not make.
    pub foreign: BTreeSet<String>,
    /// Accounts that were removed since the last acknowledgement.
    pub removed: BTreeSet<String>,
    /// Accounts that were asked for and are somebody else's.
    pub taken: BTreeSet<String>,
    /// Whose accounts it learnt of from grants.
    pub owners: BTreeMap<String, String>,
    /// Sessions that were not uploaded yet.
    pub offline: Vec<OfflineSession>,
    /// When the last password was made.
    pub password_made_at: Option<Instant>,
    /// True for an agent that makes no fresh passwords.
    pub lazy: bool,
}

/// The agent's disk, and whether the machine is unplugged.
#[derive(Debug, Default)]
pub struct Agent(Mutex<Disk>);

impl Agent {
    /// What is on the disk.
    pub fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    /// Takes in a state document: accounts that are to leave and under which nobody works are removed. The sessions that
    /// are to end.
    fn takes_in(&mut self, heard: HeardState) -> Vec<SessionId> {
        let contact = Contact { server_time: heard.document.server_time, offset: heard.offset };
        let book = std::mem::take(&mut self.book);
        self.book = book.clone().applied(&heard.offline).unwrap_or(book).contacted(contact);
        let ends = heard.document.end_sessions.clone();
        self.state = Some(heard);
        self.clears_up();
        ends
    }

    fn clears_up(&mut self) {
        let Some(state) = &self.state else { return };
        for ordered in &state.document.accounts {
            let leaves = ordered.order != AccountOrder::Have;
            let idle = self.accounts.get(&ordered.name).is_none_or(BTreeSet::is_empty);
            if leaves && idle {
                self.accounts.remove(&ordered.name);
                self.removed.insert(ordered.name.clone());
            }
        }
    }

    /// A fresh password for this account, which is made if it is missing; whether it was, and when the password was.
    fn prepares(&mut self, account: &str, wall: Instant) -> Result<(bool, Option<Instant>), NotIn> {
        if self.foreign.contains(account) {
            self.taken.insert(account.to_owned());
            return Err(NotIn::AccountTaken(account.to_owned()));
        }
        let created = !self.accounts.contains_key(account);
        self.accounts.entry(account.to_owned()).or_default();
        if self.lazy {
            return Ok((created, self.password_made_at));
        }
        let after = self.password_made_at.map(|last| last + Duration::from_millis(1));
        let made = after.map_or(wall, |after| after.max(wall));
        self.password_made_at = Some(made);
        Ok((created, Some(made)))
    }

    /// The account of whoever typed this name.
    fn account_of(&self, name: &str, technician: Option<TechnicianId>) -> Option<String> {
        let accounts = &self.state.as_ref()?.document.accounts;
        let mut have = accounts.iter().filter(|one| one.order == AccountOrder::Have);
        let own = |technician| have.clone().find(|one| one.technician_id == Some(technician));
        if let Some(own) = technician.and_then(own) {
            return Some(own.name.clone());
        }
        let owned = self.owners.get(&name.trim().to_lowercase());
        let shared = have.find(|one| one.kind == countersign_protocol::AccountKind::Shared);
        shared.map(|one| one.name.clone()).or_else(|| owned.cloned())
    }
}

impl SoftWorkstation {
    fn wall(&self) -> Instant {
        self.workstation.transport().clock().wall()
    }

    fn reading(&self) -> Reading {
        let wall = self.wall();
        let uptime = Duration::from_millis(wall.unix_millis().unsigned_abs());
        Reading { wall, uptime }
    }

    /// Fetches the state document, applies it and says so, until there is nothing new.
    ///
    /// # Errors
    /// See [`countersign_client::Error`].
    pub async fn sync(&self) -> Result<StateVersion> {
        loop {
            let heard = self.workstation.state().await?;
            let version = heard.document.version;
            self.applies(heard).await?;
            if self.workstation.state().await?.document.version == version {
                return Ok(version);
            }
        }
    }

    /// Waits for another state document, applies it and says so; false if none came.
    ///
    /// # Errors
    /// See [`countersign_client::Error`].
    pub async fn follow(&self, total: Duration) -> Result<bool> {
        let known = self.agent.disk().state.as_ref().map(|state| state.document.version);
        let known = known.unwrap_or_default();
        match self.workstation.wait_for_state(known, total).await? {
            Some(heard) => self.applies(heard).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Takes a document in and acknowledges it.
    ///
    /// # Errors
    /// See [`countersign_client::Error`].
    pub async fn applies(&self, heard: HeardState) -> Result<()> {
        let (version, offset) = (heard.document.version, heard.offset);
        let ends = self.agent.disk().takes_in(heard);
        for session in ends {
            self.ends(session).await?;
        }
        let applied = {
            let disk = self.agent.disk();
            let (removed, taken) = (disk.removed.clone(), disk.taken.clone());
            Applied {
                version,
                removed: removed.into_iter().collect(),
                taken: taken.into_iter().collect(),
                offset,
            }
        };
        self.workstation.applied(&applied).await?;
        let mut disk = self.agent.disk();
        disk.removed.clear();
        disk.taken.clear();
        Ok(())
    }

    /// Lets the technician of an approved login in: account, fresh password, session.
    ///
    /// # Errors
    /// See [`NotIn`].
    pub async fn enters(
        &self,
        login: &mut countersign_client::OpenedLogin,
    ) -> Result<Session, NotIn> {
        let grant = self.take_grant(login).await?;
        let (account, wall) = (grant.account.name.clone(), self.wall());
        let (account_created, password_made_at) = self.agent.disk().prepares(&account, wall)?;
        let report = ReportSession {
            login: grant.login,
            account: account.clone(),
            account_created,
            password_made_at,
            started_at: self.wall(),
        };
        let session = self.workstation.report_session(&report).await?;
        let mut disk = self.agent.disk();
        disk.owners.insert(grant.technician.user_name, account.clone());
        disk.accounts.entry(account).or_default().insert(session.id);
        Ok(session)
    }

    /// A session ends: the technician signs out.
    ///
    /// # Errors
    /// See [`countersign_client::Error`].
    pub async fn ends(&self, session: SessionId) -> Result<Session> {
        let ended = self.workstation.report_end(session, self.wall()).await?;
        let mut disk = self.agent.disk();
        for sessions in disk.accounts.values_mut() {
            sessions.remove(&session);
        }
        disk.clears_up();
        Ok(ended)
    }

    /// What the screen shows without network to whoever typed this name; `None` where no codes are accepted.
    #[must_use]
    pub fn prompt(&self, name: &str) -> Option<Prompt> {
        let disk = self.agent.disk();
        let identity = self.workstation.identity();
        let now = disk.book.now(self.wall());
        let rules = &disk.state.as_ref()?.offline;
        rules.prompt(identity.tenant_id, identity.workstation_id, name, now)
    }

    /// Checks an offline code, and lets its technician in.
    ///
    /// # Errors
    /// See [`NotIn`].
    pub fn enters_offline(&self, name: &str, code: &str) -> Result<OfflineSession, NotIn> {
        let reading = self.reading();
        let mut disk = self.agent.disk();
        let Some(state) = disk.state.clone() else { return Err(Refusal::Off.into()) };
        let book = std::mem::take(&mut disk.book);
        let attempt = Attempt { name, code, next: None };
        let (book, verdict) = book.check(&state.offline, attempt, reading);
        let offset = book.offset();
        disk.book = book;
        let accepted = verdict?;
        let account = disk.account_of(name, accepted.technician).ok_or(NotIn::NoAccount)?;
        let (account_created, password_made_at) = disk.prepares(&account, reading.wall)?;
        let session = OfflineSession {
            sequence: accepted.sequence,
            user_name: name.to_owned(),
            technician: accepted.technician,
            account,
            workstation: self.workstation.id(),
            version: accepted.version,
            step: accepted.step,
            contact: accepted.contact,
            accepted_at: reading.wall,
            offset: Some(offset),
            purpose: Purpose::SignIn,
            account_created,
            password_made_at,
            started_at: Some(reading.wall),
            ended_at: None,
        };
        disk.offline.push(session.clone());
        Ok(session)
    }

    /// Uploads what happened without network; `None` if nothing did.
    ///
    /// # Errors
    /// See [`countersign_client::Error`].
    pub async fn uploads(&self) -> Result<Option<Uploaded>> {
        let (sessions, offset) = {
            let disk = self.agent.disk();
            (disk.offline.clone(), disk.book.offset())
        };
        if sessions.is_empty() {
            return Ok(None);
        }
        let uploaded = self.workstation.upload(sessions, Some(offset)).await?;
        self.agent.disk().offline.retain(|one| one.sequence > uploaded.through);
        Ok(Some(uploaded))
    }

    /// How many rows its offline rules hold.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self.agent.disk().state.as_ref().map(|state| &state.offline.rows) {
            None | Some(Rows::Off) => 0,
            Some(Rows::One { .. }) => 1,
            Some(Rows::ByName { rows }) => rows.len(),
        }
    }
}
