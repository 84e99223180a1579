//! How the channels call out, and what their failures mean.

use super::Fault;
use crate::{
    config,
    outbound::{Bounds, Loss, NotAdmitted},
};

impl<'a> From<&'a config::Push> for Bounds<'a> {
    fn from(settings: &'a config::Push) -> Self {
        Self {
            connect_timeout: settings.connect_timeout(),
            timeout: settings.timeout(),
            tls_roots: settings.tls_roots.as_deref(),
            tls_roots_key: "push.tls_roots",
        }
    }
}

impl From<NotAdmitted> for Fault {
    fn from(why: NotAdmitted) -> Self {
        match why {
            NotAdmitted::Malformed => Self::suspicious("malformed"),
            NotAdmitted::Forbidden => Self::suspicious("endpoint_forbidden"),
        }
    }
}

impl From<Loss> for Fault {
    fn from(loss: Loss) -> Self {
        match loss {
            Loss::Connection => Self::later("connection", None),
            Loss::Timeout => Self::later("timeout", None),
            Loss::Unprocessed => Self::later("unprocessed", None),
        }
    }
}
