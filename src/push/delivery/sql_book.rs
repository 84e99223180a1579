//! The book of phones in the database.

use std::sync::Arc;

use async_trait::async_trait;
use countersign_protocol::{LoginId, MspId};

use super::{AddressBook, Judged};
use crate::{
    ambient::{Clock, Random},
    domain::{Actor, Entity, Fact, Failure, Occasion, facts::push_channel},
    push::Fault,
    store::{
        Scope, Store,
        devices::{self, Announced, Verdict},
    },
};

/// The book of phones in the database.
pub struct SqlBook {
    /// The database.
    pub store: Arc<Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Event ids.
    pub random: Arc<dyn Random>,
}

impl SqlBook {
    async fn try_announced(
        &self,
        msp: MspId,
        login: LoginId,
    ) -> Result<Option<Announced>, Failure> {
        let mut conn = self.store.within(Scope::msp(msp)).await?;
        Ok(devices::announced(&mut conn, login).await?)
    }

    async fn try_judge(&self, judged: Judged) -> Result<(), Failure> {
        let Judged { msp, device, push, fault } = judged;
        let (channel, reason) = (push_channel(&push).to_owned(), fault.reason().to_owned());
        let (verdict, word) = match fault {
            Fault::Gone { as_of, .. } => (Verdict::Gone(as_of), "forgotten"),
            _ => (Verdict::Suspicious, "no longer used"),
        };
        let at = self.clock.now();
        let occasion = Occasion { at, msp, tenant: None, actor: Actor::Service };
        let id = self.random.id(at);
        self.store
            .transact(Scope::msp(msp), move |mut tx| {
                Box::pin(async move {
                    let judged =
                        devices::judge_push_address(&mut tx, device, &push, &verdict, &reason)
                            .await?;
                    // Another address stands there by now, or it was judged already.
                    let Some((version, name)) = judged else { return Ok(()) };
                    let sentence = format!("the {channel} address of {name} is {word}: {reason}");
                    let fact = match verdict {
                        Verdict::Gone(_) => Fact::PushAddressForgotten { channel, reason },
                        Verdict::Suspicious => Fact::PushAddressQuarantined { channel, reason },
                    };
                    let entity = Entity::Device(device);
                    let event = occasion.event(id, entity, version, sentence, fact);
                    Ok(tx.commit(event, Vec::new()).await?)
                })
            })
            .await
    }
}

#[async_trait]
impl AddressBook for SqlBook {
    async fn announced(&self, msp: MspId, login: LoginId) -> Option<Announced> {
        self.try_announced(msp, login).await.unwrap_or_else(|failure| {
            tracing::warn!(?failure, "the phones of a login can't be looked up");
            None
        })
    }

    async fn judge(&self, judged: Judged) {
        if let Err(failure) = self.try_judge(judged).await {
            tracing::warn!(?failure, "a push address that a vendor refused stays as it is");
        }
    }
}
