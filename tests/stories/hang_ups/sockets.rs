//! A phone that writes its approval and closes the socket at once.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use countersign_client::Proof;
use countersign_protocol::{
    LoginId,
    wire::{LoginState, mobile::Approve},
};

use super::cast::Cast;
use crate::story;

/// How a client goes away.
#[derive(Clone, Copy, Debug)]
enum Close {
    /// It closes in order, and reads nothing any more.
    InOrder,
    /// It resets the connection.
    ByReset,
    /// It closes after half of its request.
    HalfWay,
}

impl Cast {
    /// The approval as it travels, with token and proof.
    async fn bytes(&self, login: LoginId, approval: &Approve) -> Vec<u8> {
        let phone = &self.phone.phone;
        let url = &self.house.node.public_url;
        let url = url.join(&format!("/mobile/v1/logins/{login}/approve")).unwrap();
        let token = phone.access_token().await.unwrap();
        let now = phone.transport().clock().now();
        let proof = Proof::new("POST", &url, now, Some(&token)).sign(phone.key()).unwrap();
        let body = serde_json::to_string(approval).unwrap();
        format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\nauthorization: DPoP {token}\r\ndpop: {proof}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            url.path(),
            url.authority(),
            body.len()
        )
        .into_bytes()
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.house.node.url.port().unwrap())).unwrap()
    }

    fn send_and_close(&self, request: &[u8], close: Close) {
        let mut socket = self.connect();
        let part = if let Close::HalfWay = close { &request[..request.len() / 2] } else { request };
        socket.write_all(part).unwrap();
        if let Close::ByReset = close {
            socket.set_nonblocking(true).unwrap();
            tokio::net::TcpStream::from_std(socket).unwrap().set_zero_linger().unwrap();
        }
    }

    /// Asks on a connection of its own: the node has one worker, so that whoever connected before was seen.
    fn is_healthy(&self) {
        let mut socket = self.connect();
        let request = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        socket.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

story! {
    async fn a_closed_socket_leaves_all_of_an_approval_or_none(house: House) {
        let cast = Cast::of(house).await;
        for close in [Close::InOrder, Close::ByReset, Close::HalfWay].repeat(5) {
            let opened = cast.push().await;
            let id = opened.login.id;
            let approval = cast.approval(&opened, opened.code.as_deref().unwrap()).await;
            let request = cast.bytes(id, &approval).await;
            cast.send_and_close(&request, close);
            cast.is_healthy();
            cast.settled().await;
            cast.whole(&format!("closed {close:?}")).await;
            let state = cast.machine.workstation.login(id).await.unwrap().state;
            let whole = match close {
                Close::HalfWay => state == LoginState::Pending,
                _ => matches!(state, LoginState::Pending | LoginState::Approved),
            };
            assert!(whole, "closed {close:?}: {state:?}");
        }
        // And the next one, who stays, is served.
        let mut login = cast.machine.open_push("nik").await.unwrap();
        cast.phone.approve(login.id(), &login.code.clone().unwrap()).await.unwrap();
        let grant = cast.machine.take_grant(&mut login).await.unwrap();
        assert_eq!(grant.account.name, "msp-nik");
    }
}
