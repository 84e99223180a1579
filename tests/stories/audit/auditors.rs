//! Who may read the log.

use countersign_client::{Admin, Request};
use countersign_protocol::{
    ProblemCode,
    audit::{Tile, TileContent},
    wire::{
        admin::{AdminRole, AdminToken, CreateAdminToken},
        audit::AuditQuery,
    },
};

use super::cast::{exported, page, readings, record_many};
use crate::{
    house::House,
    operations::{By, operations_by},
    refusal::refusal,
    story,
};

async fn token(house: &House, role: AdminRole) -> (AdminToken, Admin) {
    let asked = CreateAdminToken { name: "outside audit".into(), role };
    let made = house.admin.create_token(&asked).await.unwrap();
    let admin = Admin::new(house.transport(), made.token.clone().unwrap());
    (made, admin)
}

/// Any id: who may ask is judged before what for.
fn some_id(house: &House) -> impl Fn(&str) -> String {
    let msp = house.msp;
    move |name| if name == "msp" { msp.to_string() } else { house_id().to_owned() }
}

fn house_id() -> &'static str {
    "01890a5d-ac96-774b-bcce-b302099a8057"
}

story! {
    async fn an_auditor_reads_the_log_and_nothing_else(house: House) {
        record_many(&house, 0..3).await;
        house.flush().await;
        let (made, auditor) = token(&house, AdminRole::Auditor).await;
        assert_eq!(made.role, AdminRole::Auditor);
        let routes = operations_by(By::Admin);
        assert!(routes.len() > 25);
        for operation in routes {
            let answer = auditor.send(operation.request(some_id(&house))).await.unwrap();
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status, 403, "{}: {said}", operation.name);
            refusal(&answer, ProblemCode::Forbidden);
        }
        let routes = operations_by(By::Reader);
        assert!(routes.len() >= 7);
        for operation in routes.iter().filter(|route| !route.name.ends_with("/tail")) {
            let answer = auditor.send(operation.request(some_id(&house))).await.unwrap();
            assert_eq!(answer.status, 200, "{}", operation.name);
        }
        auditor.follow_audit(&AuditQuery::default(), None).await.unwrap();
        let listed = house.admin.tokens(&countersign_client::Paging::default()).await.unwrap().items;
        let role = |id| listed.iter().find(|token| token.id == id).unwrap().role;
        assert_eq!(role(made.id), AdminRole::Auditor);
        assert!(house.sentences().await.contains(&"the auditor token outside audit was made".to_owned()));
    }
}

story! {
    async fn a_token_is_an_admin_s_unless_it_is_said_otherwise(house: House) {
        let asked = Request::post("/admin/v1/tokens").json(&serde_json::json!({ "name": "plain" }));
        let made: AdminToken = house.admin.send(asked).await.unwrap().json().unwrap();
        assert_eq!(made.role, AdminRole::Admin);
        let asked = Request::post("/admin/v1/tokens").json(&serde_json::json!({ "name": "x", "role": "owner" }));
        refusal(&house.admin.send(asked).await.unwrap(), ProblemCode::InvalidRequest);
    }
}

story! {
    async fn no_other_token_reads_the_log(house: House) {
        house.flush().await;
        let phone = house.phone_of(&house.nik).await;
        let workstation = house.workstation("W11-RECEPTION").await;
        let (revoked, former) = token(&house, AdminRole::Auditor).await;
        house.admin.revoke_token(revoked.id).await.unwrap();
        for operation in operations_by(By::Reader) {
            let request = || operation.request(some_id(&house));
            for answer in [
                former.send(request()).await.unwrap(),
                phone.phone.send(request()).await.unwrap(),
                workstation.workstation.send(request()).await.unwrap(),
                house.transport().send(request()).await.unwrap(),
                house.transport().send(request().bearer("cs_admin_x")).await.unwrap(),
            ] {
                assert_eq!(answer.status, 401, "{}", operation.name);
                refusal(&answer, ProblemCode::InvalidToken);
                assert!(answer.headers.contains_key("www-authenticate"));
            }
        }
    }
}

story! {
    async fn an_msp_reads_its_own_log_and_no_other(house: House) {
        record_many(&house, 0..5).await;
        let (rival, theirs) = house.another_msp().await;
        house.flush().await;
        let secret = |text: &str| text.contains("event 1") || text.contains(&house.msp.to_string());
        let query = AuditQuery { tenant: Some(house.tenant.id), ..AuditQuery::default() };
        let found = theirs.audit(&query, false, &Default::default()).await.unwrap();
        assert_eq!((found.items.len(), found.next), (0, None));
        for path in ["", "/export", "/export?format=csv", "/export?format=ocsf", "/export?format=cef", "/0"] {
            let answer = theirs.send(Request::get(format!("/admin/v1/audit{path}"))).await.unwrap();
            assert_eq!(answer.status, 200, "{path}");
            let text = String::from_utf8(answer.body).unwrap();
            assert!(!secret(&text), "{path}: {text}");
            if path != "/export?format=csv" {
                assert!(text.contains(&rival.to_string()), "its own is there: {path}: {text}");
            }
        }
        // A position that only we have.
        let ours = page(&house, &AuditQuery::default(), false, 1, None).await.committed_through.unwrap();
        let answer = theirs.send(Request::get(format!("/admin/v1/audit/{}", ours + 1000))).await.unwrap();
        refusal(&answer, ProblemCode::NotFound);
    }
}

story! {
    async fn a_reading_stands_in_the_log(house: House) {
        record_many(&house, 0..3).await;
        house.flush().await;
        let text = AuditQuery { text: Some("event 1".into()), ..AuditQuery::default() };
        page(&house, &text, false, 5, None).await;
        house.admin.audit_event(0).await.unwrap();
        exported(&house, "csv", &AuditQuery::default()).await;
        let bundle = Tile::new(TileContent::Entries, 0, 2).unwrap();
        house.admin.audit_tile(house.msp, bundle).await.unwrap();
        drop(house.admin.follow_audit(&text, None).await.unwrap());
        for (form, query, events) in [
            ("page", "q=\"event 1\"", Some(1)),
            ("event", "position=0", Some(1)),
            ("csv", "", None),
            ("entries", "tile/entries/000.p/2", Some(2)),
            ("tail", "q=\"event 1\"", Some(0)),
        ] {
            let readings = readings(&house, form).await;
            let (found, _, many) = readings.iter().find(|(_, known, _)| known == form).unwrap();
            assert_eq!(found, query, "{form}");
            assert!(events.is_none_or(|events| events == *many), "{form} {many}");
        }
    }
}
