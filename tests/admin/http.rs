//! The same over HTTP, as an admin's tool meets it.

use std::sync::Arc;

use actix_web::{
    http::{Method, StatusCode},
    test::{TestRequest, call_service, init_service, read_body},
    web,
};
use countersign::{
    ambient::SystemRandom,
    http::{Drain, Edge, TrustedProxies, admin, app},
    metrics::Metrics,
};
use serde_json::{Value, json};

use crate::{on_both, setup::Setup};

on_both!(
    an_admin_provisions_a_tenant_over_http,
    without_a_valid_token_every_route_asks_for_one,
    lists_go_on_where_their_page_ended,
    what_is_another_msp_s_is_not_found,
    what_is_another_tenant_s_is_not_found_under_this_one,
);

struct Sent {
    status: StatusCode,
    challenge: Option<String>,
    body: Value,
}

async fn send(setup: &Setup, token: &str, method: Method, path: &str, body: Value) -> Sent {
    let edge = Edge {
        clock: setup.clock.clone(),
        random: Arc::new(SystemRandom::new()),
        metrics: Arc::new(Metrics::new()),
        proxies: TrustedProxies::default(),
        drain: Drain::default(),
    };
    let context = web::Data::from(Arc::clone(&setup.ctx));
    let service = init_service(app(web::Data::new(edge), |config| {
        config.app_data(context);
        admin::routes(config);
    }))
    .await;
    let mut request = TestRequest::with_uri(path).method(method);
    if !token.is_empty() {
        request = request.insert_header(("authorization", format!("Bearer {token}")));
    }
    if !body.is_null() {
        request = request.set_json(body);
    }
    let answer = call_service(&service, request.to_request()).await;
    let header = answer.headers().get("www-authenticate");
    let challenge = header.map(|value| value.to_str().unwrap().to_owned());
    let status = answer.status();
    let body = serde_json::from_slice(&read_body(answer).await).unwrap_or_default();
    Sent { status, challenge, body }
}

async fn token(setup: &Setup) -> String {
    let made = countersign::flows::admin::bootstrap(&setup.ctx, "Acme IT", "msp-", "first").await;
    made.unwrap().1.reveal().as_str().to_owned()
}

fn id(sent: &Sent) -> &str {
    sent.body["id"].as_str().unwrap()
}

