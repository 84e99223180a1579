//! What the subscriber reads: a declarative push (WebKit, "Meet Declarative Web Push"). Where the system knows
//! that form no service worker has to run; everywhere else the service worker gets the same body.

use reqwest::Url;
use serde_json::json;

use crate::push::{Notice, texts};

/// The plaintext; none for what shows nothing, since each push must show something.
pub(super) fn message(notice: &Notice, public_url: &Url) -> Option<Vec<u8>> {
    let text = texts::text(notice.kind, notice.language)?;
    let login = notice.login.to_string();
    let mut navigate = public_url.clone();
    navigate.set_path("/q");
    // Behind '#' it stays in the browser: no log of a server or proxy holds it.
    navigate.set_fragment(Some(&login));
    let notification = json!({
        "title": text.title,
        "body": text.body,
        "lang": notice.language.tag(),
        "navigate": navigate,
        // A second notification of the login takes the first one's place.
        "tag": login,
    });
    let message = json!({
        "web_push": 8030,
        "notification": notification,
        "kind": notice.kind.word(),
        "login": login,
    });
    Some(message.to_string().into_bytes())
}
