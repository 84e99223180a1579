//! The logins that end well.

use countersign_client::{Error, OpenedLogin};
use countersign_protocol::{
    ProblemCode, Statement,
    grant::GrantClaims,
    wire::{
        LoginState,
        mobile::{Approve, Decided},
    },
};
use countersign_testkit::SoftPhone;
use tokio::time::Instant as Timer;

use crate::{
    Cast, House, Timeline, Told,
    cast::{ADAS, DESK, NIKS, TABLET},
    pushes,
};

/// A name is typed, both phones are woken, the code is carried over; a second approval is too late, and the
/// notifications are taken back.
pub async fn by_push(timeline: &Timeline, house: &House, cast: &Cast) -> Told {
    timeline.chapter("A push login");
    let opening = timeline.step(
        DESK,
        "opens a push login",
        cast.desk.open_push("nik@example.com"),
        |login| format!("typed nik@example.com, and shows the code {}", code_of(login)),
    );
    let mut login = pushes::woken(timeline, house, opening).await?;
    let shown = timeline
        .step(NIKS, "looks at the login", cast.niks.look_at(login.id()), |shown| {
            format!(
                "sees {}, {}, {}, account {}, from {}",
                shown.msp.name,
                shown.tenant.name,
                shown.workstation.name,
                shown.account.name,
                shown.network_address
            )
        })
        .await?;
    let second = timeline
        .step(NIKS, "signs a second time", signed(&cast.niks, &shown, &code_of(&login)), |_| {
            "asks for the options, and keeps a signature for later".to_owned()
        })
        .await?;
    let code = code_of(&login);
    let approving = cast.niks.phone.approve(&shown, Some(&code), &cast.niks.passkey);
    let opened = approved_and_opened(timeline, cast, NIKS, approving, &mut login, "msp-nik");
    pushes::withdrawn(timeline, house, shown.login, opened).await?;
    let left = timeline
        .step(TABLET, "opens the app", cast.tablet.pending(), |_| "shows nothing more".to_owned())
        .await?;
    timeline.holds("the other phone has nothing to approve", left.is_empty())?;
    let again = cast.niks.phone.send_approval(login.id(), &second);
    timeline
        .refused(
            NIKS,
            "approves once more with the other signature",
            &[ProblemCode::LoginNotPending],
            again,
        )
        .await
}

/// The phone scans what the workstation shows, and the workstation shows who scanned.
pub async fn by_qr_code(timeline: &Timeline, cast: &Cast) -> Told {
    timeline.chapter("A QR login");
    let mut login = timeline
        .step(DESK, "opens a QR login", cast.desk.open_qr(), |_| {
            "shows a QR code, whose secret changes every 10 seconds".to_owned()
        })
        .await?;
    let link = cast.desk.qr_link(&login);
    let claimed = timeline
        .step(ADAS, "scans", cast.adas.phone.claim(&link), |claimed| {
            let shown = &claimed.login.statement;
            format!(
                "scanned it, and sees {}, account {}",
                shown.workstation.name, shown.account.name
            )
        })
        .await?;
    let seeing = cast.desk.wait_changed(&mut login);
    timeline
        .step(DESK, "waits for a claim", seeing, |()| "learns that it was claimed".to_owned())
        .await?;
    let by_ada = login.view.claimed_by.as_deref() == Some("ada@example.com");
    timeline.holds("the workstation shows that ada@example.com claimed the login", by_ada)?;
    let approving = cast.adas.phone.approve(&claimed.login.statement, None, &cast.adas.passkey);
    approved_and_opened(timeline, cast, ADAS, approving, &mut login, "msp-ada").await
}

/// The phone approves while the workstation waits, which takes and checks its grant.
async fn approved_and_opened(
    timeline: &Timeline,
    cast: &Cast,
    phone: &str,
    approving: impl Future<Output = Result<Decided, Error>>,
    login: &mut OpenedLogin,
    account: &str,
) -> Told {
    let began = Timer::now();
    let approving =
        timeline.step(phone, "approves", approving, |_| "approved by fingerprint".to_owned());
    let waiting = timeline.step(DESK, "waits", cast.desk.wait_decided(login), |state| {
        format!("learns that the login is {}", state.as_str())
    });
    let (decided, state) = tokio::join!(approving, waiting);
    let both = decided?.state == LoginState::Approved && state? == LoginState::Approved;
    timeline.holds("the login is approved", both)?;
    let grant = timeline
        .step(DESK, "takes the grant", cast.desk.take_grant(login), |grant: &GrantClaims| {
            format!(
                "took the grant and checked it: {} may enter as {}",
                grant.technician.email, grant.account.name
            )
        })
        .await?;
    timeline.since(DESK, "from the finger to the open door", began);
    timeline.holds("the grant is for the right account", grant.account.name == account)
}

/// A signed approval that is not sent yet.
async fn signed(phone: &SoftPhone, shown: &Statement, code: &str) -> Result<Approve, Error> {
    let options = phone.phone.signing_options(shown.login).await?;
    let assertion = phone.passkey.assert(&options.public_key, phone.phone.origin());
    Ok(Approve { assertion, code: Some(code.to_owned()) })
}

/// The code that the workstation shows.
pub fn code_of(login: &OpenedLogin) -> String {
    login.code.clone().unwrap_or_default()
}
