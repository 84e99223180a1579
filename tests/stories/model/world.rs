//! What is true: the same commands through the flows.

use std::{collections::HashMap, time::Duration};

use countersign::{
    config::Settings,
    domain::Failure,
    flows::{admin::devices, login},
};
use countersign_protocol::{
    Bytes, LoginId, ProblemCode, qr,
    wire::{
        LoginState,
        desktop::{OpenBy, Opened},
        mobile::{Approve, Claim, Deny, DenyReason},
    },
};
use countersign_testkit::{Lies, SoftPasskey};
use serde_json::{Value, json};

use super::{
    belief::{FAILURES, LIFETIME, PAUSE, TAKE, WRONG_CLAIMS},
    command::{Code, Command, Signed},
};
use crate::{hang_ups::cast::Cast, house::House};

const HERE: &str = "127.0.0.1";

pub struct World {
    pub cast: Cast,
    logins: Vec<Opened>,
    /// What the phone was asked to sign, also of logins that are over by now.
    asked: HashMap<LoginId, Value>,
}

impl World {
    /// Time stands, but for what a round lets pass.
    pub async fn new() -> Self {
        let house = House::embedded_with(rules).await;
        house.clock.stop();
        let cast = Cast::of(house).await;
        Self { cast, logins: Vec::new(), asked: HashMap::new() }
    }

    /// Time passes, and what is due ends.
    pub async fn pass(&self, seconds: u64) {
        self.cast.house.pass(Duration::from_secs(seconds)).await;
        while login::expire_due(self.cast.ctx()).await.unwrap() > 0 {}
    }

    /// Whether the command succeeds.
    pub async fn obey(&mut self, command: Command) -> bool {
        let (ctx, at) = (self.cast.ctx(), self.cast.workstation());
        match command {
            Command::OpenPush => {
                self.logins.push(self.cast.push().await);
                true
            }
            Command::OpenQr => {
                let asked = self.cast.asked(OpenBy::Qr {});
                self.logins.push(login::open(ctx, at, asked).await.unwrap().0);
                true
            }
            Command::Claim(of, right) => self.claim(of, right).await,
            Command::Approve(of, code, signed) => self.approve(of, code, signed).await,
            Command::Deny(of) => {
                let deny = Deny { reason: DenyReason::Mistake };
                done(login::deny(ctx, self.cast.device(), self.id(of), &deny).await)
            }
            Command::Withdraw(of) => done(login::withdraw(ctx, at, self.id(of)).await),
            Command::Take(of) => done(login::take(ctx, at, self.id(of)).await),
            Command::Pass(seconds) => {
                self.pass(seconds).await;
                true
            }
            Command::Suspend => {
                done(devices::suspend(ctx, self.cast.admin, self.cast.device().device).await)
            }
            Command::Resume => {
                done(devices::resume(ctx, self.cast.admin, self.cast.device().device).await)
            }
        }
    }

    /// State and version of every login, in the order of opening.
    pub async fn seen(&self) -> Vec<(LoginState, i64)> {
        let (ctx, at) = (self.cast.ctx(), self.cast.workstation());
        let mut seen = Vec::new();
        for opened in &self.logins {
            let id = opened.login.id;
            let view = login::wait_for_decision(ctx, at, id, |_| false, Duration::ZERO).await;
            let view = view.unwrap().expect("whoever does not wait is answered");
            seen.push((view.state, view.version));
        }
        seen
    }

    fn id(&self, of: usize) -> LoginId {
        self.logins[of].login.id
    }

    async fn claim(&self, of: usize, right: bool) -> bool {
        let (ctx, id) = (self.cast.ctx(), self.id(of));
        let secret = match &self.logins[of].qr {
            Some(shown) if right => qr::secret(&shown.claim_key, id, qr::step(ctx.now())),
            _ => [0; 16],
        };
        let claim = Claim { secret: Bytes(secret) };
        done(login::claim(ctx, self.cast.device(), id, &claim, HERE).await)
    }

    async fn approve(&mut self, of: usize, code: Code, signed: Signed) -> bool {
        let (ctx, id, device) = (self.cast.ctx(), self.id(of), self.cast.device());
        if let Ok(options) = login::options(ctx, device, id).await {
            self.asked.insert(id, options.public_key);
        }
        let shown = self.logins[of].code.clone();
        let code = match code {
            Code::Right => shown,
            Code::Wrong => shown.map(|code| code.chars().map(other_digit).collect()),
            Code::Missing => None,
        };
        let assertion = self.asked.get(&id).map_or(json!({}), |asked| self.sign(asked, signed));
        let approve = Approve { assertion, code };
        done(login::approve(ctx, device, id, approve, HERE).await)
    }

    fn sign(&self, asked: &Value, signed: Signed) -> Value {
        let (origin, honest) = (self.cast.house.transport().origin(), &self.cast.phone.passkey);
        let other = SoftPasskey::new();
        let mut lies = Lies::default();
        let passkey = match signed {
            Signed::ByAnother => {
                lies.credential_id = Some(honest.credential_id().to_vec());
                &other
            }
            _ => honest,
        };
        match signed {
            Signed::Badly => lies.signature = Some(vec![0x30, 6, 2, 1, 1, 2, 1, 1]),
            Signed::Unverified => lies.user_unverified = true,
            Signed::OverAnother => lies.challenge = Some(vec![7; 32]),
            Signed::Honestly | Signed::ByAnother => {}
        }
        passkey.assert_lying(asked, &origin, &lies)
    }
}

fn rules(settings: &mut Settings) {
    settings.login.claims_wrong_max = WRONG_CLAIMS;
    settings.login.lifetime_s = LIFETIME;
    settings.login.grant_take_s = TAKE;
    settings.login.pause_after_failures = FAILURES;
    settings.login.pause_s = PAUSE;
}

fn other_digit(digit: char) -> char {
    if digit == '0' { '1' } else { '0' }
}

/// A refusal is an answer; a fault or a database that does not answer is none.
fn done<T>(result: Result<T, Failure>) -> bool {
    match result {
        Ok(_) => true,
        Err(Failure::Refused(refusal)) => {
            assert_ne!(refusal.code(), ProblemCode::TooManyRequests, "the round is too fast");
            false
        }
        Err(failure) => panic!("{failure:?}"),
    }
}
