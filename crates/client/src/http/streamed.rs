//! An answer that is read as it comes.

use std::time::Duration;

use reqwest::{Response, StatusCode};
use tokio::time::timeout;

use crate::{Error, Result};

/// How long nothing may come. The service says at least every minute that it is there, unless it has more to say.
const SILENCE: Duration = Duration::from_secs(90);
/// No line of the service is longer: an event has at most 64 KiB, and as JSON within JSON not six times as much.
const LINE: usize = 4 << 20;

/// The body of a success, a part at a time.
pub struct Streamed {
    response: Response,
    held: Vec<u8>,
}

impl Streamed {
    pub(super) fn of(response: Response) -> Self {
        Self { response, held: Vec::new() }
    }

    /// The next part, of any length; `None` behind the last.
    ///
    /// # Errors
    /// [`Error::Transport`] if the body breaks off, [`Error::Unexpected`] if nothing comes for too long.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>> {
        if !self.held.is_empty() {
            return Ok(Some(std::mem::take(&mut self.held)));
        }
        match timeout(SILENCE, self.response.chunk()).await {
            Ok(chunk) => Ok(chunk.map_err(Error::Transport)?.map(Into::into)),
            Err(_) => Err(Error::Unexpected {
                // As a gateway would say: come back.
                status: StatusCode::GATEWAY_TIMEOUT.as_u16(),
                why: "nothing came for too long".to_owned(),
                retry_after: None,
            }),
        }
    }

    /// The next line without its end; `None` behind the last. What stands behind the last line break is a line.
    ///
    /// # Errors
    /// As [`Streamed::chunk`]; or [`Error::Unexpected`] for an endless line or one that is not UTF-8.
    pub async fn line(&mut self) -> Result<Option<String>> {
        let mut line = Vec::new();
        loop {
            let Some(chunk) = self.chunk().await? else {
                return if line.is_empty() { Ok(None) } else { self.text(line).map(Some) };
            };
            match chunk.iter().position(|byte| *byte == b'\n') {
                Some(end) => {
                    line.extend_from_slice(&chunk[..end]);
                    self.held = chunk[end + 1..].to_vec();
                    return self.text(line).map(Some);
                }
                None => line.extend_from_slice(&chunk),
            }
            if line.len() > LINE {
                return Err(self.unexpected("an endless line"));
            }
        }
    }

    fn text(&self, mut line: Vec<u8>) -> Result<String> {
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        String::from_utf8(line).map_err(|_| self.unexpected("a line that is not UTF-8"))
    }

    fn unexpected(&self, why: &str) -> Error {
        let status = self.response.status().as_u16();
        Error::Unexpected { status, why: why.to_owned(), retry_after: None }
    }
}
