use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ErrorCode;
use crate::vendors::Answer;

/// The registration tokens: each with the code it is refused with, if it is.
#[derive(Debug, Default)]
pub(super) struct Devices(Mutex<HashMap<String, Option<ErrorCode>>>);

impl Devices {
    pub(super) fn set(&self, token: &str, refused: Option<ErrorCode>) {
        self.devices().insert(token.to_owned(), refused);
    }

    /// Whether the project's messages reach this token.
    pub(super) fn reach(&self, token: &str) -> Result<(), Box<Answer>> {
        match self.devices().get(token) {
            Some(None) => Ok(()),
            Some(Some(code)) => Err(code.answer().into()),
            None => {
                let message = "The registration token is not a valid FCM registration token";
                Err(ErrorCode::InvalidArgument.saying(message).into())
            }
        }
    }

    fn devices(&self) -> MutexGuard<'_, HashMap<String, Option<ErrorCode>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