async fn an_admin_provisions_a_tenant_over_http(setup: &Setup) {
    let token = token(setup).await;
    let send = async |method, path: &str, body| send(setup, &token, method, path, body).await;

    let tenant = send(Method::POST, "/admin/v1/tenants", json!({"name": "Bakery Lane"})).await;
    assert_eq!(tenant.status, 201);
    let again = send(Method::POST, "/admin/v1/tenants", json!({"name": "Bakery Lane"})).await;
    assert_eq!((again.status.as_u16(), &again.body["code"]), (409, &json!("already_exists")));
    let place = format!("/admin/v1/tenants/{}", id(&tenant));
    assert_eq!(send(Method::GET, &place, Value::Null).await.body, tenant.body);
    let changed = send(Method::PATCH, &place, json!({"code_digits": 8})).await;
    assert_eq!((changed.status.as_u16(), &changed.body["version"]), (200, &json!(2)));

    let asked = json!({"email": "nik@example.com", "user_name": "nik"});
    let technician = send(Method::POST, "/admin/v1/technicians", asked).await;
    assert_eq!(
        (technician.status.as_u16(), &technician.body["account_name"]),
        (201, &json!("msp-nik"))
    );
    let delegation = format!("{place}/technicians/{}", id(&technician));
    assert_eq!(send(Method::PUT, &delegation, Value::Null).await.status, 201);
    assert_eq!(send(Method::PUT, &delegation, Value::Null).await.status, 200);
    let ended = send(Method::DELETE, &delegation, Value::Null).await;
    assert_eq!(
        (ended.status.as_u16(), &ended.body["technician_id"]),
        (200, &technician.body["id"])
    );

    let person = format!("/admin/v1/technicians/{}", id(&technician));
    let ticket = send(Method::POST, &format!("{person}/tickets"), Value::Null).await;
    assert_eq!(ticket.status, 201);
    let suspended = send(Method::POST, &format!("{person}/suspend"), Value::Null).await;
    assert_eq!((suspended.status.as_u16(), &suspended.body["status"]), (200, &json!("suspended")));
    assert_eq!(suspended.body["blast_radius"], ended.body, "nothing was handed out");
    let refused = send(Method::POST, &format!("{person}/tickets"), Value::Null).await;
    assert_eq!((refused.status.as_u16(), &refused.body["state"]), (409, &json!("suspended")));
    let resumed = send(Method::POST, &format!("{person}/resume"), Value::Null).await;
    assert_eq!(resumed.body["status"], "active");
    for _ in 0..2 {
        let removed = send(Method::DELETE, &person, Value::Null).await;
        assert_eq!((removed.status.as_u16(), removed.body), (200, ended.body.clone()));
    }

    let asked = json!({"uses": 2, "expires_in": 600, "auto_confirm": true});
    let enrolment = send(Method::POST, &format!("{place}/enrolment-tokens"), asked).await;
    assert_eq!(enrolment.status, 201);
    let gone = format!("{place}/enrolment-tokens/{}", id(&enrolment));
    assert_eq!(send(Method::DELETE, &gone, Value::Null).await.status, 204);

    let made = send(Method::POST, "/admin/v1/tokens", json!({"name": "second"})).await;
    assert_eq!(made.status, 201);
    let gone = format!("/admin/v1/tokens/{}", id(&made));
    assert_eq!(send(Method::DELETE, &gone, Value::Null).await.status, 204);
}

async fn without_a_valid_token_every_route_asks_for_one(setup: &Setup) {
    let id = "01a2032e-47e0-7000-8000-000000000001";
    let (tenant, technician) = (format!("tenants/{id}"), format!("technicians/{id}"));
    let (post, get, delete) = (Method::POST, Method::GET, Method::DELETE);
    let body = json!({"name": "x"});
    for (method, path, body) in [
        (&post, "tokens".to_owned(), body.clone()),
        (&get, "tokens".to_owned(), Value::Null),
        (&delete, format!("tokens/{id}"), Value::Null),
        (&post, "tenants".to_owned(), body),
        (&get, "tenants".to_owned(), Value::Null),
        (&get, tenant.clone(), Value::Null),
        (&Method::PATCH, tenant.clone(), json!({})),
        (&post, "technicians".to_owned(), json!({"email": "n@example.com", "user_name": "n"})),
        (&get, "technicians".to_owned(), Value::Null),
        (&get, technician.clone(), Value::Null),
        (&post, format!("{technician}/suspend"), Value::Null),
        (&post, format!("{technician}/resume"), Value::Null),
        (&post, format!("{technician}/tickets"), Value::Null),
        (&get, format!("{tenant}/technicians"), Value::Null),
        (&Method::PUT, format!("{tenant}/technicians/{id}"), Value::Null),
        (&delete, format!("{tenant}/technicians/{id}"), Value::Null),
        (
            &post,
            format!("{tenant}/enrolment-tokens"),
            json!({"uses": 1, "expires_in": 60, "auto_confirm": false}),
        ),
        (&get, format!("{tenant}/enrolment-tokens"), Value::Null),
        (&delete, format!("{tenant}/enrolment-tokens/{id}"), Value::Null),
    ] {
        for token in ["", "cs_admin_x"] {
            let path = format!("/admin/v1/{path}");
            let sent = send(setup, token, method.clone(), &path, body.clone()).await;
            assert_eq!(sent.status, 401, "{method} {path}");
            assert_eq!(sent.challenge.as_deref(), Some("Bearer error=\"invalid_token\""));
        }
    }
}

