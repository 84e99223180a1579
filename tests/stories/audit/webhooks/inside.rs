//! A webhook leads nowhere inside, and what it leads to is not told.

use countersign::audit::Delivery;
use countersign_client::Request;
use countersign_protocol::{
    ProblemCode,
    wire::webhooks::{ChangeWebhook, CreateWebhook},
};
use serde_json::json;

use super::receiver::{Receiver, webhook_story};
use crate::{audit::cast::record_many, house::code_of, refusal::refusal};

webhook_story! {
    |settings| settings.audit.webhooks.allowed_networks.clear(),
    async fn no_webhook_leads_inside(receiver: Receiver) {
        let admin = &receiver.house.admin;
        for url in [
            "http://siem.example.com/",
            "https://user:pass@siem.example.com/",
            "https://127.0.0.1/",
            "https://10.0.0.1:8443/x",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://0x7f.1/",
            "ftp://siem.example.com/",
            "siem.example.com",
            "",
            &format!("https://siem.example.com/{}", "x".repeat(2048)),
        ] {
            let asked = Request::post("/admin/v1/audit/webhooks").json(&json!({ "url": url }));
            let detail = refusal(&admin.send(asked).await.unwrap(), ProblemCode::InvalidRequest);
            assert!(detail.starts_with("url:"), "{url}: {detail}");
        }
        // Nor does one that leads outside, once it is there.
        let url = "https://siem.example.com/".to_owned();
        let outside = admin.create_webhook(&CreateWebhook { url, ..Default::default() }).await.unwrap();
        for url in ["https://169.254.169.254/", "https://127.0.0.1/", "http://siem.example.com/"] {
            let inside = ChangeWebhook { url: url.into(), ..receiver.paused(&outside, false) };
            let refused = admin.change_webhook(outside.id, &inside).await;
            assert_eq!(code_of(refused), Some(ProblemCode::InvalidRequest), "{url}");
        }
        assert_eq!(receiver.shown(&outside).await.url, outside.url);
        // A name is judged at each connection: one that leads inside is like one that nobody has.
        assert!(receiver.hook.url().starts_with("https://localhost:"));
        let webhook = receiver.webhook("/siem").await;
        let nobody = CreateWebhook { url: "https://siem.invalid/".into(), ..Default::default() };
        let nobody = admin.create_webhook(&nobody).await.unwrap();
        let [one, other] = [webhook.id, nobody.id];
        let tried = admin.test_webhook(one).await.unwrap();
        assert_eq!((tried.delivered, tried.outcome.as_str()), (false, "connection"));
        assert_eq!(admin.test_webhook(other).await.unwrap(), tried);
        record_many(&receiver.house, 0..1).await;
        receiver.house.node.audit.webhooks.deliver(one).await.unwrap();
        let failed = receiver.house.node.audit.webhooks.deliver(one).await.unwrap();
        assert_eq!(failed, Delivery::Left, "it waits");
        assert_eq!(receiver.shown(&webhook).await.last_error.as_deref(), Some("connection"));
        assert_eq!(receiver.hook.sent().len(), 0);
        assert_eq!(code_of(admin.change_webhook(one, &receiver.paused(&webhook, false)).await), None);
    }
}
