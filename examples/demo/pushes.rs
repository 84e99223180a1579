//! Phones that are woken, and told when nothing waits any more.

use countersign_client::OpenedLogin;
use countersign_protocol::LoginId;

use crate::{
    House, Timeline, Told,
    cast::{NIKS, TABLET},
    vendors::{APPLE, GOOGLE, Handed},
};

/// Both vendors hand Nik's phones the notice of this login.
pub async fn woken(
    timeline: &Timeline,
    house: &House,
    opening: impl Future<Output = Told<OpenedLogin>>,
) -> Told<OpenedLogin> {
    let wakes = |phone: &str| {
        let phone = phone.to_owned();
        move |handed: &Handed| {
            let title = handed.title.as_deref().unwrap_or_default();
            format!("wakes {phone}: \u{201c}{title}\u{201d}")
        }
    };
    let apple = timeline.step(APPLE, "wakes", house.vendors.apple_hands(), wakes(NIKS));
    let google = timeline.step(GOOGLE, "wakes", house.vendors.google_hands(), wakes(TABLET));
    let (login, apple, google) = tokio::join!(opening, apple, google);
    let login = login?;
    for handed in [apple?, google?] {
        let right = handed.kind == "alert" && handed.login == login.id().to_string();
        timeline.holds("the phone is woken for this login", right)?;
        timeline.holds("the notice names nobody and nothing", !names_anything(&handed))?;
    }
    Ok(login)
}

/// Once `deciding` has decided it, both vendors tell Nik's phones that this login waits no more.
pub async fn withdrawn(
    timeline: &Timeline,
    house: &House,
    login: LoginId,
    deciding: impl Future<Output = Told>,
) -> Told {
    let takes = |phone: &str| {
        let phone = phone.to_owned();
        move |_: &Handed| format!("takes the notification on {phone} back")
    };
    let apple = timeline.step(APPLE, "takes back", house.vendors.apple_hands(), takes(NIKS));
    let google = timeline.step(GOOGLE, "takes back", house.vendors.google_hands(), takes(TABLET));
    let (decided, apple, google) = tokio::join!(deciding, apple, google);
    decided?;
    for handed in [apple?, google?] {
        let right = handed.kind == "withdraw" && handed.login == login.to_string();
        timeline.holds("the notification of this login is taken back", right)?;
        timeline.holds("a withdrawal shows nothing", handed.title.is_none())?;
    }
    Ok(())
}

/// Nobody was woken but for the logins that were told of.
pub fn no_more(timeline: &Timeline, house: &House) -> Told {
    let alerts = house.vendors.alerts();
    let what = format!("each vendor woke a phone twice in all ({alerts:?})");
    timeline.holds(&what, alerts == [2, 2])
}

/// Whether a vendor could read who signs in where.
fn names_anything(handed: &Handed) -> bool {
    ["Acme", "Bakery", "RECEPTION", "nik", "Nik"].iter().any(|name| handed.payload.contains(name))
}
