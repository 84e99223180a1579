//! Bodies, ids and names that are not of the contract.

use countersign_client::{DeviceKey, Request};
use countersign_protocol::ProblemCode;
use countersign_testkit::{SoftPhone, SoftWorkstation};
use serde_json::Value;

use crate::{
    house::House,
    operations::{By, Callers, Operation, operations},
    refusal::refusal,
    story,
};

/// An id of no kind in particular: bodies are judged before they are acted upon.
const SOME_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

struct People {
    phone: SoftPhone,
    workstation: SoftWorkstation,
}

impl People {
    async fn of(house: &House) -> Self {
        let phone = house.phone_of(&house.nik).await;
        Self { phone, workstation: house.workstation("W11-RECEPTION").await }
    }

    fn callers<'a>(&'a self, house: &'a House) -> Callers<'a> {
        Callers {
            transport: house.transport(),
            key: DeviceKey::generate().unwrap(),
            phone: &self.phone,
            workstation: &self.workstation,
            admin: &house.admin,
        }
    }
}

/// Every operation that takes a body, with who may send it and the contract's example.
fn with_bodies() -> Vec<(Operation, By, Value)> {
    let taken = |operation: Operation| {
        let (by, body) = (operation.by?, operation.body.clone()?);
        Some((operation, by, body))
    };
    let found: Vec<_> = operations().into_iter().filter_map(taken).collect();
    assert!(found.len() > 10, "{}", found.len());
    found
}

/// The same JSON with one more field in each of its objects in turn, but for what the browser's API makes.
fn with_one_more_field(json: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    if let Value::Object(members) = json {
        let mut more = json.clone();
        more["not_of_the_contract"] = true.into();
        all.push(more);
        let ours = |name: &str| !matches!(name, "assertion" | "credential");
        for (name, member) in members.iter().filter(|(name, _)| ours(name)) {
            for inner in with_one_more_field(member) {
                let mut outer = json.clone();
                outer[name.as_str()] = inner;
                all.push(outer);
            }
        }
    }
    all
}

story! {
    async fn an_unknown_field_is_refused_by_name_wherever_it_stands(house: House) {
        let people = People::of(&house).await;
        let callers = people.callers(&house);
        for (operation, by, body) in with_bodies() {
            for body in with_one_more_field(&body) {
                let request = operation.bare(|_| SOME_ID.to_owned()).json(&body);
                let answer = callers.send(by, request).await;
                let text = String::from_utf8_lossy(&answer.body);
                assert_eq!(answer.status, 400, "{}: {body} {text}", operation.name);
                let detail = refusal(&answer, ProblemCode::InvalidRequest);
                assert!(detail.contains("not_of_the_contract"), "{}: {detail}", operation.name);
            }
        }
    }
}

story! {
    async fn an_oversized_body_is_refused_on_every_route(house: House) {
        let people = People::of(&house).await;
        let callers = people.callers(&house);
        for (operation, by, mut body) in with_bodies() {
            body["pad"] = "x".repeat(countersign::http::MAX_LIST).into();
            let request = operation.bare(|_| SOME_ID.to_owned()).json(&body);
            let answer = callers.send(by, request).await;
            assert_eq!(answer.status, 413, "{}", operation.name);
            refusal(&answer, ProblemCode::TooLarge);
        }
    }
}

story! {
    async fn what_is_not_declared_as_json_is_not_read_as_json(house: House) {
        let people = People::of(&house).await;
        let callers = people.callers(&house);
        for (operation, by, body) in with_bodies() {
            let json = body.to_string();
            for kind in ["text/plain", "application/x-www-form-urlencoded", "application/xml"] {
                let request = operation.bare(|_| SOME_ID.to_owned());
                let answer = callers.send(by, request.raw_body(kind, json.as_str())).await;
                let detail = refusal(&answer, ProblemCode::InvalidRequest);
                assert!(detail.contains("application/json"), "{}: {detail}", operation.name);
            }
        }
    }
}

story! {
    async fn what_is_no_json_object_is_refused_on_every_route(house: House) {
        let people = People::of(&house).await;
        let callers = people.callers(&house);
        for (operation, by, body) in with_bodies() {
            let whole = body.to_string();
            let cut = &whole[..whole.len() - 1];
            let twice = format!("{whole} {whole}");
            let deep = "[".repeat(10_000);
            for text in ["", "null", "[]", "7", "{\"", cut, &twice, &deep, "\u{feff}{}"] {
                let request = operation.bare(|_| SOME_ID.to_owned());
                let request = request.raw_body("application/json", text);
                let answer = callers.send(by, request).await;
                let said = String::from_utf8_lossy(&answer.body);
                let start: String = text.chars().take(20).collect();
                assert_eq!(answer.status, 400, "{} {start}: {said}", operation.name);
                refusal(&answer, ProblemCode::InvalidRequest);
            }
        }
    }
}

story! {
    async fn a_malformed_id_answers_like_one_that_never_was(house: House) {
        let people = People::of(&house).await;
        let callers = people.callers(&house);
        for operation in operations() {
            let Some(by) = operation.by.filter(|_| !operation.ids().is_empty()) else { continue };
            let never = callers.send(by, operation.request(|_| SOME_ID.to_owned())).await;
            refusal(&never, ProblemCode::NotFound);
            let long = "7".repeat(500);
            for id in ["7", "01890a5d", "%00", "%27%20OR%201%3D1", &SOME_ID[1..], &long] {
                let answer = callers.send(by, operation.request(|_| id.to_owned())).await;
                let place = format!("{} {id}", operation.name);
                assert_eq!(answer.status, never.status, "{place}");
                assert_eq!(answer.body, never.body, "{place}");
            }
        }
    }
}

story! {
    async fn a_route_takes_no_method_but_its_own(house: House) {
        let people = People::of(&house).await;
        for operation in operations() {
            let by = operation.by.expect("it stands in the table");
            let (_, path) = operation.name.split_once(' ').unwrap();
            let path = operation.ids().iter().fold(path.to_owned(), |path, name| {
                path.replace(&format!("{{{name}}}"), SOME_ID)
            });
            let request = Request::new(countersign_client::Method::TRACE, path);
            let answer = people.callers(&house).send(by, request).await;
            refusal(&answer, ProblemCode::MethodNotAllowed);
        }
    }
}
