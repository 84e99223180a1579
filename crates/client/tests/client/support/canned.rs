//! A service on loopback that answers each request as a closure says: HTTP/1.1 by hand, a connection a
//! request, so that nothing honest is in the way of a lie.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;

/// A request as the service saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub path: String,
    head: String,
    pub body: serde_json::Value,
}

impl Seen {
    /// A header's value; empty if it is absent.
    pub fn header(&self, name: &str) -> &str {
        let named = |line: &&str| {
            line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
        };
        self.head.lines().find(named).and_then(|line| line.split_once(": ")).map_or("", |at| at.1)
    }
}

/// What to answer.
pub enum Reply {
    /// A status, header lines and a body.
    With(u16, Vec<String>, String),
    /// Nothing: the connection closes.
    HangUp,
}

impl Reply {
    pub fn json(body: &impl serde::Serialize) -> Self {
        Self::With(200, Vec::new(), serde_json::to_string(body).expect("JSON"))
    }

    pub fn problem(code: countersign_protocol::ProblemCode) -> Self {
        let problem = countersign_protocol::Problem::new(code);
        let body = serde_json::to_string(&problem).expect("JSON");
        Self::With(problem.status, Vec::new(), body)
    }

    pub fn header(self, line: &str) -> Self {
        match self {
            Self::With(status, mut headers, body) => {
                headers.push(line.to_owned());
                Self::With(status, headers, body)
            }
            Self::HangUp => Self::HangUp,
        }
    }
}

/// A service on a free port of 127.0.0.1, until the test's runtime ends.
pub struct CannedService {
    pub url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl CannedService {
    pub async fn start(answer: impl FnMut(&Seen) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let url = Url::parse(&format!("http://{address}")).expect("a url");
        tokio::spawn(serve(listener, seen.clone(), answer));
        Self { url, seen }
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic while locked").clone()
    }
}

async fn serve(
    listener: TcpListener,
    seen: Arc<Mutex<Vec<Seen>>>,
    mut answer: impl FnMut(&Seen) -> Reply,
) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let Some(request) = read(&mut stream).await else { continue };
        let reply = answer(&request);
        seen.lock().expect("no panic while locked").push(request);
        if let Reply::With(status, headers, body) = reply {
            let mut text = format!("HTTP/1.1 {status} .\r\ncontent-length: {}\r\n", body.len());
            for line in headers.iter().map(String::as_str).chain(["connection: close"]) {
                text.push_str(line);
                text.push_str("\r\n");
            }
            text.push_str("\r\n");
            text.push_str(&body);
            let _ = stream.write_all(text.as_bytes()).await;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut seen = Seen {
                path: head.split(' ').nth(1)?.to_owned(),
                head: head.to_owned(),
                body: serde_json::Value::Null,
            };
            let length: usize = seen.header("content-length").parse().unwrap_or(0);
            if body.len() >= length {
                seen.body = serde_json::from_str(body).unwrap_or_default();
                return Some(seen);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
