//! What does not open the workstation.

use std::time::Duration;

use countersign_client::{Error, OpenedLogin};
use countersign_protocol::{
    ProblemCode,
    wire::{LoginState, Status, desktop::Outcome, mobile::DenyReason, state::Suspended},
};
use tokio::time::{Instant as Timer, sleep};

use crate::{
    Cast, House, Timeline, Told,
    cast::{ADAS, DESK, NIKS},
    logins::code_of,
    pushes, record,
};

/// How long a node may take to learn that tokens are dead.
pub const DEAD_WITHIN: Duration = Duration::from_secs(1);

/// One wrong code denies.
pub async fn wrong_code(timeline: &Timeline, house: &House, cast: &Cast) -> Told {
    timeline.chapter("A wrong code");
    let mut login = pushes::woken(timeline, house, open(timeline, cast, "nik")).await?;
    let wrong = another_code(&code_of(&login));
    let what = format!("approves with the code {wrong}");
    let approving = cast.niks.approve(login.id(), &wrong);
    let refused = timeline.refused(NIKS, &what, &[ProblemCode::WrongCode], approving);
    pushes::withdrawn(timeline, house, login.id(), refused).await?;
    ends(timeline, cast, &mut login, LoginState::Denied, Outcome::WrongCode).await?;
    let taking = cast.desk.workstation.fetch_grant(login.id());
    timeline.refused(DESK, "asks for a grant", &[ProblemCode::GrantNotAvailable], taking).await
}

/// A fraud report freezes the workstation's push logins until an admin lifts it. After a denial phones are left
/// in peace for a while: the login is on the list, and nobody is woken.
pub async fn fraud(timeline: &Timeline, house: &House, cast: &Cast) -> Told {
    timeline.chapter("A fraud report");
    let mut login = open(timeline, cast, "nik@example.com").await?;
    unwoken(timeline, house, 1).await?;
    let listed = timeline
        .step(NIKS, "opens the app", cast.niks.pending(), |_| {
            "shows it all the same, to who opens the app".to_owned()
        })
        .await?;
    let there = listed.iter().any(|pending| pending.statement.login == login.id());
    timeline.holds("a login that nobody was woken for is on the list", there)?;
    let denying = cast.niks.deny(login.id(), DenyReason::Fraud);
    timeline
        .step(NIKS, "denies", denying, |_| "did not ask for this: denied as fraud".to_owned())
        .await?;
    ends(timeline, cast, &mut login, LoginState::Denied, Outcome::Fraud).await?;
    let opening = cast.desk.open_push("ada@example.com");
    timeline.refused(DESK, "opens a push login", &[ProblemCode::PushFrozen], opening).await?;
    let lifting = cast.admin.unfreeze_workstation(cast.desk.workstation.id());
    timeline.step("admin", "lifts the freeze", lifting, |_| "lifted the freeze".to_owned()).await?;
    let mut login = open(timeline, cast, "nik@example.com").await?;
    unwoken(timeline, house, 2).await?;
    let denying = cast.niks.deny(login.id(), DenyReason::Mistake);
    timeline.step(NIKS, "denies", denying, |_| "denied it as a mistake".to_owned()).await?;
    ends(timeline, cast, &mut login, LoginState::Denied, Outcome::Mistake).await
}

/// The record says, for the time that is given, that Nik's phones were left in peace.
async fn unwoken(timeline: &Timeline, house: &House, times: usize) -> Told {
    let recorded = record::has(house, "push_held_back", times);
    timeline
        .step("service", "leaves the phones in peace", recorded, |()| {
            "wakes no phone so soon after a denial, and records that".to_owned()
        })
        .await
}

/// Suspending a technician ends what they have, at once.
pub async fn suspended(timeline: &Timeline, cast: &Cast) -> Told {
    timeline.chapter("A suspended technician");
    let mut login = open(timeline, cast, "ada@example.com").await?;
    let shown = timeline
        .step(ADAS, "looks", cast.adas.look_at(login.id()), |shown| {
            format!("sees {}, account {}", shown.workstation.name, shown.account.name)
        })
        .await?;
    let suspending = cast.admin.suspend_technician(cast.ada.id);
    let told = |gone: &Suspended| format!("suspended {}", gone.technician.email);
    let ada = timeline.step("admin", "suspends", suspending, told).await?.technician;
    timeline.holds("she is suspended", ada.status == Status::Suspended)?;
    ends(timeline, cast, &mut login, LoginState::Cancelled, Outcome::Suspended).await?;
    // The access token is dead within a second, and the refresh token that the phone tries next is too. Until
    // the node has read that, there is no such login for this phone.
    let dead = [ProblemCode::InvalidToken, ProblemCode::InvalidGrant];
    let code = code_of(&login);
    let approving = async {
        let promised = Timer::now() + DEAD_WITHIN;
        loop {
            let sent = cast.adas.phone.approve(&shown, Some(&code), &cast.adas.passkey).await;
            let not_there =
                sent.as_ref().err().and_then(Error::code) == Some(ProblemCode::NotFound);
            if !not_there || Timer::now() > promised {
                return sent;
            }
            sleep(DEAD_WITHIN / 20).await;
        }
    };
    timeline.refused(ADAS, "approves all the same", &dead, approving).await?;
    let login = timeline
        .step(DESK, "opens a push login", cast.desk.open_push("ada@example.com"), |_| {
            "typed ada@example.com again: it shows a code as for any name, and nobody is asked"
                .to_owned()
        })
        .await?;
    timeline.holds("strangers can't tell who is suspended", !code_of(&login).is_empty())?;
    let withdrawing = cast.desk.workstation.cancel(login.id());
    timeline.step(DESK, "withdraws", withdrawing, |_| "withdrew it".to_owned()).await?;
    Ok(())
}

async fn open(timeline: &Timeline, cast: &Cast, name: &str) -> Told<OpenedLogin> {
    let told = |login: &OpenedLogin| format!("typed {name}, and shows the code {}", code_of(login));
    timeline.step(DESK, "opens a push login", cast.desk.open_push(name), told).await
}

/// The workstation's wait tells this end.
async fn ends(
    timeline: &Timeline,
    cast: &Cast,
    login: &mut OpenedLogin,
    state: LoginState,
    outcome: Outcome,
) -> Told {
    let learning = async {
        cast.desk.wait_decided(login).await?;
        Ok::<_, Error>((login.view.state, login.view.outcome))
    };
    let told = |(state, outcome): &(LoginState, Option<Outcome>)| {
        format!(
            "learns that the login is {} ({})",
            state.as_str(),
            outcome.map_or("", Outcome::as_str)
        )
    };
    let learnt = timeline.step(DESK, "waits", learning, told).await?;
    let what = format!("the login is {} by {}", state.as_str(), outcome.as_str());
    timeline.holds(&what, learnt == (state, Some(outcome)))
}

/// A code of as many digits that is not this one.
fn another_code(code: &str) -> String {
    let (first, rest) = code.split_at(code.len().min(1));
    format!("{}{rest}", if first == "7" { "3" } else { "7" })
}
