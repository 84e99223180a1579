//! A workstation without network: the code is on the phone after the first visit, and opens it.

use std::future::ready;

use countersign_client::Paging;
use countersign_protocol::{
    offline::{OfflineSession, Prompt, Refusal, SecretVersion, Shown},
    wire::{offline::Holdings, sessions::Trust},
};
use countersign_testkit::{NotIn, SoftPhone, SoftWorkstation};

use crate::{
    Cast, House, Timeline, Told,
    cast::{NIKS, OFFICE},
    record,
};

/// Someone or something, and what the timeline calls it.
pub type Called<'a, T> = (&'a str, &'a T);

/// The first visit brings the code to the phone, the code opens the unplugged machine, and what is said of it
/// afterwards is no more than is known.
pub async fn after_the_first_visit(timeline: &Timeline, house: &House, cast: &Cast) -> Told {
    timeline.chapter("Without a network");
    let (office, niks) = ((OFFICE, &cast.office), (NIKS, &cast.niks));
    applies(timeline, office).await?;
    timeline.holds("no code opens what nobody visited", cast.office.prompt("nik").is_none())?;
    let holdings = fetches(timeline, niks).await?;
    timeline.holds("the phone holds nothing yet", holdings.holdings.is_empty())?;
    visit(timeline, office, niks).await?;
    applies(timeline, office).await?;
    let holdings = fetches(timeline, niks).await?;
    let one = matches!(holdings.holdings.as_slice(), [one] if one.held.len() == 1);
    timeline.holds("the phone holds this machine's secret, and no other's", one)?;

    let (prompt, shown, session) = opens(timeline, office, niks).await?;
    let right = (session.account.as_str(), session.version) == ("msp-nik", SecretVersion::Named(1));
    timeline.holds("it opened with his account, by the machine's own secret", right)?;
    refuses(timeline, office, &shown, Refusal::Used).await?;
    let sentence =
        "nik@example.com (claimed) logged into the desktop W11-OFFICE offline with account msp-nik";
    uploads(timeline, house, office, sentence).await?;

    let telling = async {
        cast.niks.tell_shown(&prompt, &shown).await?;
        cast.admin.sessions(&Paging::default()).await
    };
    let sessions = timeline
        .step(NIKS, "signs for the code", telling, |_| {
            "is back too, and signs that it showed this code: the session is confirmed".to_owned()
        })
        .await?;
    let confirmed = sessions.items.last().is_some_and(|last| last.trust == Trust::Confirmed);
    timeline.holds("the session is confirmed by the phone", confirmed)
}

/// A session with network, from the QR code to the end.
async fn visit(
    timeline: &Timeline,
    (desk, at): Called<'_, SoftWorkstation>,
    (whose, phone): Called<'_, SoftPhone>,
) -> Told {
    let mut login = timeline
        .step(desk, "opens a QR login", at.open_qr(), |_| "shows a QR code".to_owned())
        .await?;
    let link = at.qr_link(&login);
    let approving = phone.approve_qr(&link);
    timeline.step(whose, "approves", approving, |_| "scanned it, and approved".to_owned()).await?;
    let entering = async {
        at.wait_decided(&mut login).await?;
        at.enters(&mut login).await
    };
    let session = timeline
        .step(desk, "opens", entering, |session| {
            format!("made the account {} and a fresh password, and opened", session.account)
        })
        .await?;
    let told = |_: &_| "reports that the session has ended".to_owned();
    timeline.step(desk, "reports the end", at.ends(session.id), told).await?;
    Ok(())
}

/// The workstation applies its state document and says so.
pub async fn applies(timeline: &Timeline, (desk, at): Called<'_, SoftWorkstation>) -> Told {
    let applied = timeline.step(desk, "applies its state document", at.sync(), |version| {
        let codes = at.prompt("nik").map_or_else(
            || "takes no codes".to_owned(),
            |prompt| format!("takes codes of {} without network", prompt.version),
        );
        format!("applied its state document {}.{}, and {codes}", version.tenant, version.own)
    });
    applied.await.map(drop)
}

/// The phone fetches whatever it may hold.
pub async fn fetches(timeline: &Timeline, (whose, phone): Called<'_, SoftPhone>) -> Told<Holdings> {
    let told = |holdings: &Holdings| {
        let held: usize = holdings.holdings.iter().map(|one| one.held.len()).sum();
        match held {
            0 => "holds no offline secret".to_owned(),
            1 => "holds one offline secret".to_owned(),
            more => format!("holds {more} offline secrets"),
        }
    };
    timeline.step(whose, "fetches offline secrets", phone.fetch_codes(), told).await
}

/// Nik types his name at the unplugged machine, reads the code off his phone, and types that: neither asks the service.
pub async fn opens(
    timeline: &Timeline,
    (desk, at): Called<'_, SoftWorkstation>,
    (whose, phone): Called<'_, SoftPhone>,
) -> Told<(Prompt, Shown, OfflineSession)> {
    let asking = ready(at.prompt("nik").ok_or("it takes no codes"));
    let prompt = timeline
        .step(desk, "asks for a code", asking, |prompt| {
            format!("is unplugged; typed nik, and asks for a code of {}", prompt.version)
        })
        .await?;
    let shown = timeline
        .step(whose, "shows a code", ready(phone.show(&prompt)), |shown| {
            format!("shows {} for {}, without network", *shown.code, shown.version)
        })
        .await?;
    let session = timeline
        .step(desk, "checks the code", ready(at.enters_offline("nik", &shown.code)), |session| {
            format!("checked it by itself, and opened with account {}", session.account)
        })
        .await?;
    Ok((prompt, shown, session))
}

/// The unplugged machine does not open.
pub async fn refuses(
    timeline: &Timeline,
    (desk, at): Called<'_, SoftWorkstation>,
    shown: &Shown,
    why: Refusal,
) -> Told {
    let refusing = ready(match at.enters_offline("nik", &shown.code) {
        Err(NotIn::Refused(refusal)) if refusal == why => Ok(refusal),
        Err(other) => Err(other.to_string()),
        Ok(_) => Err("was not refused".to_owned()),
    });
    let told = |refusal: &Refusal| format!("refuses {}: {refusal}", *shown.code);
    timeline.step(desk, "refuses the code", refusing, told).await.map(drop)
}

/// The machine is back and tells of its one session, of which the record says this.
pub async fn uploads(
    timeline: &Timeline,
    house: &House,
    (desk, at): Called<'_, SoftWorkstation>,
    sentence: &str,
) -> Told {
    let uploading = async { at.uploads().await?.ok_or(NotIn::NoAccount) };
    let uploaded = timeline
        .step(desk, "tells what happened", uploading, |uploaded| {
            format!("is back, and tells what happened: 1 session, {} flagged", uploaded.flagged)
        })
        .await?;
    timeline.holds("it is kept", uploaded.through == 1)?;
    let told = |(): &()| format!("says \u{201c}{sentence}\u{201d}");
    timeline.step("the record", "is honest", record::says(house, sentence), told).await
}
