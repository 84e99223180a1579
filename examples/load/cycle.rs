//! One login, from the typed name to the checked grant.

use std::{sync::Arc, time::Duration};

use countersign_client::{Error, OpenedLogin};
use countersign_protocol::{
    LoginId, Statement,
    encoding::base64url,
    wire::{LoginState, mobile::Approve},
};
use countersign_testkit::SoftWorkstation;
use tokio::{task::JoinHandle, time::Instant as Timer};

use crate::{
    figures::{Failed, Step, Times},
    fleet::Carried,
};

/// How long a workstation waits: no healthy cycle takes a tenth of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the wait ended, the login with it, and when.
type Waited = (Result<LoginState, Error>, OpenedLogin, Timer);

/// Ends a wait that nobody listens to any more.
struct Waiting(JoinHandle<Waited>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One login that should have begun at `intended`. `list`: the phone looks at its list.
pub async fn cycle(
    desk: &Arc<SoftWorkstation>,
    carried: &Carried,
    list: bool,
    intended: Timer,
) -> Result<Times, Failed> {
    let mut times = Times::default();
    let mut since = intended;
    let opened = desk.open_push(&carried.email).await.map_err(Failed::at(Step::Open))?;
    times.took(Step::Open, lap(&mut since));
    let (id, code) = (opened.id(), opened.code.clone());
    let mut waiting = wait(Arc::clone(desk), opened);

    let shown = look(carried, id, list).await.map_err(Failed::at(Step::Look))?;
    times.took(Step::Look, lap(&mut since));
    let options =
        carried.phone.phone.signing_options(id).await.map_err(Failed::at(Step::Options))?;
    times.took(Step::Options, lap(&mut since));
    // What `Phone::approve` does, in pieces that can be timed.
    let challenge = base64url(&shown.challenge(&options.nonce));
    if options.public_key["challenge"].as_str() != Some(&challenge) {
        return Err(Failed::at(Step::Sign)(Error::ChallengeMismatch));
    }
    let assertion = carried.phone.passkey.assert(&options.public_key, carried.phone.phone.origin());
    let approval = Approve { assertion, code };
    times.took(Step::Sign, lap(&mut since));

    let sent = since;
    carried.phone.phone.send_approval(id, &approval).await.map_err(Failed::at(Step::Approve))?;
    times.took(Step::Approve, lap(&mut since));
    let answered = since;

    let broken = |_| Failed { step: Step::Wait, code: "panicked".to_owned() };
    let (state, mut login, ended) = (&mut waiting.0).await.map_err(broken)?;
    let state = state.map_err(Failed::at(Step::Wait))?;
    if state != LoginState::Approved {
        return Err(Failed { step: Step::Wait, code: state.as_str().to_owned() });
    }
    times.took(Step::ApproveToDesktop, ended.saturating_duration_since(sent));
    times.took(Step::AnswerToDesktop, ended.saturating_duration_since(answered));

    since = Timer::now();
    desk.take_grant(&mut login).await.map_err(Failed::at(Step::Take))?;
    times.took(Step::Take, lap(&mut since));
    times.took(Step::Cycle, since.saturating_duration_since(intended));
    Ok(times)
}

/// The workstation waits in a task of its own, so that nothing of the phone's delays it here.
fn wait(desk: Arc<SoftWorkstation>, mut opened: OpenedLogin) -> Waiting {
    Waiting(tokio::spawn(async move {
        let state = desk.workstation.wait_decided(&mut opened, PATIENCE).await;
        let ended = Timer::now();
        (state, opened, ended)
    }))
}

async fn look(carried: &Carried, id: LoginId, list: bool) -> Result<Statement, Error> {
    if !list {
        return carried.phone.look_at(id).await;
    }
    let pending = carried.phone.pending().await?;
    let found = pending.into_iter().find(|pending| pending.statement.login == id);
    Ok(found.ok_or(Error::NotOurs("the login is not on the list"))?.statement)
}

/// The time since `since`, which becomes now.
fn lap(since: &mut Timer) -> Duration {
    let now = Timer::now();
    now.saturating_duration_since(std::mem::replace(since, now))
}
