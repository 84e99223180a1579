//! One example for each body of the workstation's login routes.

use countersign_protocol::{
    Bytes, Entry, Instant, Purpose,
    wire::{
        LoginState,
        desktop::{Granted, LoginView, OpenBy, OpenLogin, Opened, Reach},
    },
};
use uuid::uuid;

use crate::http::openapi::Examples;

fn view() -> LoginView {
    let noon = Instant::from_unix_millis(1_795_340_460_000);
    LoginView {
        id: uuid!("019ab1c4-5d00-7a3e-8f52-6d1c2b3a4f50").into(),
        state: LoginState::Pending,
        version: 1,
        entry: Entry::Push,
        reach: Some(Reach::Trying),
        outcome: None,
        claimed_by: None,
        expires_at: Instant::from_unix_millis(noon.unix_millis() + 120_000),
        take_until: None,
        server_time: noon,
    }
}

/// The examples of these routes' bodies.
pub fn examples(examples: &mut Examples) {
    examples.body(&OpenLogin {
        by: OpenBy::Push { name: "nik@example.com".into() },
        purpose: Purpose::SignIn,
        os_session: "console".into(),
        nonce: Bytes([7; 32]),
    });
    examples.body(&view());
    examples.body(&Opened { login: view(), code: Some("493027".into()), qr: None });
    examples.body(&Granted { grant: "eyJhbGciOiJFUzI1NiIsInR5cCI6Im...".into() });
}