async fn lists_go_on_where_their_page_ended(setup: &Setup) {
    let token = token(setup).await;
    for name in ["Bakery Lane", "Harbour Office", "Mill"] {
        send(setup, &token, Method::POST, "/admin/v1/tenants", json!({"name": name})).await;
    }
    let list = async |query: &str| {
        let path = format!("/admin/v1/tenants?{query}");
        send(setup, &token, Method::GET, &path, Value::Null).await
    };
    let first = list("limit=2").await;
    assert_eq!(first.body["items"].as_array().unwrap().len(), 2);
    let next = first.body["next"].as_str().unwrap();
    let last = list(&format!("limit=2&after={next}")).await;
    assert_eq!(last.body["items"].as_array().unwrap().len(), 1);
    assert!(last.body.get("next").is_none());
    assert_eq!(list("after=x").await.status, 400);
}

async fn what_is_another_msp_s_is_not_found(setup: &Setup) {
    let (mine, theirs) = (token(setup).await, token(setup).await);
    let made = send(setup, &theirs, Method::POST, "/admin/v1/tenants", json!({"name": "x"})).await;
    let never = "01a2032e-47e0-7000-8000-000000000001";
    let path = |id: &str| format!("/admin/v1/tenants/{id}");
    let foreign = send(setup, &mine, Method::GET, &path(id(&made)), Value::Null).await;
    let unknown = send(setup, &mine, Method::GET, &path(never), Value::Null).await;
    assert_eq!((foreign.status, &foreign.body), (unknown.status, &unknown.body));
    assert_eq!(foreign.status, 404);
}

async fn what_is_another_tenant_s_is_not_found_under_this_one(setup: &Setup) {
    let token = token(setup).await;
    let send = async |method, path: &str, body| send(setup, &token, method, path, body).await;
    let mut places = Vec::new();
    for name in ["Bakery Lane", "Harbour Office"] {
        let made = send(Method::POST, "/admin/v1/tenants", json!({"name": name})).await;
        places.push(format!("/admin/v1/tenants/{}", id(&made)));
    }
    let [bakery, harbour] = &places[..] else { unreachable!("two were made") };
    let asked = json!({"uses": 2, "expires_in": 600, "auto_confirm": true});
    let theirs = send(Method::POST, &format!("{harbour}/enrolment-tokens"), asked).await;
    let asked = json!({"email": "nik@example.com", "user_name": "nik"});
    let nik = send(Method::POST, "/admin/v1/technicians", asked).await;
    let delegated = format!("technicians/{}", id(&nik));
    assert_eq!(send(Method::PUT, &format!("{harbour}/{delegated}"), Value::Null).await.status, 201);

    let before = setup.events().await.len();
    let enrolment_token = format!("enrolment-tokens/{}", id(&theirs));
    for nested in [&enrolment_token, &delegated] {
        let path = format!("{bakery}/{nested}");
        let refused = send(Method::DELETE, &path, Value::Null).await;
        assert_eq!((refused.status.as_u16(), &refused.body["code"]), (404, &json!("not_found")));
    }
    assert_eq!(setup.events().await.len(), before, "nothing was changed");
    for list in ["enrolment-tokens", "technicians"] {
        let of = async |place: &str| {
            send(Method::GET, &format!("{place}/{list}"), Value::Null).await.body["items"].clone()
        };
        assert_eq!(of(bakery).await, json!([]), "{list}");
        let theirs = of(harbour).await;
        assert_eq!(theirs.as_array().map(Vec::len), Some(1), "{list}");
        assert!(theirs[0].get("revoked_at").is_none(), "{theirs}");
    }
    // Under their own tenant the same ids are found.
    for (nested, status) in [(&enrolment_token, 204), (&delegated, 200)] {
        let gone = send(Method::DELETE, &format!("{harbour}/{nested}"), Value::Null).await;
        assert_eq!(gone.status, status);
    }
}
