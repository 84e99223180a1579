//! From the workstation, nobody can tell which names there are, nor whose.

use std::{collections::BTreeSet, time::Duration};

use countersign::flows::login::expire_due;
use countersign_client::{Answer, Request, random_bytes};
use countersign_protocol::{
    Bytes, Instant, LoginId, ProblemCode, Purpose,
    wire::desktop::{OpenBy, OpenLogin},
};
use countersign_testkit::{SoftPhone, SoftWorkstation};
use serde_json::Value;

use crate::{house::House, story};

/// The one who can be reached, and those who can't.
const NAMES: [&str; 5] = ["nik", "nobody", "sue", "udo", "pia"];

/// Sue is suspended, Udo works for no tenant, Pia has no phone. Sue's and Udo's phones.
async fn people(house: &House) -> [SoftPhone; 2] {
    let [sue, udo, pia] = [
        house.technician("sue").await,
        house.technician("udo").await,
        house.technician("pia").await,
    ];
    for technician in [&sue, &pia] {
        house.admin.delegate(house.tenant.id, technician.id).await.unwrap();
    }
    let phones = [house.phone_of(&sue).await, house.phone_of(&udo).await];
    house.admin.suspend_technician(sue.id).await.unwrap();
    phones
}

async fn open(workstation: &SoftWorkstation, name: &str, key: &str) -> Answer {
    let body = OpenLogin {
        by: OpenBy::Push { name: name.into() },
        purpose: Purpose::SignIn,
        os_session: key.into(),
        nonce: Bytes(random_bytes()),
    };
    let request = Request::post("/desktop/v1/logins").json(&body);
    workstation.workstation.send(request.header("idempotency-key", key)).await.unwrap()
}

/// What an answer looks like, without what is new each time.
fn shape(answer: &Answer) -> (u16, BTreeSet<String>, Value) {
    let headers = answer.headers.keys().map(|name| name.as_str().to_owned());
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
    let fields = body.as_object().unwrap().keys().map(|name| format!("body {name}"));
    let looks = headers.chain(fields).collect();
    let life = |name: &str| -> Option<Instant> { serde_json::from_value(body[name].clone()).ok() };
    let life = life("expires_at").zip(life("server_time"));
    body["life"] = life.map(|(end, now)| end.since(now).as_secs().div_ceil(10)).into();
    body["code"] = body["code"].as_str().map(str::len).into();
    for new in ["id", "expires_at", "server_time"] {
        body.as_object_mut().unwrap().remove(new);
    }
    (answer.status.as_u16(), looks, body)
}

fn id_of(answer: &Answer) -> LoginId {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    serde_json::from_value(body["id"].clone()).unwrap()
}

fn all_alike<T: PartialEq + std::fmt::Debug>(looks: &[T]) {
    for (look, name) in looks.iter().zip(NAMES) {
        assert_eq!(look, &looks[0], "{name} looks different");
    }
}

story! {
    async fn a_name_that_reaches_nobody_looks_like_any_other(house: House) {
        let phone = house.phone_of(&house.nik).await;
        let [sues, udos] = people(&house).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut opened = Vec::new();
        for name in NAMES {
            opened.push(open(&workstation, name, &format!("session-{name}")).await);
        }
        all_alike(&opened.iter().map(shape).collect::<Vec<_>>());

        assert_eq!(phone.pending().await.unwrap().len(), 1);
        assert!(udos.pending().await.unwrap().is_empty());
        assert!(sues.pending().await.is_err());
        for login in opened[1..].iter().map(id_of) {
            let looked_at = udos.look_at(login).await.unwrap_err();
            assert_eq!(looked_at.code(), Some(ProblemCode::NotFound));
        }

        let look = async |login: LoginId| {
            let read = Request::get(format!("/desktop/v1/logins/{login}"));
            shape(&workstation.workstation.send(read).await.unwrap())
        };
        let mut looks = Vec::new();
        for login in opened.iter().map(id_of) {
            looks.push(look(login).await);
        }
        all_alike(&looks);

        house.pass(Duration::from_secs(120)).await;
        expire_due(&house.node.context).await.unwrap();
        let mut looks = Vec::new();
        for login in opened.iter().map(id_of) {
            looks.push(look(login).await);
        }
        all_alike(&looks);
        assert_eq!(looks[0].2["state"], "expired");
    }
}

story! {
    async fn withdrawing_and_repeating_a_decoy_look_like_any_other(house: House) {
        let _phone = house.phone_of(&house.nik).await;
        let _phones = people(&house).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let mut looks = Vec::new();
        for name in NAMES {
            let body = OpenLogin {
                by: OpenBy::Push { name: name.into() },
                purpose: Purpose::SignIn,
                os_session: name.into(),
                nonce: Bytes([7; 32]),
            };
            let key = format!("story-{name}");
            let opened = workstation.workstation.open_as(&key, &body).await.unwrap();
            let again = workstation.workstation.open_as(&key, &body).await.unwrap();
            assert_eq!((opened.id(), &opened.code), (again.id(), &again.code));
            let cancel = Request::post(format!("/desktop/v1/logins/{}/cancel", opened.id()));
            looks.push(shape(&workstation.workstation.send(cancel).await.unwrap()));
        }
        all_alike(&looks);
    }
}

story! {
    |settings| { settings.login.per_name_per_minute = 3; }
    async fn the_caps_do_not_tell_names_apart(house: House) {
        let _phone = house.phone_of(&house.nik).await;
        let _phones = people(&house).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        house.clock.stop();
        let mut looks = Vec::new();
        for name in NAMES {
            let mut statuses = Vec::new();
            for time in 0..5 {
                let answer = open(&workstation, name, &format!("{name}-{time}-xx")).await;
                statuses.push((answer.status.as_u16(), answer.code(), answer.retry_after.is_some()));
            }
            looks.push(statuses);
        }
        all_alike(&looks);
        assert_eq!(looks[0][2].0, 201);
        assert_eq!(looks[0][3], (429, Some(ProblemCode::TooManyRequests), true));
    }
}
