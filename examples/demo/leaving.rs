//! A technician leaves: what their phone can still open shrinks as workstations say that they know.

use std::time::Duration;

use countersign_client::Error;
use countersign_protocol::{
    ProblemCode,
    offline::{Prompt, Refusal, SecretVersion},
    wire::state::{BlastRadius, Straggler},
};
use tokio::time::{Instant as Timer, sleep};

use crate::{
    Cast, House, Timeline, Told,
    cast::{ADAS, DESK, NIKS, OFFICE, STORE},
    offline::{applies, fetches, opens, refuses, uploads},
    refusals::DEAD_WITHIN,
};

/// How long a connected workstation waits for news.
const PATIENCE: Duration = Duration::from_secs(10);

/// Nik is removed while a workstation is unplugged: his code still opens that one, until it is back.
pub async fn a_technician_leaves(
    timeline: &Timeline,
    house: &House,
    cast: &Cast,
    account: &str,
) -> Told {
    timeline.chapter("A technician leaves");
    let (store, niks) = ((STORE, &cast.store), (NIKS, &cast.niks));
    can_still_open(timeline, cast, &[OFFICE, DESK, STORE]).await?;
    let told = |_: &bool| "learns of it while it waits, and applies it".to_owned();
    let following = timeline.step(DESK, "follows", cast.desk.follow(PATIENCE), told);
    let removing = cast.admin.remove_technician(cast.nik.id);
    let removing = timeline.step("admin", "removes", removing, |_| {
        format!("removed {}, while W11-STORE is unplugged", cast.nik.email)
    });
    let (removed, followed) = tokio::join!(removing, following);
    removed?;
    timeline.holds("a connected workstation learns of it", followed?)?;
    can_still_open(timeline, cast, &[OFFICE, STORE]).await?;
    applies(timeline, (OFFICE, &cast.office)).await?;
    can_still_open(timeline, cast, &[STORE]).await?;
    asks_in_vain(timeline, cast).await?;

    let (prompt, ..) = opens(timeline, store, niks).await?;
    let sentence = format!(
        "nik@example.com (claimed) logged into the desktop W11-STORE offline with account {account}, \
         which can't be right"
    );
    uploads(timeline, house, store, &sentence).await?;
    applies(timeline, store).await?;
    can_still_open(timeline, cast, &[]).await?;

    let old = Prompt { version: SecretVersion::Shared(1), ..prompt };
    let shown = cast.niks.show(&old).map_err(|why| timeline.not_as_told(why))?;
    refuses(timeline, store, &shown, Refusal::Wrong).await?;
    fetches(timeline, (ADAS, &cast.adas)).await?;
    let asked =
        cast.store.prompt("ada").ok_or_else(|| timeline.not_as_told("it takes no codes"))?;
    let stays = cast.adas.show(&asked).is_ok_and(|shown| shown.version == SecretVersion::Shared(2));
    timeline.holds("whoever stays has the secret that took its place", stays)
}

/// The blast radius is these workstations.
async fn can_still_open(timeline: &Timeline, cast: &Cast, expected: &[&str]) -> Told {
    let told = |radius: &BlastRadius| match names(radius).as_slice() {
        [] => "sees that Nik's phone opens nothing any more".to_owned(),
        hosts => format!(
            "sees that Nik's phone can open {} without network: {}",
            radius.accepting,
            hosts.join(", ")
        ),
    };
    let asking = cast.admin.blast_radius(cast.nik.id);
    let radius = timeline.step("admin", "asks for the blast radius", asking, told).await?;
    let seen = radius.stragglers.iter().all(|one: &Straggler| one.last_seen_at.is_some());
    timeline.holds("it is known when each was last seen", seen)?;
    let what = format!("these are {expected:?}");
    timeline.holds(&what, names(&radius) == expected)
}

fn names(radius: &BlastRadius) -> Vec<&str> {
    let mut names: Vec<_> = radius.stragglers.iter().map(|one| one.host_name.as_str()).collect();
    names.sort_unstable();
    names
}

/// The leaver's phone gets no secret any more, within the time in which its tokens die.
async fn asks_in_vain(timeline: &Timeline, cast: &Cast) -> Told {
    let dead = [ProblemCode::InvalidToken, ProblemCode::InvalidGrant];
    let asking = async {
        let promised = Timer::now() + DEAD_WITHIN;
        loop {
            let answer = cast.niks.phone.offline_codes().await?;
            if !answer.holdings.is_empty() || Timer::now() > promised {
                return Ok::<_, Error>(answer);
            }
            sleep(DEAD_WITHIN / 20).await;
        }
    };
    timeline.refused(NIKS, "asks for the secret that took its place", &dead, asking).await
}
