//! The machine against a plain model: random commands, one by one, and after each both must agree.

use proptest::prelude::*;

use super::*;

const LIFETIME_S: u64 = 120;
const TAKE_S: u64 = 60;
const WRONG_CLAIMS: u32 = 5;

/// Everything that anyone can try, in any state.
#[derive(Clone, Debug)]
enum Command {
    /// A phone approves: was its assertion verified, and did the code match?
    Approve {
        verified: bool,
        code: bool,
    },
    Claim,
    WrongSecret,
    Deny,
    Withdraw,
    Supersede,
    Suspend,
    Take,
    Pass(u64),
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => (any::<bool>(), any::<bool>()).prop_map(|(verified, code)| Command::Approve { verified, code }),
        3 => Just(Command::Claim),
        3 => Just(Command::WrongSecret),
        1 => Just(Command::Deny),
        1 => Just(Command::Withdraw),
        1 => Just(Command::Supersede),
        1 => Just(Command::Suspend),
        3 => Just(Command::Take),
        3 => (0..90_u64).prop_map(Command::Pass),
    ]
}

/// What a person would keep on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Model {
    state: LoginState,
    qr: bool,
    claimed: bool,
    wrong: u32,
    age: u64,
    since_approval: u64,
    taken: bool,
}

impl Model {
    fn step(&mut self, command: &Command) {
        if let Command::Pass(seconds) = command {
            self.age += seconds;
            self.since_approval += seconds;
            if self.state == LoginState::Pending && self.age >= LIFETIME_S {
                self.state = LoginState::Expired;
            }
            return;
        }
        match (self.state, command) {
            (LoginState::Pending, Command::Approve { verified, code }) => {
                self.approve(*verified, *code);
            }
            (LoginState::Pending, Command::Claim) => self.claimed |= self.qr,
            (LoginState::Pending, Command::WrongSecret) if self.qr && !self.claimed => {
                self.wrong += 1;
                if self.wrong == WRONG_CLAIMS {
                    self.state = LoginState::Denied;
                }
            }
            (LoginState::Pending, Command::Deny) => self.state = LoginState::Denied,
            (LoginState::Pending, Command::Withdraw | Command::Suspend) => {
                self.state = LoginState::Cancelled;
            }
            (LoginState::Pending, Command::Supersede) => self.state = LoginState::Superseded,
            (LoginState::Approved, Command::Withdraw | Command::Suspend) if !self.taken => {
                self.state = LoginState::Cancelled;
            }
            (LoginState::Approved, Command::Take) => self.taken |= self.since_approval < TAKE_S,
            _ => {}
        }
    }

    fn approve(&mut self, verified: bool, code: bool) {
        if !verified {
            return;
        }
        let carried = if self.qr { self.claimed } else { code };
        if carried {
            self.state = LoginState::Approved;
            self.since_approval = 0;
        } else if !self.qr {
            self.state = LoginState::Denied;
        }
    }
}

fn start(entry: Entry) -> Login {
    let opened_at = Instant::from_unix_millis(1_795_340_460_000);
    Login::Pending(Pending {
        entry,
        claimed: entry == Entry::Push,
        wrong_claims: 0,
        opened_at,
        expires_at: opened_at + Duration::from_secs(LIFETIME_S),
    })
}

/// Applies a command as the flows do: what the state refuses changes nothing.
fn apply(login: Login, command: &Command, now: Instant) -> Login {
    let kept = login.clone();
    let before = login.expire_at(now);
    let result = match command {
        Command::Pass(_) => Ok(before),
        Command::Take => before.takeable_at(now).map(|approved| Login::Approved(approved.take())),
        Command::Suspend | Command::Withdraw => match before {
            Login::Approved(approved) => Ok(match approved.revoke(Outcome::Suspended) {
                Ok(ended) => Login::Ended(ended),
                Err(granted) => Login::Approved(granted),
            }),
            other => other
                .pending_at(now)
                .map(|pending| Login::Ended(pending.cancel(Outcome::Suspended))),
        },
        Command::Approve { verified, code } => {
            before.pending_at(now).and_then(|pending| approve(pending, *verified, *code, now))
        }
        Command::Claim => before.pending_at(now).and_then(Pending::claim).map(Login::Pending),
        Command::WrongSecret => before.pending_at(now).and_then(|pending| {
            // A claimed login does not look at secrets any more.
            pending.clone().claim().map(|_| pending.refuse_claim(WRONG_CLAIMS))
        }),
        Command::Deny => {
            before.pending_at(now).map(|pending| Login::Ended(pending.deny(Outcome::Mistake)))
        }
        Command::Supersede => {
            before.pending_at(now).map(|pending| Login::Ended(pending.supersede()))
        }
    };
    result.unwrap_or_else(|refusal| {
        assert!(
            matches!(refusal.code().status(), 409),
            "an undefined transition is a conflict: {refusal:?}"
        );
        kept.expire_at(now)
    })
}

fn approve(pending: Pending, verified: bool, code: bool, now: Instant) -> Result<Login, Refusal> {
    if !verified {
        return Ok(Login::Pending(pending));
    }
    let carried = match pending.entry {
        Entry::Qr => pending.carried_by_claim()?,
        Entry::Push => match pending.carried_by_code(code) {
            Ok(carried) => carried,
            Err(ended) => return Ok(Login::Ended(ended)),
        },
    };
    let take_until = now + Duration::from_secs(TAKE_S);
    Ok(Login::Approved(pending.approve(VerifiedAssertion::witnessed(), carried, take_until)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_machine_agrees_with_the_model(qr in any::<bool>(), commands in prop::collection::vec(command(), 1..40)) {
        let mut login = start(if qr { Entry::Qr } else { Entry::Push });
        let mut now = Instant::from_unix_millis(1_795_340_460_000);
        let mut model = Model {
            state: LoginState::Pending, qr, claimed: !qr, wrong: 0, age: 0, since_approval: 0, taken: false,
        };
        for command in &commands {
            if let Command::Pass(seconds) = command {
                now = now + Duration::from_secs(*seconds);
            }
            let was_approved = login.state() == LoginState::Approved;
            login = apply(login, command, now);
            model.step(command);
            prop_assert_eq!(login.state(), model.state, "after {:?}", command);
            if login.state() == LoginState::Approved && !was_approved {
                let honest = matches!(command, Command::Approve { verified: true, code } if *code || (qr && model.claimed));
                prop_assert!(honest, "approved by {:?}", command);
            }
            if let Login::Approved(approved) = &login {
                prop_assert_eq!(approved.granted, model.taken);
            }
        }
    }
}

#[test]
fn a_clock_that_was_set_back_gives_no_old_login_new_life() {
    let Login::Pending(pending) = start(Entry::Push) else { unreachable!("it starts pending") };
    let hour = Duration::from_secs(3600);
    assert!(pending.lives_at(pending.opened_at));
    assert!(!pending.lives_at(pending.opened_at - hour));
    assert!(!pending.lives_at(pending.expires_at));
}
