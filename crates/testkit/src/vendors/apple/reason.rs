use std::time::SystemTime;

use http::StatusCode;
use serde_json::json;

use crate::vendors::clock::milliseconds;
use crate::vendors::{Answer, Fault};

macro_rules! reasons {
    ($($status:ident: $($reason:ident)+;)+) => {
        /// Why Apple refuses a request. The names are the values of `reason`.
        #[allow(missing_docs, reason = "Apple's table has no more to say than the names")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason { $($($reason,)+)+ }

        impl Reason {
            /// All of the table.
            pub const ALL: &[Self] = &[$($(Self::$reason,)+)+];

            /// The status it comes with.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $($(Self::$reason)|+ => StatusCode::$status,)+ }
            }

            /// The value of `reason`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($(Self::$reason => stringify!($reason),)+)+ }
            }
        }
    };
}

reasons! {
    BAD_REQUEST: BadCollapseId BadDeviceToken BadExpirationDate BadMessageId BadPriority BadTopic
        DeviceTokenNotForTopic DuplicateHeaders IdleTimeout InvalidPushType MissingDeviceToken
        MissingTopic PayloadEmpty TopicDisallowed;
    FORBIDDEN: BadCertificate BadCertificateEnvironment ExpiredProviderToken Forbidden
        InvalidProviderToken MissingProviderToken UnrelatedKeyIdInToken;
    NOT_FOUND: BadPath;
    METHOD_NOT_ALLOWED: MethodNotAllowed;
    GONE: ExpiredToken Unregistered;
    PAYLOAD_TOO_LARGE: PayloadTooLarge;
    TOO_MANY_REQUESTS: TooManyProviderTokenUpdates TooManyRequests;
    INTERNAL_SERVER_ERROR: InternalServerError;
    SERVICE_UNAVAILABLE: ServiceUnavailable Shutdown;
}

impl Reason {
    /// The answer of this reason.
    #[must_use]
    pub fn answer(self) -> Answer {
        Answer::json(self.status(), &json!({"reason": self.name()}))
    }

    /// The answer of this reason with a timestamp in milliseconds: since when a device token is known to be
    /// dead. Apple gives it with a 410.
    #[must_use]
    pub fn since(self, at: SystemTime) -> Answer {
        let body = json!({"reason": self.name(), "timestamp": milliseconds(at)});
        Answer::json(self.status(), &body)
    }
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        Self::Answer(reason.answer())
    }
}

/// A reason, and since when it holds if that is said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) since: Option<SystemTime>,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, since: None }
    }
}

impl From<Refusal> for Answer {
    fn from(Refusal { reason, since }: Refusal) -> Self {
        since.map_or_else(|| reason.answer(), |at| reason.since(at))
    }
}
