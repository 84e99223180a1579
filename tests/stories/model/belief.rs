//! What should be true: the rules of a login, told plainly and without a database.

use countersign_protocol::{Entry, wire::LoginState};

use super::command::{Code, Command, Signed};

/// Wrong claims that end a login; how long one may be approved, and its grant taken; consecutive failures that
/// pause push logins, and for how long. In seconds.
pub const WRONG_CLAIMS: u32 = 3;
pub const LIFETIME: u64 = 120;
pub const TAKE: u64 = 60;
pub const FAILURES: u32 = 3;
pub const PAUSE: u64 = 200;

/// A login as it should be.
#[derive(Clone, Debug)]
pub struct Login {
    pub state: LoginState,
    pub version: i64,
    entry: Entry,
    /// Whether the phone sees it.
    seen: bool,
    wrong_claims: u32,
    expires_at: u64,
    take_until: u64,
    granted: bool,
    withdrawn: bool,
}

/// Everything.
pub struct Belief {
    pub logins: Vec<Login>,
    /// Whether the phone is active.
    pub active: bool,
    now: u64,
    failures: u32,
    paused_until: u64,
}

impl Login {
    fn becomes(&mut self, state: LoginState) {
        self.state = state;
        self.version += 1;
    }

    fn is_pending(&self) -> bool {
        self.state == LoginState::Pending
    }

    fn is_untaken(&self) -> bool {
        self.state == LoginState::Approved && !self.granted
    }
}

impl Belief {
    pub fn new() -> Self {
        Self { logins: Vec::new(), active: true, now: 0, failures: 0, paused_until: 0 }
    }

    /// Time passes, and what is due ends.
    pub fn pass(&mut self, seconds: u64) {
        self.now += seconds;
        for login in &mut self.logins {
            if login.is_pending() && login.expires_at <= self.now {
                login.becomes(LoginState::Expired);
            } else if login.is_untaken() && login.take_until <= self.now {
                login.becomes(LoginState::Cancelled);
            }
        }
    }

    /// Whether the command succeeds, and what is true afterwards.
    pub fn obey(&mut self, command: Command) -> bool {
        match command {
            Command::OpenPush => self.open(Entry::Push),
            Command::OpenQr => self.open(Entry::Qr),
            Command::Claim(of, right) => self.claim(of, right),
            Command::Approve(of, code, signed) => self.approve(of, code, signed),
            Command::Deny(of) => self.deny(of),
            Command::Withdraw(of) => self.withdraw(of),
            Command::Take(of) => self.take(of),
            Command::Pass(seconds) => {
                self.pass(seconds);
                true
            }
            Command::Suspend => self.suspend(),
            Command::Resume => !std::mem::replace(&mut self.active, true),
        }
    }

    fn open(&mut self, entry: Entry) -> bool {
        for older in &mut self.logins {
            if older.is_pending() && older.entry == entry {
                older.becomes(LoginState::Superseded);
            }
        }
        self.logins.push(Login {
            state: LoginState::Pending,
            version: 1,
            entry,
            seen: entry == Entry::Push && self.active && self.paused_until <= self.now,
            wrong_claims: 0,
            expires_at: self.now + LIFETIME,
            take_until: 0,
            granted: false,
            withdrawn: false,
        });
        true
    }

    fn claim(&mut self, of: usize, right: bool) -> bool {
        let login = &mut self.logins[of];
        if !self.active || login.entry != Entry::Qr || !login.is_pending() {
            return false;
        }
        if login.seen {
            return true;
        }
        if right {
            login.seen = true;
            login.version += 1;
            // It takes the place of what the technician has open in the same session.
            for other in &mut self.logins {
                if other.is_pending() && other.entry == Entry::Push && other.seen {
                    other.becomes(LoginState::Superseded);
                }
            }
            return true;
        }
        login.wrong_claims += 1;
        let state =
            if login.wrong_claims < WRONG_CLAIMS { login.state } else { LoginState::Denied };
        login.becomes(state);
        false
    }

    fn approve(&mut self, of: usize, code: Code, signed: Signed) -> bool {
        let login = &mut self.logins[of];
        if !self.active || !login.seen || !login.is_pending() || signed != Signed::Honestly {
            return false;
        }
        match (login.entry, code) {
            (Entry::Push, Code::Missing) => false,
            (Entry::Push, Code::Wrong) => {
                login.becomes(LoginState::Denied);
                self.failures += 1;
                if self.failures.is_multiple_of(FAILURES) {
                    self.paused_until = self.now + PAUSE;
                }
                false
            }
            _ => {
                login.becomes(LoginState::Approved);
                login.take_until = self.now + TAKE;
                if self.failures > 0 {
                    (self.failures, self.paused_until) = (0, 0);
                }
                true
            }
        }
    }

    fn deny(&mut self, of: usize) -> bool {
        let login = &mut self.logins[of];
        let denied = self.active && login.seen && login.is_pending();
        if denied {
            login.becomes(LoginState::Denied);
        }
        denied
    }

    fn withdraw(&mut self, of: usize) -> bool {
        let login = &mut self.logins[of];
        if login.is_pending() || login.is_untaken() {
            login.becomes(LoginState::Cancelled);
            login.withdrawn = true;
        }
        login.withdrawn
    }

    fn take(&mut self, of: usize) -> bool {
        let login = &mut self.logins[of];
        let taken =
            login.state == LoginState::Approved && self.now < login.take_until && self.active;
        if taken && !login.granted {
            login.granted = true;
            login.version += 1;
        }
        taken
    }

    /// Ends what this phone has claimed, or approved and nobody has taken.
    fn suspend(&mut self) -> bool {
        for login in &mut self.logins {
            let claimed = login.is_pending() && login.entry == Entry::Qr && login.seen;
            if claimed || login.is_untaken() {
                login.becomes(LoginState::Cancelled);
            }
        }
        std::mem::replace(&mut self.active, false)
    }
}
