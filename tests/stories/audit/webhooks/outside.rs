//! Requests verified by Standard Webhooks' own library, at the version pinned beside this file.

use std::{path::Path, process::Stdio, time::Duration};

use serde_json::json;
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

use super::receiver::{Receiver, webhook_story};
use crate::audit::cast::record_many;

/// What a program says, and whether it succeeds.
async fn run(folder: &Path, program: &str, arguments: &[&str], input: &str) -> (bool, String) {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    // One that reads nothing may be gone already.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = timeout(Duration::from_secs(600), child.wait_with_output()).await;
    let output = output.expect("it ends").unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

webhook_story! {
    #[ignore = "long round"]
    async fn the_published_library_believes_what_was_sent_and_nothing_else(receiver: Receiver) {
        let webhook = receiver.webhook("/siem").await;
        record_many(&receiver.house, 0..3).await;
        receiver.deliver().await;
        let sent = receiver.took("/siem").pop().unwrap();

        let folder = tempfile::Builder::new().prefix("webhooks").tempdir().unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/audit/webhooks/outside");
        for file in ["requirements.txt", "verify.py"] {
            std::fs::copy(sources.join(file), folder.path().join(file)).unwrap();
        }
        let python = "venv/bin/python";
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"];
        for (program, arguments) in [("python3", &["-m", "venv", "venv"][..]), (python, &pip[..])] {
            let (success, said) = run(folder.path(), program, arguments, "").await;
            assert!(success, "{said}");
        }
        let headers: serde_json::Map<_, _> = ["webhook-id", "webhook-timestamp", "webhook-signature"]
            .map(|name| (name.to_owned(), sent.header(name).unwrap().into()))
            .into_iter()
            .collect();
        let body = String::from_utf8(sent.body.to_vec()).unwrap();
        let honest = json!({ "secret": webhook.secret, "headers": headers, "body": body });
        let mut tampered = honest.clone();
        tampered["body"] = format!("{body} ").into();
        let mut renamed = honest.clone();
        renamed["headers"]["webhook-id"] = "msg_1".into();
        for (asked, believed) in [(honest, true), (tampered, false), (renamed, false)] {
            let (success, said) = run(folder.path(), python, &["verify.py"], &asked.to_string()).await;
            assert_eq!(success, believed, "{said}");
            assert!(said.contains(if believed { "verified" } else { "No matching signature" }), "{said}");
        }
    }
}
