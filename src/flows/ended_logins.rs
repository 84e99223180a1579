//! Logins that end because something they rest on did.

use countersign_protocol::wire::desktop::Outcome;
use uuid::Uuid;

use super::Moment;
use crate::{
    domain::{Entity, Event, Fact},
    store::{
        StoreError, Tx,
        logins::{self, Whose},
    },
};

/// What is still to be done about logins that were ended: their events go into the commit, their topics
/// are woken after it.
#[derive(Debug)]
pub struct EndedLogins {
    /// One event a login.
    pub events: Vec<Event>,
    /// The logins, and the technicians whose phones show them.
    pub topics: Vec<Uuid>,
}

/// Ends every pending login, and every approved one whose grant was not taken, that rests on what has just
/// been suspended. `because` is the sentence of that: `nik@example.com was suspended`.
///
/// # Errors
/// If the database does not answer.
pub async fn end_logins(
    tx: &mut Tx,
    step: &Moment,
    whose: Whose,
    because: &str,
) -> Result<EndedLogins, StoreError> {
    let outcome = Outcome::Suspended;
    let mut ended = EndedLogins { events: vec![], topics: vec![] };
    for login in logins::end_open(tx, whose, outcome).await? {
        let sentence = format!("a login was cancelled: {because}");
        let fact = Fact::LoginCancelled { outcome };
        let entity = Entity::Login(login.id);
        let event = step.event_at(login.tenant, entity, login.version, sentence, fact);
        ended.events.push(event.on(login.workstation).of(login.technician));
        ended.topics.push(login.id.into());
        ended.topics.extend(login.technician.map(Uuid::from));
    }
    Ok(ended)
}
